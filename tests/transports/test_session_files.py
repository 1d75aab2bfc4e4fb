"""Session files of other libraries: read, written, and read by the libraries themselves."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from telethon.crypto import AuthKey as TheirAuthKey
from telethon.sessions import SQLiteSession

from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors import LocalProtocolError
from sansio_tl.sessions import SavedAccount
from tests.crypto.stream import Stream
from transports import session_files

KEY = AuthKey(Stream("key")(256))
ACCOUNT = SavedAccount(auth_key=KEY, dc_id=4, host="149.154.167.91", port=443, user_id=77, is_bot=False, api_id=12345)


def test_telethon_opens_the_file_that_we_write(tmp_path: Path) -> None:
    path = tmp_path / "mine.session"
    session_files.write_telethon(ACCOUNT, path)
    theirs = SQLiteSession(str(path))
    assert (theirs.dc_id, theirs.server_address, theirs.port) == (4, "149.154.167.91", 443)
    assert theirs.auth_key.key == KEY.key
    theirs.close()
    assert session_files.read(path).auth_key == KEY
    assert path.stat().st_mode & 0o777 == 0o600


def test_we_open_the_file_that_telethon_writes(tmp_path: Path) -> None:
    theirs = SQLiteSession(str(tmp_path / "theirs"))
    theirs.set_dc(2, "149.154.167.51", 443)
    theirs.auth_key = TheirAuthKey(KEY.key)
    theirs.save()
    theirs.close()
    account = session_files.read(tmp_path / "theirs.session")
    assert (account.auth_key, account.dc_id, account.address()) == (KEY, 2, ("149.154.167.51", 443))


def test_a_file_of_pyrogram_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "p.session"
    session_files.write_pyrogram(ACCOUNT, path, now=1.8e9)
    account = session_files.read(path)
    assert (account.auth_key, account.user_id, account.api_id, account.is_bot) == (KEY, 77, 12345, False)
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "x.session"
    path.write_text("precious")
    with pytest.raises(FileExistsError):
        session_files.write_telethon(ACCOUNT, path)
    assert path.read_text() == "precious"


def test_nothing_is_left_of_a_file_that_could_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_files, "_TELETHON", "no SQL")
    with pytest.raises(sqlite3.Error):
        session_files.write_telethon(ACCOUNT, tmp_path / "x.session")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough to be looked at" * 20])
def test_anything_else_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(LocalProtocolError):
        session_files.read(path)


def test_a_session_without_a_log_in_is_refused(tmp_path: Path) -> None:
    theirs = SQLiteSession(str(tmp_path / "empty"))
    theirs.set_dc(2, "149.154.167.51", 443)
    theirs.save()
    theirs.close()
    with pytest.raises(LocalProtocolError, match="nobody has logged in"):
        session_files.read(tmp_path / "empty.session")


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        session_files.read(tmp_path / "none")
