"""Session files of Pyrogram: version 3. They contain the number of the data center, but not its address."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sansio_tl.errors import LocalProtocolError
from sansio_tl.session_strings import SavedAccount
from sansio_tl_transports.session_files.sqlite import created

_VERSION = 3
_TABLES = """
CREATE TABLE sessions (dc_id INTEGER PRIMARY KEY, api_id INTEGER, test_mode INTEGER, auth_key BLOB,
    date INTEGER NOT NULL, user_id INTEGER, is_bot INTEGER);
CREATE TABLE peers (id INTEGER PRIMARY KEY, access_hash INTEGER, type INTEGER NOT NULL, username TEXT,
    phone_number TEXT, last_update_on INTEGER NOT NULL DEFAULT (CAST(STRFTIME('%s', 'now') AS INTEGER)));
CREATE TABLE version (number INTEGER PRIMARY KEY);
CREATE INDEX idx_peers_id ON peers (id);
CREATE INDEX idx_peers_username ON peers (username);
CREATE INDEX idx_peers_phone_number ON peers (phone_number);
CREATE TRIGGER trg_peers_last_update_on AFTER UPDATE ON peers
BEGIN UPDATE peers SET last_update_on = CAST(STRFTIME('%s', 'now') AS INTEGER) WHERE id = NEW.id; END;
"""


def write(account: SavedAccount, path: Path, *, now: float) -> None:
    """Create the file. Raises what `FORMATS` describes: the api_id and the user must be known."""
    row = row_of(account, now)
    with created(path, _TABLES) as database:
        insert(database, _VERSION, row)


def row_of(account: SavedAccount, now: float) -> dict[str, object]:
    """The row of `sessions`. Raises LocalProtocolError when the api_id or the user is not known."""
    if account.api_id is None or account.user_id is None:
        raise LocalProtocolError("a session file of Pyrogram needs api_id and user_id")
    return {
        "dc_id": account.dc_id,
        "api_id": account.api_id,
        "test_mode": account.test_mode,
        "auth_key": account.auth_key.key,
        "date": int(now),
        "user_id": account.user_id,
        "is_bot": bool(account.is_bot),
    }


def insert(database: sqlite3.Connection, version: int, row: dict[str, object]) -> None:
    """Fill a new file."""
    database.execute("INSERT INTO version VALUES (?)", (version,))
    columns = ", ".join(row)
    values = ", ".join(f":{column}" for column in row)
    database.execute(f"INSERT INTO sessions ({columns}) VALUES ({values})", row)  # noqa: S608  # names of our own
