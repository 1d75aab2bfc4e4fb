"""Session files of Kurigram: version 7 of Pyrogram's format, with the address of the data center."""

from __future__ import annotations

from pathlib import Path

from sansio_tl import data_centers
from sansio_tl.session_strings import SavedAccount
from sansio_tl_transports.session_files.pyrogram import insert, row_of
from sansio_tl_transports.session_files.sqlite import Database, created

_VERSION = 7
_TABLES = """
CREATE TABLE sessions (dc_id INTEGER PRIMARY KEY, server_address TEXT, port INTEGER, api_id INTEGER,
    test_mode INTEGER, auth_key BLOB, date INTEGER NOT NULL, user_id INTEGER, is_bot INTEGER);
CREATE TABLE peers (id INTEGER PRIMARY KEY, access_hash INTEGER, type INTEGER NOT NULL, phone_number TEXT,
    last_update_on INTEGER NOT NULL DEFAULT (CAST(STRFTIME('%s', 'now') AS INTEGER)));
CREATE TABLE usernames (id INTEGER, username TEXT, FOREIGN KEY (id) REFERENCES peers(id));
CREATE TABLE update_state (id INTEGER PRIMARY KEY, pts INTEGER, qts INTEGER, date INTEGER, seq INTEGER);
CREATE TABLE version (number INTEGER PRIMARY KEY);
CREATE INDEX idx_peers_id ON peers (id);
CREATE INDEX idx_peers_phone_number ON peers (phone_number);
CREATE INDEX idx_usernames_id ON usernames (id);
CREATE INDEX idx_usernames_username ON usernames (username);
CREATE TRIGGER trg_peers_last_update_on AFTER UPDATE ON peers
BEGIN UPDATE peers SET last_update_on = CAST(STRFTIME('%s', 'now') AS INTEGER) WHERE id = NEW.id; END;
"""


def read(database: Database) -> SavedAccount:
    """The account in a file of Kurigram or Pyrogram, older versions too.

    Raises LocalProtocolError when no user is logged in with it.
    """
    row = database.row("SELECT * FROM sessions")
    return SavedAccount(
        auth_key=database.key(row["auth_key"]),
        dc_id=row["dc_id"],
        host=row.get("server_address") or "",
        port=row.get("port") or data_centers.PORT,
        test_mode=bool(row["test_mode"]),
        user_id=row["user_id"] or None,
        is_bot=None if row["is_bot"] is None else bool(row["is_bot"]),
        api_id=row.get("api_id"),
    )


def write(account: SavedAccount, path: Path, *, now: float) -> None:
    """Create the file. Raises what `FORMATS` describes: the api_id and the user must be known."""
    host, port = account.address()
    row = row_of(account, now) | {"server_address": host, "port": port}
    with created(path, _TABLES) as database:
        insert(database, _VERSION, row)
