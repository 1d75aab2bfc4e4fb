"""`sansio-tl sessions`: list, put, get, move, restore and forget-lost, with stores on this computer."""

from __future__ import annotations

import base64
import os
import re
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from sansio_tl import AuthKey
from sansio_tl.session_strings import FORMATS, SavedAccount
from sansio_tl_transports import session_files
from sansio_tl_transports.cli.commands import app
from sansio_tl_transports.stores import (
    EncryptedStore,
    FolderStore,
    SessionDocument,
    SQLiteStore,
    StoreUnavailableError,
    encode_document,
    load_document,
    new_key,
    put_snapshot,
)

ACCOUNT = SavedAccount(
    auth_key=AuthKey(bytes(range(256))),
    dc_id=2,
    host="",
    port=443,
    test_mode=False,
    user_id=1000001,
    is_bot=False,
    api_id=12345,
)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:{tmp_path / 'sessions.db'}"


@pytest.fixture
def store(tmp_path: Path) -> SQLiteStore:
    return SQLiteStore(tmp_path / "sessions.db")


def run(*arguments: str, code: int = 0, **options: Any) -> str:
    done = CliRunner().invoke(app, ["sessions", *arguments], **options)
    assert done.exit_code == code, done.output
    return done.output


@pytest.mark.parametrize(
    "command", [("stored",), ("get", "a", "telethon"), ("move", "file:other"), ("restore", "a"), ("forget-lost", "a")]
)
@pytest.mark.parametrize("kind", ["file", "folder", "sqlite"])
def test_store_with_a_wrong_name_is_not_made(command: tuple[str, ...], kind: str, tmp_path: Path) -> None:
    name, *others = command
    text = run(name, f"{kind}:{tmp_path / 'typo'}", *others, code=1)
    assert re.match(rf"sansio-tl: there is no \w+ {tmp_path / 'typo'}: check its name;", text)
    assert not (tmp_path / "typo").exists()


def test_format_that_needs_an_api_id_says_so(url: str, store: SQLiteStore) -> None:
    put_snapshot(store, "a", ACCOUNT.to_snapshot())
    assert run("get", url, "a", "pyrogram", code=1).startswith("sansio-tl: pyrogram needs the api_id")


def test_unknown_format_suggests_a_similar_one(url: str) -> None:
    assert "did you mean pyrogram" in run("get", url, "a", "pyrogam", code=2)
    assert "did you mean telethon" in run("export", "teleton", code=2)


@pytest.mark.parametrize("library", sorted(session_files.FORMATS))
def test_files_of_other_libraries_go_into_a_store_and_out_again(library: str, url: str, tmp_path: Path) -> None:
    source = tmp_path / "anna"
    session_files.FORMATS[library](ACCOUNT, source, now=time.time())
    assert "Do not use it anywhere else" in run("put", url, "alice", str(source))
    assert run("stored", url).startswith("alice  ")
    out = tmp_path / "out"
    run("get", url, "alice", f"{library}-file", "--out", str(out), "--api-id", "12345")
    assert session_files.read(out).auth_key == ACCOUNT.auth_key


def test_strings_go_into_a_store_and_out_again(url: str) -> None:
    text = FORMATS["pyrogram"].write(ACCOUNT)
    run("put", url, "alice", "-", input=f"{text}\n")
    assert run("stored", url) == "alice  user 1000001, data center 2\n"
    assert run("get", url, "alice", "pyrogram", "--api-id", "12345").strip() == text


def test_session_without_a_user_id_is_put_with_a_note(url: str) -> None:
    note = (
        "The session does not contain the user id: it is listed as not logged in until a client has"
        " requested users.getUsers([inputUserSelf])."
    )
    done = run("put", url, "alice", "-", input=FORMATS["telethon"].write(ACCOUNT) + "\n")
    assert note in " ".join(done.split())
    done = run("put", url, "bob", "-", input=FORMATS["pyrogram"].write(ACCOUNT) + "\n")
    assert note not in " ".join(done.split())


def test_string_is_written_to_a_new_file_only(url: str, store: SQLiteStore, tmp_path: Path) -> None:
    put_snapshot(store, "alice", ACCOUNT.to_snapshot())
    out = tmp_path / "string"
    run("get", url, "alice", "gramjs", "--out", str(out))
    if os.name == "posix":
        assert out.stat().st_mode & 0o777 == 0o600
    assert "exists already" in run("get", url, "alice", "gramjs", "--out", str(out), code=1)


def test_sessions_are_moved(url: str, store: SQLiteStore, tmp_path: Path) -> None:
    for name in ("alice", "bob", "имя"):
        put_snapshot(store, name, ACCOUNT.to_snapshot())
    target = f"folder:{tmp_path / 'sessions'}"
    assert run("move", url, target, "bob") == "bob\n"
    assert run("move", url, target) == "alice\nимя\n"
    assert store.names() == []
    moved = load_document(FolderStore(tmp_path / "sessions"), "имя")
    assert moved is not None
    assert moved.snapshot == msgspec.json.decode(msgspec.json.encode(ACCOUNT.to_snapshot()))


def test_session_in_use_is_not_moved(url: str, store: SQLiteStore, tmp_path: Path) -> None:
    put_snapshot(store, "alice", ACCOUNT.to_snapshot())
    store.acquire("alice", "a client", 60)
    assert "in use by a client" in run("move", url, f"folder:{tmp_path / 'sessions'}", code=1)
    assert store.names() == ["alice"]


def test_session_that_cannot_be_used_does_not_stop_the_others(url: str, store: SQLiteStore, tmp_path: Path) -> None:
    for name in ("alice", "bob", "carol"):
        put_snapshot(store, name, ACCOUNT.to_snapshot())
    lease = store.acquire("bob", "me", 60)
    store.save(lease, b"{}", version=1)
    text = run("stored", url, code=1)
    assert "alice  user" in text
    assert "carol  user" in text
    assert "bob: session 'bob' " in text
    text = run("move", url, f"folder:{tmp_path / 'sessions'}", code=1)
    assert "bob: session 'bob' is in use by me" in text
    assert store.names() == ["bob"]


def test_session_is_not_overwritten(url: str, store: SQLiteStore, tmp_path: Path) -> None:
    put_snapshot(store, "alice", ACCOUNT.to_snapshot())
    target = FolderStore(tmp_path / "sessions")
    put_snapshot(target, "alice", {"another": 1})
    text = run("move", url, f"folder:{tmp_path / 'sessions'}", code=1)
    assert "there is a session 'alice' in the store already: use another name, or delete it first" in text
    assert store.names() == ["alice"]
    document = load_document(target, "alice")
    assert document is not None
    assert document.snapshot == {"another": 1}


def test_lost_logins_are_listed_restored_and_deleted(url: str, store: SQLiteStore) -> None:
    document = SessionDocument(snapshot=ACCOUNT.to_snapshot()).with_lost("AUTH_KEY_DUPLICATED", 0.0)
    lease = store.acquire("alice", "me", 60)
    store.save(lease, encode_document(document.with_snapshot({"home_dc": 4, "user_id": None})), version=0)
    store.release(lease)
    assert run("stored", url).splitlines()[0] == "alice  not logged in, data center 4"
    assert "lost 0: user 1000001, AUTH_KEY_DUPLICATED, " in run("stored", url)
    assert "has 1 lost keys, and no number 1" in run("restore", url, "alice", "1", code=1)
    assert run("restore", url, "alice") == "alice  user 1000001, data center 2\n"
    assert run("forget-lost", url, "alice") == "alice  user 1000001, data center 2\n"


def test_encrypted_store_needs_its_keys(store: SQLiteStore, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    key = new_key()
    put_snapshot(EncryptedStore(store, [key]), "alice", ACCOUNT.to_snapshot())
    assert "session 'alice' is encrypted" in run("stored", url, code=1)
    monkeypatch.setenv("SANSIO_TL_STORE_KEYS", base64.b64encode(key).decode())
    assert "user 1000001" in run("stored", url)
    monkeypatch.setenv("SANSIO_TL_STORE_KEYS", base64.b64encode(new_key()).decode())
    assert "not among the given ones" in run("stored", url, code=1)
    monkeypatch.setenv("SANSIO_TL_STORE_KEYS", "???")
    assert "expected keys of 32 bytes in base64" in run("stored", url, code=1)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("stored", "mysql://host"), "unknown kind of store: expected file:PATH"),
        (("get", "{url}", "alice", "gramjs"), "there is no session 'alice'"),
        (("restore", "{url}", "alice"), "there is no session 'alice'"),
        (("put", "{url}", "alice", "/nowhere"), "cannot read /nowhere"),
        (("put", "{url}", "", "/nowhere"), "cannot read /nowhere"),
    ],
)
def test_errors_are_one_line(arguments: tuple[str, ...], text: str, url: str, store: SQLiteStore) -> None:
    put_snapshot(store, "bob", ACCOUNT.to_snapshot())
    output = run(*(each.format(url=url) for each in arguments), code=1)
    assert text in output
    assert "Traceback" not in output


def test_redis_without_its_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.delitem(sys.modules, "sansio_tl_transports.stores.redis", raising=False)
    monkeypatch.setitem(sys.modules, "redis", None)
    assert "needs redis. The extra redis brings it" in run("stored", "redis://localhost", code=1)


def test_session_file_needs_a_path(url: str, store: SQLiteStore) -> None:
    put_snapshot(store, "a", ACCOUNT.to_snapshot())
    assert "a session file requires --out FILE" in " ".join(run("get", url, "a", "telethon-file", code=2).split())


def test_api_id_of_the_option_is_written(url: str, store: SQLiteStore) -> None:
    put_snapshot(store, "a", ACCOUNT.to_snapshot())
    text = run("get", url, "a", "pyrogram", "--api-id", "54321")
    assert FORMATS["pyrogram"].read(text.strip()).api_id == 54321


def test_file_that_cannot_be_written_is_reported(url: str, store: SQLiteStore, tmp_path: Path) -> None:
    put_snapshot(store, "a", ACCOUNT.to_snapshot())
    out = tmp_path / "none" / "string"
    text = run("get", url, "a", "telethon", "--out", str(out), code=1)
    assert text == f"sansio-tl: cannot write {out}: No such file or directory\n"


def test_command_ends_when_the_store_is_not_available(
    url: str, store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def load(_: SQLiteStore, name: str) -> None:
        asked.append(name)
        raise StoreUnavailableError("the disk has gone")

    for name in ("alice", "bob"):
        put_snapshot(store, name, ACCOUNT.to_snapshot())
    monkeypatch.setattr(SQLiteStore, "load", load)
    assert run("stored", url, code=1) == "sansio-tl: the disk has gone\n"
    assert asked == ["alice"]
