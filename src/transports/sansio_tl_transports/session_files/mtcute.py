"""Session files of mtcute: a key for each data center, and records in `key_value` in the format of its strings."""

from __future__ import annotations

from pathlib import Path

from sansio_tl import data_centers
from sansio_tl.session_strings import SavedAccount, mtcute
from sansio_tl_transports.session_files.sqlite import Database, created

_TABLES = """
CREATE TABLE mtcute_migrations (repo text not null primary key, version integer not null);
CREATE TABLE auth_keys (dc integer primary key, key blob not null);
CREATE TABLE temp_auth_keys (dc integer not null, idx integer not null, key blob not null, expires integer not null,
    primary key (dc, idx));
CREATE TABLE key_value (key text primary key, value blob not null);
"""
"""The tables of mtcute's first migrations; it creates the others when it opens the file."""
_MIGRATIONS = (("auth_keys", 1), ("kv", 1))
_DATA_CENTER, _USER = "dc_main", "current_user"
_INITIAL = mtcute.DcAddress(2, "", data_centers.PORT, test_mode=False)
"""The initial data center of mtcute. A file contains a data center only after a migration to another one."""


def read(database: Database) -> SavedAccount:
    """The account. Raises LocalProtocolError when no user is logged in with it."""
    rows = database.rows("SELECT key, value FROM key_value WHERE key IN (?, ?)", _DATA_CENTER, _USER)
    records = {row["key"]: row["value"] for row in rows if isinstance(row["value"], bytes)}
    data_center = mtcute.read_data_center(records[_DATA_CENTER]) if _DATA_CENTER in records else _INITIAL
    user = mtcute.read_user(records.get(_USER, b""))
    keys = database.rows("SELECT key FROM auth_keys WHERE dc = ?", data_center.dc_id)
    if user is None or not keys:
        raise database.empty()
    return SavedAccount(
        auth_key=database.key(keys[0]["key"]),
        dc_id=data_center.dc_id,
        host=data_center.host,
        port=data_center.port,
        test_mode=data_center.test_mode,
        user_id=user[0],
        is_bot=user[1],
    )


def write(account: SavedAccount, path: Path, *, now: float) -> None:
    """Create the file. Raises what `FORMATS` describes."""
    records = ((_DATA_CENTER, mtcute.write_data_center(account)), (_USER, mtcute.write_user(account)))
    with created(path, _TABLES) as database:
        database.executemany("INSERT INTO mtcute_migrations VALUES (?, ?)", _MIGRATIONS)
        database.execute("INSERT INTO auth_keys VALUES (?, ?)", (account.dc_id, account.auth_key.key))
        database.executemany("INSERT INTO key_value VALUES (?, ?)", records)
