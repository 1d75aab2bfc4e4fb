"""Session files of Telethon and of Pyrogram or Kurigram: SQLite databases with one row that matters.

    sansio-tl sessions import FILE|STRING

reads them. A file is opened for reading only; what is written is a new file that its library then completes.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors import LocalProtocolError
from sansio_tl.sessions import SavedAccount

_MODE = 0o600
_TELETHON_VERSION = 8
_PYROGRAM_VERSION = 3

_TELETHON = """
CREATE TABLE version (version integer primary key);
CREATE TABLE sessions (dc_id integer primary key, server_address text, port integer, auth_key blob,
    takeout_id integer, tmp_auth_key blob);
CREATE TABLE entities (id integer primary key, hash integer not null, username text, phone integer, name text,
    date integer);
CREATE TABLE sent_files (md5_digest blob, file_size integer, type integer, id integer, hash integer,
    primary key(md5_digest, file_size, type));
CREATE TABLE update_state (id integer primary key, pts integer, qts integer, date integer, seq integer);
"""
_PYROGRAM = """
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
"""Version 3, which every Pyrogram reads and Kurigram brings up to date."""


def read(path: Path) -> SavedAccount:
    """The account in a session file. Raises LocalProtocolError when it is none, OSError when it cannot be read."""
    with path.open("rb"):
        pass  # says what is wrong better than sqlite does
    try:
        with _opened(f"{path.resolve().as_uri()}?mode=ro") as database:
            columns = {row[1] for row in database.execute("PRAGMA table_info(sessions)")}
            row = database.execute("SELECT * FROM sessions").fetchone() if columns else None
    except sqlite3.DatabaseError:
        raise LocalProtocolError(f"{path} is no session file: not a database that can be read") from None
    if row is None:
        raise LocalProtocolError(f"{path} is no session file, or nobody has logged in with it")
    key = row["auth_key"] if "auth_key" in columns else None
    if not isinstance(key, bytes) or len(key) != 256:
        raise LocalProtocolError(f"{path} holds no auth key: nobody has logged in with it")
    if "user_id" in columns:
        return SavedAccount(
            auth_key=AuthKey(key),
            dc_id=row["dc_id"],
            test_mode=bool(row["test_mode"]),
            user_id=row["user_id"] or None,
            is_bot=None if row["is_bot"] is None else bool(row["is_bot"]),
            api_id=row["api_id"] if "api_id" in columns else None,
        )
    return SavedAccount(
        auth_key=AuthKey(key), dc_id=row["dc_id"], host=row["server_address"] or "", port=row["port"] or 443
    )


def write_telethon(account: SavedAccount, path: Path) -> None:
    """Make a session file of Telethon, mode 0600. Raises FileExistsError when there is one."""
    host, port = account.address()
    with _made(path) as database:
        database.executescript(_TELETHON)
        database.execute("INSERT INTO version VALUES (?)", (_TELETHON_VERSION,))
        row = (account.dc_id, host, port, account.auth_key.key, None, b"")
        database.execute("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?)", row)


def write_pyrogram(account: SavedAccount, path: Path, *, now: float) -> None:
    """Make a session file of Pyrogram or Kurigram, mode 0600; `now` is seconds since the Unix epoch.

    Raises FileExistsError when there is one, LocalProtocolError when the api_id or the user is not known.
    """
    if account.api_id is None or account.user_id is None:
        raise LocalProtocolError("a session file of Pyrogram says which api_id and which user it is of")
    with _made(path) as database:
        database.executescript(_PYROGRAM)
        database.execute("INSERT INTO version VALUES (?)", (_PYROGRAM_VERSION,))
        row = (
            account.dc_id,
            account.api_id,
            account.test_mode,
            account.auth_key.key,
            int(now),
            account.user_id,
            bool(account.is_bot),
        )
        database.execute("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?)", row)


@contextlib.contextmanager
def _opened(uri: str) -> Iterator[sqlite3.Connection]:
    database = sqlite3.connect(uri, uri=True)
    database.row_factory = sqlite3.Row
    try:
        yield database
    finally:
        database.close()


@contextlib.contextmanager
def _made(path: Path) -> Iterator[sqlite3.Connection]:
    """A new database that nobody else can read; nothing is left of it when writing fails."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _MODE))
    try:
        with _opened(path.resolve().as_uri()) as database:
            yield database
            database.commit()
    except BaseException:
        path.unlink(missing_ok=True)
        raise
