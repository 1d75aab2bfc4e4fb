"""Session files of other libraries: read, written, and read by the libraries themselves."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors import LocalProtocolError
from sansio_tl.session_strings import SavedAccount
from sansio_tl_transports import session_files
from sansio_tl_transports.cli import session_file
from sansio_tl_transports.session_files import FORMATS
from sansio_tl_transports.session_files.sqlite import created, opened
from tests.helpers.entropy import SeededEntropy
from tests.helpers.malformed_json import JUNK

KEY = AuthKey(SeededEntropy("key")(256))
ACCOUNT = SavedAccount(auth_key=KEY, dc_id=4, host="149.154.167.91", port=443, user_id=77, is_bot=False, api_id=12345)


KEPT = {
    "telethon": {"auth_key", "dc_id", "host", "port"},
    "gramjs": {"auth_key", "dc_id", "host", "port"},
    "pyrogram": {"auth_key", "dc_id", "test_mode", "user_id", "is_bot", "api_id"},
    "kurigram": {"auth_key", "dc_id", "host", "port", "test_mode", "user_id", "is_bot", "api_id"},
    "mtcute": {"auth_key", "dc_id", "host", "port", "test_mode", "user_id", "is_bot"},
}


@pytest.mark.parametrize("is_bot", [False, True])
@pytest.mark.parametrize("library", FORMATS)
def test_written_session_file_is_recognised_and_read_back(tmp_path: Path, library: str, *, is_bot: bool) -> None:
    path = tmp_path / "anna"
    account = replace(ACCOUNT, is_bot=is_bot)
    FORMATS[library](account, path, now=1.8e9)
    read = session_files.read(path)
    for field in KEPT[library]:
        assert getattr(read, field) == getattr(account, field), field
    for each in (path, *(path.iterdir() if path.is_dir() else ())):
        assert each.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("library", FORMATS)
def test_existing_file_is_not_overwritten(tmp_path: Path, library: str) -> None:
    path = tmp_path / "x.session"
    path.write_text("precious")
    with pytest.raises(FileExistsError):
        FORMATS[library](ACCOUNT, path, now=1.8e9)
    assert path.read_text() == "precious"


@pytest.mark.parametrize(
    ("library", "broken"),
    [("telethon", "sansio_tl_transports.session_files.telethon._TABLES"), ("gramjs", "json.dumps")],
)
def test_failed_write_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str, broken: str
) -> None:
    monkeypatch.setattr(broken, "no SQL")
    with pytest.raises((sqlite3.Error, TypeError)):
        FORMATS[library](ACCOUNT, tmp_path / "x", now=1.8e9)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("library", ["pyrogram", "kurigram"])
@pytest.mark.parametrize("missing", ["api_id", "user_id"])
def test_pyrogram_file_without_api_id_or_user_id_is_refused(tmp_path: Path, library: str, missing: str) -> None:
    facts: dict[str, Any] = {missing: None}
    with pytest.raises(LocalProtocolError, match="api_id and user_id"):
        FORMATS[library](replace(ACCOUNT, **facts), tmp_path / "x", now=1.8e9)
    assert list(tmp_path.iterdir()) == []


def test_gramjs_reserves_the_name_session(tmp_path: Path) -> None:
    with pytest.raises(LocalProtocolError, match="does not allow"):
        FORMATS["gramjs"](ACCOUNT, tmp_path / "session", now=1.8e9)


def test_database_with_a_journal_is_read(tmp_path: Path) -> None:
    """As mtcute leaves it when it is killed: better-sqlite3 writes ahead."""
    path = tmp_path / "anna"
    FORMATS["mtcute"](replace(ACCOUNT, user_id=1), path, now=1.8e9)
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = WAL")
    FORMATS["mtcute"](ACCOUNT, tmp_path / "other", now=1.8e9)
    database.execute("ATTACH ? AS other", (str(tmp_path / "other"),))
    with database:
        database.execute(
            "UPDATE key_value SET value = (SELECT value FROM other.key_value o WHERE o.key = key_value.key)"
        )
    assert (tmp_path / "anna-wal").stat().st_size > 0
    assert session_files.read(path).user_id == ACCOUNT.user_id
    database.close()
    assert session_files.read(path).user_id == ACCOUNT.user_id


def test_mtcute_file_without_dc_main_is_data_center_2(tmp_path: Path) -> None:
    path = tmp_path / "anna"
    FORMATS["mtcute"](replace(ACCOUNT, dc_id=2), path, now=1.8e9)
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("DELETE FROM key_value WHERE key = 'dc_main'")
    account = session_files.read(path)
    assert (account.dc_id, account.address()) == (2, ("149.154.167.51", 443))


@pytest.mark.parametrize("library", FORMATS)
def test_file_without_a_login_is_refused(tmp_path: Path, library: str) -> None:
    path = tmp_path / "anna"
    FORMATS[library](ACCOUNT, path, now=1.8e9)
    if path.is_dir():
        (path / "anna%3AauthKey").write_text("null")
    else:
        with contextlib.closing(sqlite3.connect(path)) as database, database:
            database.execute("DELETE FROM auth_keys" if library == "mtcute" else "UPDATE sessions SET auth_key = NULL")
    with pytest.raises(LocalProtocolError, match="no user is logged in"):
        session_files.read(path)


def test_directory_without_a_gramjs_session_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LocalProtocolError, match="not a session of GramJS"):
        session_files.read(tmp_path)


@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough to be looked at" * 20])
def test_file_that_is_no_session_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(LocalProtocolError):
        session_files.read(path)


def test_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        session_files.read(tmp_path / "none")


@pytest.mark.parametrize(
    ("kept", "host", "port"),
    [
        ({}, "149.154.167.91", 443),
        ({"port": 8443}, "149.154.167.91", 8443),
        ({"serverAddress": None, "port": None}, "149.154.167.91", 443),
        ({"serverAddress": "", "port": 0}, "149.154.167.91", 443),
        ({"serverAddress": "127.0.0.1", "port": None}, "127.0.0.1", 443),
    ],
)
def test_gramjs_session_without_an_address_gets_the_default_one(
    tmp_path: Path, kept: dict[str, object], host: str, port: int
) -> None:
    path = tmp_path / "anna"
    FORMATS["gramjs"](ACCOUNT, path, now=1.8e9)
    for name, value in kept.items():
        (path / f"anna%3A{name}").write_text(json.dumps(value))
    account = session_files.read(path)
    assert (account.auth_key, account.dc_id, account.address()) == (KEY, 4, (host, port))


@pytest.mark.parametrize("name", ["authKey", "dcId", "serverAddress", "port"])
@pytest.mark.parametrize("junk", [None, *JUNK], ids=repr)
def test_damaged_directory_of_gramjs_is_refused_or_read(tmp_path: Path, name: str, junk: object) -> None:
    path = tmp_path / "anna"
    FORMATS["gramjs"](ACCOUNT, path, now=1.8e9)
    file = path / f"anna%3A{name}"
    for content in (json.dumps(junk), json.dumps({"data": junk}), json.dumps(junk)[:-1], "[" * 100_000):
        file.write_text(content)
        with contextlib.suppress(LocalProtocolError):
            session_files.read(path).to_snapshot()
    file.unlink()
    with pytest.raises(LocalProtocolError):
        session_files.read(path)


@pytest.mark.parametrize("library", [name for name in FORMATS if name != "gramjs"])
@pytest.mark.parametrize("junk", [None, 0, -1, 300, 1 << 40, 1.5, "x", "\x00", b"", b"\xff" * 20, b"x" * 256], ids=repr)
def test_damaged_database_is_refused_or_read(tmp_path: Path, library: str, junk: object) -> None:
    path = tmp_path / "anna"
    FORMATS[library](ACCOUNT, path, now=1.8e9)
    places = [("auth_keys", "key"), ("key_value", "value"), ("key_value", "key")]
    if library != "mtcute":
        with contextlib.closing(sqlite3.connect(path)) as database:
            places = [("sessions", column[1]) for column in database.execute("PRAGMA table_info(sessions)")]
    for table, column in places:
        copy = tmp_path / f"{table}.{column}"
        shutil.copy(path, copy)
        with contextlib.closing(sqlite3.connect(copy)) as database, database, contextlib.suppress(sqlite3.Error):
            database.execute(f"UPDATE {table} SET {column} = ?", (junk,))
        with contextlib.suppress(LocalProtocolError):
            session_files.read(copy).to_snapshot()


@pytest.mark.parametrize("library", [name for name in FORMATS if name not in ("gramjs", "mtcute")])
def test_database_that_lacks_a_column_is_refused(tmp_path: Path, library: str) -> None:
    for column in ("auth_key",) if library == "telethon" else ("auth_key", "test_mode", "is_bot"):
        path = tmp_path / column
        FORMATS[library](ACCOUNT, path, now=1.8e9)
        with contextlib.closing(sqlite3.connect(path)) as database, database:
            database.execute(f"ALTER TABLE sessions DROP COLUMN {column}")
        with pytest.raises(LocalProtocolError, match=f"lacks the column '{column}'"):
            session_files.read(path)


COUNT = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n{})"
ROW = "SELECT i AS dc_id, '' AS server_address, 0 AS port, x'00' AS auth_key FROM n"
HOSTILE = {
    "a view of many rows": (f"CREATE VIEW sessions AS {COUNT.format(' LIMIT 300000000')} {ROW}", "a view"),
    "a view without an end": (f"CREATE VIEW sessions AS {COUNT.format('')} {ROW} ORDER BY i DESC", "a view"),
    "a virtual table": ("CREATE VIRTUAL TABLE sessions USING fts5(server_address, dc_id, port, auth_key)", "virtual"),
    "a column that is made of 900 MB": (
        """CREATE TABLE sessions (dc_id, server_address, port, auth_key AS (zeroblob(900000000)));
        INSERT INTO sessions (dc_id) VALUES (1)""",
        "not a readable database",
    ),
    "many rows in the table of mtcute": (
        f"""CREATE TABLE key_value (key, value);
        {COUNT.format(" LIMIT 10000")} INSERT INTO key_value SELECT 'dc_main', x'00' FROM n""",
        "more than 64 rows",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_database_is_refused_at_once(tmp_path: Path, name: str) -> None:
    """Importing a session file of another user costs no more than reading a few rows."""
    path = tmp_path / "evil.session"
    statements, reason = HOSTILE[name]
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript(statements)
        database.commit()
    with pytest.raises(LocalProtocolError, match=reason):
        session_files.read(path)


def test_endless_query_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "long.session"
    FORMATS["telethon"](ACCOUNT, path, now=1.8e9)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    with opened(path) as database, pytest.raises(LocalProtocolError, match="not a readable database"):
        database.rows(endless)


@pytest.mark.parametrize("name", ["a session?mode=ro#1", "50%25", "ein schlüssel"])
def test_databases_have_any_name_and_are_closed(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def connect_and_keep(*arguments: Any, **options: Any) -> sqlite3.Connection:
        made.append(connect(*arguments, **options))
        return made[-1]

    monkeypatch.setattr(sqlite3, "connect", connect_and_keep)
    path = tmp_path / name
    FORMATS["telethon"](ACCOUNT, path, now=1.8e9)
    assert session_files.read(path).auth_key == KEY
    assert [each.name for each in tmp_path.iterdir()] == [name]
    assert len(made) >= 2
    for connection in made:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("select 1")


def test_only_the_first_row_of_a_database_is_read(tmp_path: Path) -> None:
    path = tmp_path / "two.session"
    FORMATS["telethon"](ACCOUNT, path, now=1.8e9)
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("INSERT INTO sessions SELECT 5, server_address, port, auth_key, NULL, x'' FROM sessions")
        database.commit()
    assert session_files.read(path).dc_id == 4


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_named_pipe_is_refused_without_blocking(tmp_path: Path) -> None:
    path = tmp_path / "pipe.session"
    os.mkfifo(path)
    with pytest.raises(LocalProtocolError, match="not a regular file"):
        session_files.read(path)


def _session_of_the_command(path: Path, **values: Any) -> None:
    defaults: dict[str, Any] = {"host": "127.0.0.1", "port": 4430, "dc_id": 2, "environment": "own", "user_id": 7}
    session_file.save(path, session_file.Session(**defaults | {"auth_key": KEY.key, "api_id": 1} | values))


@pytest.mark.parametrize("kind", [str, Path])
def test_session_file_of_the_command_line_is_read(tmp_path: Path, kind: type[str | Path]) -> None:
    path = tmp_path / "session.json"
    _session_of_the_command(path)
    read = session_files.read(kind(path))
    assert read == SavedAccount(auth_key=KEY, dc_id=2, host="127.0.0.1", port=4430, user_id=7, api_id=1)
    assert read.to_snapshot()["user_id"] == 7


@pytest.mark.parametrize(("environment", "test_mode"), [("prod", False), ("test", True)])
def test_session_of_telegram_s_own_data_centers_names_no_address(
    tmp_path: Path, environment: str, *, test_mode: bool
) -> None:
    _session_of_the_command(tmp_path / "a", environment=environment)
    read = session_files.read(tmp_path / "a")
    assert (read.host, read.test_mode) == ("", test_mode)


@pytest.mark.parametrize("values", [{"user_id": None}, {"auth_key": b""}])
def test_session_file_of_an_incomplete_login_is_rejected(tmp_path: Path, values: dict[str, Any]) -> None:
    _session_of_the_command(tmp_path / "a", **values)
    with pytest.raises(LocalProtocolError, match="has no login: complete it with sansio-tl login"):
        session_files.read(tmp_path / "a")


def test_other_json_is_rejected_and_a_snapshot_recognised(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.touch(mode=0o600)
    path.write_text('{"version": 1}')
    with pytest.raises(LocalProtocolError, match="is not a session file, or damaged"):
        session_files.read(path)
    path.write_text(json.dumps(ACCOUNT.to_snapshot()))
    with pytest.raises(LocalProtocolError, match="the snapshot of a client is passed to open_client"):
        session_files.read(path)


def test_path_of_a_wrong_type_is_rejected() -> None:
    with pytest.raises(LocalProtocolError, match="invalid path of a session file: found int, expected str or Path"):
        session_files.read(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["a\0b", "a\ud800b"])
def test_path_that_no_file_can_have_is_rejected(path: str) -> None:
    with pytest.raises(LocalProtocolError, match="invalid path of a session file: it has a null character"):
        session_files.read(path)


@pytest.mark.parametrize(("stored", "port"), [(5222, 5222), (None, 443), (0, 443)])
def test_port_of_a_telethon_file_is_443_unless_it_names_another(tmp_path: Path, stored: int | None, port: int) -> None:
    path = tmp_path / "a.session"
    FORMATS["telethon"](ACCOUNT, path, now=1.8e9)
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE sessions SET port = ?", (stored,))
    assert session_files.read(path).port == port


def test_error_of_writing_stays_when_the_new_file_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "a.session"
    writing = created(path, "CREATE TABLE a (b)")
    writing.__enter__()
    path.unlink()
    error = ZeroDivisionError()
    assert not writing.__exit__(ZeroDivisionError, error, None)
    assert not path.exists()


def test_database_without_a_row_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x"
    FORMATS["telethon"](ACCOUNT, path, now=1.8e9)
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("DELETE FROM sessions")
    with pytest.raises(LocalProtocolError, match=re.escape(str(path))):
        session_files.read(path)
