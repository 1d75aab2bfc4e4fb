"""What the stores in files do beyond the contract: permissions, damaged and foreign files, locks, full disks."""

from __future__ import annotations

import errno
import json
import math
import os
import re
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NoReturn

import pytest

from sansio_tl_transports import stores
from sansio_tl_transports._shared import files as shared_files
from sansio_tl_transports.stores import (
    FileStore,
    FolderStore,
    Lease,
    LeaseHeldError,
    LeaseLostError,
    SessionDocument,
    SessionStore,
    SQLiteStore,
    StoredDataError,
    StoreError,
    StoreUnavailableError,
    decode_document,
    encode_document,
    move_session,
    open_store,
)
from sansio_tl_transports.stores import files as stores_in_files
from tests.stores.clocks import Waiting

_SUFFIXES = {".json", ".session", ".db"}
posix = pytest.mark.skipif(os.name != "posix", reason="modes of files")


def file_store(path: Path) -> FileStore:
    return FileStore(path / "s.json", timeout=0.2)


def folder_store(path: Path) -> FolderStore:
    return FolderStore(path / "s", timeout=0.2)


def sqlite_store(path: Path) -> SQLiteStore:
    return SQLiteStore(path / "s.db", timeout=0.2)


each_store = pytest.mark.parametrize("make", [file_store, folder_store, sqlite_store])
Make = Callable[[Path], SessionStore]


def open_handles() -> int:
    """How many file descriptors this process has."""
    return len([*Path("/dev/fd").iterdir()])


def filled(store: SessionStore, data: bytes = b"secret of alice") -> Lease:
    lease = store.acquire("alice", "me", 60)
    store.save(lease, data, version=0)
    return lease


def main_file(path: Path) -> Path:
    return next(each for each in sorted(path.rglob("*")) if each.is_file() and each.suffix in _SUFFIXES)


@posix
@each_store
def test_files_are_readable_by_their_owner_only(make: Make, tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        store = make(tmp_path)
        filled(store)
        modes = {each.name: each.stat().st_mode & 0o777 for each in tmp_path.rglob("*")}
        store.close()
    finally:
        os.umask(old)
    assert set(modes.values()) <= {0o600, 0o700}, modes


@posix
@each_store
def test_file_that_others_can_read_is_refused(make: Make, tmp_path: Path) -> None:
    store = make(tmp_path)
    filled(store)
    store.close()
    main_file(tmp_path).chmod(0o644)
    with pytest.raises(StoredDataError, match=r"can be read by others.*: chmod 600"):
        make(tmp_path).load("alice")


@each_store
def test_damaged_file_is_refused_and_kept(make: Make, tmp_path: Path) -> None:
    store = make(tmp_path)
    filled(store)
    store.close()
    path = main_file(tmp_path)
    for each in tmp_path.glob("s.db-*"):
        each.unlink()
    path.write_bytes(b"damaged" * 300)
    with pytest.raises(StoredDataError, match="restore it from a backup"):
        make(tmp_path).acquire("alice", "me", 60)
    with pytest.raises(StoredDataError, match="restore it from a backup"):
        make(tmp_path).load("alice")
    assert path.read_bytes() == b"damaged" * 300


@pytest.mark.parametrize("make", [file_store, folder_store])
@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"version": 2, "more": {}},
    ],
)
def test_newer_file_is_refused_and_kept(make: Make, tmp_path: Path, change: dict[str, Any]) -> None:
    store = make(tmp_path)
    lease = filled(store)
    path = main_file(tmp_path)
    text = json.dumps(json.loads(path.read_text()) | change)
    path.write_text(text)
    for call in (
        lambda: store.load("alice"),
        lambda: store.save(lease, b"x", version=1),
        lambda: store.renew(lease, 6),
    ):
        with pytest.raises(StoredDataError, match="newer version of sansio_tl .*upgrade"):
            call()
    assert path.read_text() == text


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"format": "x", "version": 1}', b"\xff", b"[" * 100_000])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "s.json"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(StoredDataError, match="is not a file of sessions"):
        file_store(tmp_path).load("alice")
    assert path.read_bytes() == content


def test_newer_database_is_refused_and_kept(tmp_path: Path) -> None:
    store = sqlite_store(tmp_path)
    filled(store)
    store.close()
    database = sqlite3.connect(tmp_path / "s.db")
    database.execute("PRAGMA user_version = 2")
    database.close()
    with pytest.raises(StoredDataError, match="newer version of sansio_tl .*upgrade"):
        sqlite_store(tmp_path).load("alice")


def test_database_of_another_program_is_refused(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "s.db")
    database.execute("CREATE TABLE sessions (dc_id INTEGER)")
    database.close()
    (tmp_path / "s.db").chmod(0o600)
    with pytest.raises(StoredDataError, match="is a database of another program"):
        sqlite_store(tmp_path).acquire("alice", "me", 60)


@pytest.mark.parametrize("make", [file_store, folder_store])
def test_lock_of_another_process_is_reported_in_time(make: Make, tmp_path: Path) -> None:
    store = make(tmp_path)
    lease = filled(store)
    lock = next(tmp_path.rglob("*.lock"))
    handle = os.open(lock, os.O_RDWR)
    shared_files.lock_handle(handle)
    try:
        with pytest.raises(StoreUnavailableError, match="locked by another process for longer than"):
            store.renew(lease, 60)
        assert store.load("alice") is not None  # reading needs no lock
    finally:
        os.close(handle)
    store.renew(lease, 60)


def test_locked_database_is_reported_in_time(tmp_path: Path) -> None:
    store = sqlite_store(tmp_path)
    lease = filled(store)
    database = sqlite3.connect(tmp_path / "s.db", isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailableError, match=r"locked by another process for longer than 0\.2 s"):
        store.renew(lease, 60)
    assert store.load("alice") is not None
    database.execute("ROLLBACK")
    database.close()
    store.renew(lease, 60)
    store.close()


def test_database_that_is_read_by_a_program_without_a_write_ahead_log_is_reported_in_time(tmp_path: Path) -> None:
    store = sqlite_store(tmp_path)
    filled(store)
    store.close()
    database = sqlite3.connect(tmp_path / "s.db", isolation_level=None)
    assert database.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",)
    database.execute("BEGIN")
    database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    with pytest.raises(StoreUnavailableError, match=r"locked by another process for longer than 0\.2 s"):
        store.load("alice")
    database.close()
    assert store.load("alice") is not None
    database = sqlite3.connect(tmp_path / "s.db")
    assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    database.close()
    store.close()


@pytest.mark.parametrize("make", [file_store, folder_store])
def test_full_disk_keeps_what_was_stored(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = make(tmp_path)
    lease = filled(store)

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StoreUnavailableError, match="No space left on device.*free space"):
            store.save(lease, b"new", version=1)
    stored = store.load("alice")
    assert stored is not None
    assert stored.data == b"secret of alice"
    store.save(lease, b"new", version=1)
    assert not [each for each in tmp_path.rglob(".*") if not each.name.endswith(".lock")]


@pytest.mark.parametrize("temporary", [None, "s.tmp"])
def test_file_is_whole_before_it_is_made_durable(
    temporary: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synchronised: list[tuple[bool, int]] = []
    monkeypatch.setattr(
        os, "fsync", lambda handle: synchronised.append((stat.S_ISDIR((at := os.fstat(handle)).st_mode), at.st_size))
    )
    path = tmp_path / "s"
    shared_files.write_whole(path, b"x" * 5000, 0o640, None if temporary is None else tmp_path / temporary)
    assert path.read_bytes() == b"x" * 5000
    assert path.stat().st_mode & 0o777 == 0o640
    assert synchronised[0] == (False, 5000)
    assert [is_folder for is_folder, _ in synchronised] == [False, True], "the folder too: it has the new name"
    assert [each.name for each in tmp_path.iterdir()] == ["s"]


def test_full_database_keeps_what_was_stored(tmp_path: Path) -> None:
    store = sqlite_store(tmp_path)
    lease = filled(store)
    assert store._database is not None
    store._database.execute("PRAGMA max_page_count = 4")
    with pytest.raises(StoreUnavailableError, match="full.*free space"):
        store.save(lease, bytes(1 << 20), version=1)
    stored = store.load("alice")
    assert stored is not None
    assert stored.data == b"secret of alice"
    store.close()


@each_store
def test_error_names_the_folder_that_does_not_exist(make: Make, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="Check the folder"):
        make(tmp_path / "file").acquire("alice", "me", 60)


def test_deleted_key_does_not_stay_in_the_database(tmp_path: Path) -> None:
    store = sqlite_store(tmp_path)
    lease = filled(store, b"VERY-SECRET-KEY" * 20)
    store.delete(lease, version=1)
    store.close()  # merges the log
    assert b"VERY-SECRET-KEY" not in b"".join(each.read_bytes() for each in tmp_path.glob("s.db*"))


@posix
def test_forked_process_uses_a_connection_of_its_own(tmp_path: Path) -> None:
    program = f"""
import os
import shutil
import signal
from sansio_tl_transports.stores import SQLiteStore
store = SQLiteStore({str(tmp_path / "s.db")!r})
lease = store.acquire("alice", "me", 60)
store.save(lease, b"parent", version=0)
if (child := os.fork()) == 0:
    store.save(lease, b"child", version=1)
    store.close()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert store.load("alice").data == b"child"
store.save(lease, b"parent again", version=2)
store.close()
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_link_to_a_file_is_followed(tmp_path: Path) -> None:
    store = file_store(tmp_path)
    lease = filled(store)
    (tmp_path / "link.json").symlink_to(tmp_path / "s.json")
    linked = FileStore(tmp_path / "link.json", timeout=0.2)
    linked.save(lease, b"by the link", version=1)
    assert (tmp_path / "link.json").is_symlink()
    stored = store.load("alice")
    assert stored is not None
    assert stored.data == b"by the link"


@each_store
def test_reprs_hide_what_is_stored(make: Make, tmp_path: Path) -> None:
    store = make(tmp_path)
    filled(store)
    assert "secret" not in f"{store!r}{store.load('alice')!r}"
    store.close()


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("file:{}/a", FileStore),
        ("folder:{}/a", FolderStore),
        ("sqlite:{}/a", SQLiteStore),
        ("sqlite://{}/a", SQLiteStore),
    ],
)
def test_stores_by_url(url: str, kind: type, tmp_path: Path) -> None:
    store = open_store(url.format(tmp_path))
    assert type(store) is kind
    filled(store)
    assert store.names() == ["alice"]
    store.close()


@pytest.mark.parametrize("url", ["", "alice", "sqlite", "sqlite:", "mysql://x", "redis://x/y/z?db=a"])
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(StoreError, match="expected file:PATH|invalid URL"):
        open_store(url)


@pytest.mark.parametrize("kind", [FileStore, FolderStore, SQLiteStore])
@pytest.mark.parametrize("now", [math.nan, math.inf, -math.inf, None, "0"], ids=str)
def test_clock_that_shows_no_time_changes_nothing(kind: Any, now: Any, tmp_path: Path) -> None:
    times = [1000.0]
    store = kind(tmp_path / "s", clock=lambda: times[0])
    lease = store.acquire("alice", "me", 60)
    store.save(lease, b"one", version=0)
    times[0] = now
    with pytest.raises(StoreError, match="the clock of the store must return finite seconds"):
        store.acquire("alice", "me", 60)
    with pytest.raises(StoreError, match="the clock of the store must return finite seconds"):
        store.renew(lease, 60)
    times[0] = 1001.0
    assert store.save(lease, b"two", version=1) == 2
    store.close()


def test_owner_that_another_program_has_stored_is_escaped(tmp_path: Path) -> None:
    store = file_store(tmp_path)
    filled(store)
    path = tmp_path / "s.json"
    path.write_text(path.read_text().replace('"me"', json.dumps("\x1b[2J" + "x" * 1000)))
    with pytest.raises(LeaseHeldError, match=r"in use by \\u001b\[2Jx*\.\.\. \(748 more\); ") as caught:
        store.acquire("alice", "you", 60)
    assert caught.value.owner.startswith("\x1b")
    with pytest.raises(LeaseLostError, match=r"\\u001b"):
        store.renew(Lease("alice", 1, "me"), 60)


_KILLED = """
import os, signal
from sansio_tl_transports.stores import {kind}
store = {kind}({path!r})
lease = store.acquire("alice", "me", 60)
store.save(lease, b"SECRET-KEY" * 9, version=0)
os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)
store.save(lease, b"SECRET-KEY" * 9, version=1)
"""


@posix
@pytest.mark.parametrize("kind", [FileStore, FolderStore])
def test_copy_left_by_a_killed_process_is_deleted(kind: type[FileStore], tmp_path: Path) -> None:
    program = _KILLED.format(kind=kind.__name__, path=str(tmp_path / "s"))
    done = subprocess.run([sys.executable, "-c", program], check=False)
    assert done.returncode == -signal.SIGKILL
    copies = [each for each in tmp_path.rglob(".*") if not each.name.endswith(".lock")]
    assert len(copies) == 1
    store = kind(tmp_path / "s")
    with pytest.raises(LeaseLostError):
        store.renew(Lease("alice", 9, "me"), 60)  # an operation that writes nothing
    assert not copies[0].exists()
    copies[0].write_bytes(b"SECRET-KEY")
    lease = store.acquire("alice", "me", 60)
    store.delete(lease, version=1)
    b64 = b64encode(b"SECRET-KEY" * 9)
    assert not [each for each in tmp_path.rglob("*") if each.is_file() and b64 in each.read_bytes()]
    assert not copies[0].exists()


@posix
def test_link_in_place_of_the_copy_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"mine")
    (tmp_path / ".s.json.new").symlink_to(tmp_path / "other")
    filled(file_store(tmp_path))
    assert (tmp_path / "other").read_bytes() == b"mine"
    assert not (tmp_path / "s.json").is_symlink()


@posix
@pytest.mark.parametrize("kind", [FileStore, FolderStore])
def test_lock_file_that_is_removed_before_it_is_locked(
    kind: type[FileStore], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def clock() -> float:  # called with the lock
        handle = os.open(next(tmp_path.rglob("*.lock")), os.O_RDWR)
        try:
            shared_files.lock_handle(handle)
        except BlockingIOError:
            refused.append(handle)
        os.close(handle)
        return 1000.0

    def lock_late(handle: int) -> None:
        if not removed:
            removed.append(next(tmp_path.rglob("*.lock")))
            removed[0].unlink()
        shared_files.lock_handle(handle)

    removed: list[Path] = []
    refused: list[int] = []
    store = kind(tmp_path / "s", clock=clock)
    monkeypatch.setattr(stores_in_files, "lock_handle", lock_late)
    opened = open_handles()
    assert store.acquire("alice", "me", 60).token == 1
    assert open_handles() == opened
    assert len(removed) == len(refused) == 1  # another process finds the lock file that is locked


@posix
@pytest.mark.parametrize("kind", [FileStore, FolderStore])
def test_lock_file_that_is_removed_while_it_is_locked_is_reported(kind: type[FileStore], tmp_path: Path) -> None:
    def clock() -> float:  # called with the lock
        if is_removing:
            next(tmp_path.rglob("*.lock")).unlink()
        return 1000.0

    is_removing = False
    store = kind(tmp_path / "s", clock=clock)
    filled(store)
    is_removing = True
    with pytest.raises(StoreUnavailableError, match="was removed while this process had locked it"):
        store.acquire("alice", "me", 60)
    is_removing = False
    assert store.acquire("alice", "me", 60).token == 2


@posix
@each_store
@pytest.mark.parametrize("is_backup", [False, True], ids=["removed", "restored"])
def test_lease_of_a_store_that_was_removed_or_restored_is_lost(make: Make, is_backup: bool, tmp_path: Path) -> None:
    maker = make(tmp_path)
    maker.release(filled(maker))
    maker.close()
    path = main_file(tmp_path)
    shutil.copy(path, tmp_path / "backup")
    first = make(tmp_path)
    lease = first.acquire("alice", "first", 60)
    for each in [path, *tmp_path.glob("s.db-*")]:
        each.unlink()
    if is_backup:
        shutil.copy(tmp_path / "backup", tmp_path / "copy")
        (tmp_path / "copy").replace(path)
    second = make(tmp_path)
    other = second.acquire("alice", "second", 60)
    if is_backup:
        assert other.token == lease.token
    for call in (
        lambda: first.renew(lease, 60),
        lambda: first.save(lease, b"x", version=1),
        lambda: first.delete(lease, version=1),
    ):
        with pytest.raises(LeaseLostError, match="second has it"):
            call()
    first.release(lease)
    with pytest.raises(LeaseHeldError, match="second"):
        first.acquire("alice", "first", 60)
    first.close()
    second.renew(other, 60)
    second.save(other, b"second", version=1 if is_backup else 0)
    second.close()
    stored = make(tmp_path).load("alice")
    assert stored is not None
    assert stored.data == b"second"


@posix
def test_database_that_is_removed_while_it_is_written_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "s.db"

    def clock() -> float:  # called in the transaction
        if is_removing:
            path.unlink()
        return 1000.0

    is_removing = False
    store = SQLiteStore(path, clock=clock)
    lease = filled(store)
    is_removing = True
    with pytest.raises(StoreUnavailableError, match="was removed or replaced while it was written"):
        store.renew(lease, 60)
    is_removing = False
    with pytest.raises(LeaseLostError):
        store.renew(lease, 60)
    store.close()


@posix
@pytest.mark.parametrize("kind", [FileStore, FolderStore, SQLiteStore])
@pytest.mark.parametrize("name", ["circle", "circle/s", "a\0b"])
def test_path_that_no_file_can_have_is_refused(kind: Any, name: str, tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    store = kind(tmp_path / name)
    for call in (lambda: store.acquire("alice", "me", 60), lambda: store.load("alice"), store.names):
        with pytest.raises(StoreError, match="Check the"):
            call()


def test_snapshot_that_json_does_not_have_is_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    numbers: list[Any] = [{"a": [{"b": (number,)}]} for number in (math.nan, math.inf, -math.inf)]  # not as null
    for snapshot in (deep, {"a": {"SECRET"}, "b": object()}, {"a": "\ud800SECRET"}, *numbers):
        with pytest.raises(StoreError, match="invalid snapshot") as caught:
            encode_document(SessionDocument(snapshot=snapshot))
        assert caught.value.__context__ is None
    while deep:  # from the outside: deallocating nests, too
        deep = deep["a"]


def test_number_that_json_does_not_have_is_refused_among_the_lost_ones() -> None:
    document = SessionDocument(snapshot={"user_id": 7}).with_lost("AUTH_KEY_DUPLICATED", math.nan)
    with pytest.raises(StoreError, match="invalid snapshot"):
        encode_document(document)
    assert b"null" not in encode_document(SessionDocument(snapshot={"user_id": 7}).with_lost("X", 1.5))


def test_damaged_files_of_a_folder_do_not_hide_the_others(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "s"
    store = FolderStore(folder)
    names = ["alice", "\u00e4 / %41", "Zo\u00eb\U0001f600"]
    for name in names:
        store.save(store.acquire(name, "me", 60), b"data", version=0)
    for path in folder.glob("*.session"):
        path.write_bytes(b"SQLite format 3\0" if "alice" in path.name else b"{}")
    (folder / "copy.session").mkdir(mode=0o700)
    store.save(store.acquire("bob", "me", 60), b"data", version=0)
    (folder / "Not ours%zz.session").write_bytes(b"")
    assert store.names() == sorted([*names, "bob", "copy"])
    assert "Not ours%zz.session" in caplog.text
    for name in (*names, "copy"):
        with pytest.raises(StoredDataError, match="not a regular file|not a file of sessions"):
            store.load(name)


@pytest.mark.parametrize("size", [50, 4096, 5000, 6000])
def test_database_that_was_cut_off_is_damaged_and_not_empty(tmp_path: Path, size: int) -> None:
    """SQLite itself finds no session in what is left of 5,000 bytes, and would store the next one there."""
    path = tmp_path / "s.db"
    store = SQLiteStore(path)
    store.save(store.acquire("alice", "me", 0.01), bytes(700), version=0)
    store.close()
    cut = path.read_bytes()[:size]
    path.write_bytes(cut)
    for call in (lambda: store.load("alice"), lambda: store.acquire("alice", "me", 60), store.names):
        with pytest.raises(StoredDataError, match="or damaged: restore it from a backup"):
            call()
    assert path.read_bytes() == cut
    store.close()


def test_entries_of_a_database_that_are_no_sessions_do_not_hide_the_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = SQLiteStore(tmp_path / "s.db")
    filled(store)
    with sqlite3.connect(tmp_path / "s.db") as database:
        for name in ("X'41'", "CAST(X'FF41' AS TEXT)", "7", "'two' || char(10) || 'lines'", "''"):
            database.execute(f"INSERT INTO sessions VALUES ({name}, X'00', 1, 1, NULL, 0)")
    database.close()
    assert store.names() == ["7", "alice"]
    assert caplog.text.count("an entry that is no session") == 4
    assert "two\\u000alines" in caplog.text
    store.close()


def test_names_from_outside_that_are_not_utf_8_do_not_hide_the_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """File names may have any bytes, and JSON may have lone surrogates."""
    folder = tmp_path / "s"
    store = FolderStore(folder)
    store.save(store.acquire("alice", "me", 60), b"data", version=0)
    [path] = folder.glob("*.session")
    inside = path.read_bytes()
    for name, content in ((b"\xff.session", b"{}"), (b"bad.session", inside.replace(b'"alice"', b'"\\ud800"'))):
        (folder / os.fsdecode(name)).write_bytes(content)
        (folder / os.fsdecode(name)).chmod(0o600)
    assert store.names() == ["alice", "bad"]
    assert caplog.text.count("an entry that is no session") == 1
    with pytest.raises(StoredDataError, match="or damaged: restore it from a backup"):
        store.load("bad")


def test_folder_that_cannot_be_read_is_unavailable(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / ("x" * 300))
    with pytest.raises(StoreUnavailableError, match=r"cannot read .*File name too long"):
        store.names()
    store.close()


def test_unknown_name_of_the_package_is_an_attribute_error() -> None:
    name = "nothing"
    with pytest.raises(AttributeError, match=r"module 'sansio_tl_transports\.stores' has no attribute 'nothing'"):
        getattr(stores, name)


INVALID_LEASE = Lease("alice", -1, "me")
INVALID: dict[str, tuple[Callable[[Any], object], str]] = {
    "acquire": (lambda store: store.acquire("", "me", 60), "invalid name"),
    "owner": (lambda store: store.acquire("alice", "", 60), "invalid owner"),
    "seconds": (lambda store: store.acquire("alice", "me", 0), "invalid time"),
    "renew": (lambda store: store.renew(INVALID_LEASE, 60), "invalid lease"),
    "renew for": (lambda store: store.renew(Lease("alice", 1, "me"), 0), "invalid time"),
    "release": (lambda store: store.release(INVALID_LEASE), "invalid lease"),
    "load": (lambda store: store.load(""), "invalid name"),
    "save": (lambda store: store.save(INVALID_LEASE, b"", version=0), "invalid lease"),
    "data": (lambda store: store.save(Lease("alice", 1, "me"), "text", version=0), "expected bytes"),
    "version": (lambda store: store.save(Lease("alice", 1, "me"), b"", version=-1), "invalid version"),
    "delete": (lambda store: store.delete(INVALID_LEASE, version=1), "invalid lease"),
    "deleted version": (lambda store: store.delete(Lease("alice", 1, "me"), version=-1), "invalid version"),
}


@each_store
@pytest.mark.parametrize("name", INVALID)
def test_invalid_values_are_refused_before_a_file_is_made(make: Make, name: str, tmp_path: Path) -> None:
    call, text = INVALID[name]
    store = make(tmp_path)
    with pytest.raises(StoreError, match=text):
        call(store)
    assert list(tmp_path.iterdir()) == []
    store.close()


def held_lock(store: SessionStore, path: Path) -> int:
    """The handle of another process that has locked the store."""
    store.acquire("alice", "me", 60)
    handle = os.open(next(path.rglob("*.lock")), os.O_RDWR)
    shared_files.lock_handle(handle)
    return handle


@pytest.mark.parametrize("kind", [FileStore, FolderStore])
def test_locked_file_is_waited_for(kind: type[FileStore], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = kind(tmp_path / "s", timeout=1)
    handle = held_lock(store, tmp_path)

    def unlock() -> None:
        if waiting.pauses == 3:
            os.close(handle)

    waiting = Waiting(unlock, pause=0.005)
    monkeypatch.setattr(stores_in_files, "time", waiting)
    assert store.acquire("alice", "me", 60).token == 2
    assert waiting.pauses == 3


@pytest.mark.parametrize("kind", [FileStore, FolderStore])
def test_waiting_for_a_locked_file_ends_at_the_timeout(
    kind: type[FileStore], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = kind(tmp_path / "s", timeout=2**-7)
    handle = held_lock(store, tmp_path)
    waiting = Waiting(pause=0.005)
    monkeypatch.setattr(stores_in_files, "time", waiting)
    try:
        opened = open_handles()
        with pytest.raises(StoreUnavailableError, match=r"locked by another process for longer than 0\.0078125 s"):
            store.acquire("alice", "me", 60)
        assert waiting.pauses == 8
        assert open_handles() == opened
    finally:
        os.close(handle)
    assert store.acquire("alice", "me", 60).token == 2


@pytest.mark.parametrize("kind", [FileStore, FolderStore])
def test_folder_in_place_of_the_copy_is_reported(kind: type[FileStore], tmp_path: Path) -> None:
    store = kind(tmp_path / "s")
    store.acquire("alice", "me", 60)
    lock = next(tmp_path.rglob("*.lock"))
    lock.with_name(lock.name.removesuffix(".lock") + ".new").mkdir()
    opened = open_handles()
    with pytest.raises(StoreUnavailableError, match="^cannot use .*: .*Check the folder, its permissions"):
        store.acquire("alice", "me", 60)
    assert open_handles() == opened


@pytest.mark.parametrize("failing", ["lock", "fstat"])
def test_lock_file_that_cannot_be_locked_is_reported_and_closed(
    failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    opened = open_handles()
    with monkeypatch.context() as patch:
        patch.setattr(*((stores_in_files, "lock_handle", fail) if failing == "lock" else (os, "fstat", fail)))
        with pytest.raises(StoreUnavailableError, match=r"cannot lock .*s\.json\.lock: No locks available"):
            file_store(tmp_path).acquire("alice", "me", 60)
    assert open_handles() == opened


def test_public_names_are_listed() -> None:
    assert set(stores.__all__) <= set(dir(stores))
    assert dir(stores) == sorted(set(dir(stores)))


@each_store
def test_folder_in_place_of_the_file_is_refused(make: Make, tmp_path: Path) -> None:
    store = make(tmp_path)
    filled(store)
    store.close()
    path = main_file(tmp_path)
    path.unlink()
    path.mkdir()
    with pytest.raises(StoreError, match=re.escape(str(path))):
        store.load("alice")


@pytest.mark.parametrize("kind", [FileStore, FolderStore])
def test_file_that_cannot_be_opened_is_unavailable(
    kind: type[FileStore], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = kind(tmp_path / "s")
    filled(store)

    def fail(path: Path, mode: str) -> NoReturn:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", fail)
    with pytest.raises(StoreUnavailableError, match=r"cannot read .*: Permission denied"):
        store.load("alice")


@pytest.mark.parametrize("kind", [FileStore, FolderStore])
def test_data_that_is_no_base64_is_damaged(kind: type[FileStore], tmp_path: Path) -> None:
    store = kind(tmp_path / "s")
    filled(store, b"123456")
    path = next(each for each in tmp_path.rglob("*") if each.is_file() and b"MTIzNDU2" in each.read_bytes())
    path.write_bytes(path.read_bytes().replace(b"MTIzNDU2", b"MTIz!DU2"))
    with pytest.raises(StoredDataError, match="or damaged: restore it from a backup"):
        store.load("alice")


def test_session_that_is_not_there_is_not_moved(tmp_path: Path) -> None:
    source, target = file_store(tmp_path), folder_store(tmp_path)
    with pytest.raises(StoreError, match=r"^there is no session 'alice' in the store to move from$"):
        move_session(source, "alice", target)
    assert source.acquire("alice", "me", 60).name == "alice", "it is not kept locked"
    assert target.names() == []


def test_document_of_another_program_is_damaged() -> None:
    data = encode_document(SessionDocument(snapshot={"user_id": 7}))
    assert decode_document("alice", data).snapshot == {"user_id": 7}
    for change in ((b'"session"', b'"sessions"'), (b'"schema":1', b'"schema":0')):
        assert change[0] in data
        with pytest.raises(StoredDataError, match="'alice'"):
            decode_document("alice", data.replace(*change))


def test_other_error_of_the_database_says_what_to_check(tmp_path: Path) -> None:
    store = sqlite_store(tmp_path)
    filled(store)
    with closing(sqlite3.connect(tmp_path / "s.db")) as database:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            database.execute(f"DROP TABLE {table}")
        database.commit()
    with pytest.raises(StoreError, match=r"cannot use .*: no such table.* Check that its permissions allow writing$"):
        store.load("alice")
    store.close()


def test_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = FolderStore(tmp_path / "file" / "s")
    with pytest.raises(StoreUnavailableError, match=r"^cannot make .*file/s: Not a directory"):
        store.acquire("alice", "me", 60)
