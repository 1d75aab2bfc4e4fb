"""Session files of mtcute: a key for each data centre, and records in `key_value` as its strings have them."""

from __future__ import annotations

from pathlib import Path

from sansio_tl import data_centers
from sansio_tl.session_strings import SavedAccount, mtcute
from sansio_tl_transports.session_files.sqlite import Database, made

_TABLES = """
CREATE TABLE mtcute_migrations (repo text not null primary key, version integer not null);
CREATE TABLE auth_keys (dc integer primary key, key blob not null);
CREATE TABLE temp_auth_keys (dc integer not null, idx integer not null, key blob not null, expires integer not null,
    primary key (dc, idx));
CREATE TABLE key_value (key text primary key, value blob not null);
"""
"""The tables that mtcute makes in its first migrations; it makes the others when it opens the file."""
_MIGRATIONS = (("auth_keys", 1), ("kv", 1))
_CENTRE, _USER = "dc_main", "current_user"
_FIRST = mtcute.Centre(2, "", data_centers.PORT, test_mode=False)
"""Where mtcute begins. It writes down only where it was sent from there."""


def read(database: Database) -> SavedAccount:
    """The account. Raises LocalProtocolError when nobody has logged in with it."""
    rows = database.rows("SELECT key, value FROM key_value WHERE key IN (?, ?)", _CENTRE, _USER)
    records = {row["key"]: row["value"] for row in rows if isinstance(row["value"], bytes)}
    centre = mtcute.read_centre(records[_CENTRE]) if _CENTRE in records else _FIRST
    user = mtcute.read_user(records.get(_USER, b""))
    keys = database.rows("SELECT key FROM auth_keys WHERE dc = ?", centre.dc_id)
    if user is None or not keys:
        raise database.empty()
    return SavedAccount(
        auth_key=database.key(keys[0]["key"]),
        dc_id=centre.dc_id,
        host=centre.host,
        port=centre.port,
        test_mode=centre.test_mode,
        user_id=user[0],
        is_bot=user[1],
    )


def write(account: SavedAccount, path: Path, *, now: float) -> None:
    """Make the file. Raises as `FORMATS` says."""
    records = ((_CENTRE, mtcute.write_centre(account)), (_USER, mtcute.write_user(account)))
    with made(path, _TABLES) as database:
        database.executemany("INSERT INTO mtcute_migrations VALUES (?, ?)", _MIGRATIONS)
        database.execute("INSERT INTO auth_keys VALUES (?, ?)", (account.dc_id, account.auth_key.key))
        database.executemany("INSERT INTO key_value VALUES (?, ?)", records)
