"""Session files of Telethon: version 8, with one row in `sessions`."""

from __future__ import annotations

from pathlib import Path

from sansio_tl import data_centers
from sansio_tl.session_strings import SavedAccount
from sansio_tl_transports.session_files.sqlite import Database, created

_VERSION = 8
_TABLES = """
CREATE TABLE version (version integer primary key);
CREATE TABLE sessions (dc_id integer primary key, server_address text, port integer, auth_key blob,
    takeout_id integer, tmp_auth_key blob);
CREATE TABLE entities (id integer primary key, hash integer not null, username text, phone integer, name text,
    date integer);
CREATE TABLE sent_files (md5_digest blob, file_size integer, type integer, id integer, hash integer,
    primary key(md5_digest, file_size, type));
CREATE TABLE update_state (id integer primary key, pts integer, qts integer, date integer, seq integer);
"""


def read(database: Database) -> SavedAccount:
    """The account, without its user id, which the file does not contain.

    Raises LocalProtocolError when no user is logged in with it.
    """
    row = database.row("SELECT * FROM sessions")
    return SavedAccount(
        auth_key=database.key(row["auth_key"]),
        dc_id=row["dc_id"],
        host=row["server_address"] or "",
        port=row["port"] or data_centers.PORT,
    )


def write(account: SavedAccount, path: Path, *, now: float) -> None:
    """Create the file. Raises what `FORMATS` describes."""
    host, port = account.address()
    with created(path, _TABLES) as database:
        database.execute("INSERT INTO version VALUES (?)", (_VERSION,))
        row = (account.dc_id, host, port, account.auth_key.key, None, b"")
        database.execute("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?)", row)
