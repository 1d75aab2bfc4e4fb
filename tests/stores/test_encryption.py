"""Encryption at rest: what is in the store, wrong keys, moved data, and a change of keys."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sansio_tl_transports.stores import (
    AsyncEncryptedStore,
    EncryptedStore,
    FileStore,
    FolderStore,
    Lease,
    LeaseHeldError,
    SQLiteStore,
    StoredData,
    StoredDataError,
    StoreError,
    StoreUnavailableError,
    new_key,
)
from tests.stores.correct import CorrectStore
from tests.stores.memory import MemoryStore, raising

OLD, NEW = b"o" * 32, b"n" * 32
DATA = b"secret of alice" * 10


@pytest.fixture
def inside(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "s.json")


def save(store: Any, data: bytes = DATA, name: str = "alice") -> None:
    lease = store.acquire(name, "me", 60)
    stored = store.load(name)
    store.save(lease, data, version=stored.version if stored else 0)
    store.release(lease)


def test_store_inside_has_no_plain_text(inside: FileStore) -> None:
    store = EncryptedStore(inside, [OLD])
    save(store)
    stored = inside.load("alice")
    assert stored is not None
    assert b"secret" not in stored.data
    assert store.load("alice") is not None


def test_each_save_looks_different(inside: FileStore) -> None:
    store = EncryptedStore(inside, [OLD])
    save(store)
    first = inside.load("alice")
    save(store)
    second = inside.load("alice")
    assert first is not None
    assert second is not None
    assert first.data[13:] != second.data[13:]


def test_wrong_key_is_refused_and_the_data_kept(inside: FileStore) -> None:
    save(EncryptedStore(inside, [OLD]))
    with pytest.raises(StoredDataError, match="which is not among the given ones .* add that key") as caught:
        EncryptedStore(inside, [NEW]).load("alice")
    assert OLD.hex() not in str(caught.value)
    assert EncryptedStore(inside, [NEW, OLD]).load("alice") is not None


@pytest.mark.parametrize("position", [0, 4, 5, 20, 30, -1])
def test_every_changed_byte_is_noticed(inside: FileStore, position: int) -> None:
    store = EncryptedStore(inside, [OLD])
    save(store)
    stored = inside.load("alice")
    assert stored is not None
    changed = bytearray(stored.data)
    changed[position] ^= 1
    save(inside, bytes(changed))
    with pytest.raises(StoredDataError, match="damaged|not encrypted|newer version|not among"):
        store.load("alice")


def test_data_of_one_name_is_not_that_of_another(inside: FileStore) -> None:
    store = EncryptedStore(inside, [OLD])
    save(store)
    stored = inside.load("alice")
    assert stored is not None
    save(inside, stored.data, "bob")
    with pytest.raises(StoredDataError, match="belongs to another name"):
        store.load("bob")


def test_plain_data_is_refused(inside: FileStore) -> None:
    save(inside, b"{}")
    with pytest.raises(StoredDataError, match="is not encrypted"):
        EncryptedStore(inside, [OLD]).load("alice")


def test_keys_are_changed(inside: FileStore) -> None:
    old = EncryptedStore(inside, [OLD])
    for name in ("alice", "bob"):
        save(old, DATA, name)
    both = EncryptedStore(inside, [NEW, OLD])
    save(both, DATA, "carol")
    assert both.reencrypt() == 2
    assert both.reencrypt() == 0
    new = EncryptedStore(inside, [NEW])
    for name in ("alice", "bob", "carol"):
        stored = new.load(name)
        assert stored is not None
        assert stored.data == DATA
        new.acquire(name, "another", 60)  # the leases are given back


def test_session_in_use_is_not_reencrypted(inside: FileStore) -> None:
    save(EncryptedStore(inside, [OLD]))
    inside.acquire("alice", "a client", 60)
    with pytest.raises(LeaseHeldError, match="in use by a client"):
        EncryptedStore(inside, [NEW, OLD]).reencrypt()


def test_bad_sessions_do_not_keep_the_others_from_being_reencrypted(tmp_path: Path) -> None:
    inside = FolderStore(tmp_path / "s")
    for name in "abcdefgh":
        save(EncryptedStore(inside, [OLD]), DATA, name)
    inside.acquire("b", "a client", 60)
    for name in "acd":
        (tmp_path / "s" / f"{name}.session").write_bytes(b"")
    both = EncryptedStore(inside, [NEW, OLD])
    with pytest.raises(
        StoreError, match=r"^4 sessions are not encrypted with the first key, all others are: .*a client"
    ):
        both.reencrypt()
    for name in "efgh":
        assert EncryptedStore(inside, [NEW]).load(name) is not None
    for name in "acd":
        (tmp_path / "s" / f"{name}.session").unlink()
    with pytest.raises(LeaseHeldError):
        both.reencrypt()


def test_reencryption_stops_when_the_store_is_down(tmp_path: Path) -> None:
    store = MemoryStore(time.time)
    for name in "abc":
        save(EncryptedStore(store, [OLD]), DATA, name)
    store.before["acquire"] = raising(StoreUnavailableError("down"), 1)
    with pytest.raises(StoreUnavailableError, match="down"):
        EncryptedStore(store, [NEW, OLD]).reencrypt()  # it was only this session: the others are done
    assert EncryptedStore(store, [NEW]).load("c") is not None
    store.calls.clear()
    store.before["acquire"] = store.before["names"] = raising(StoreUnavailableError("down"))
    store.before["names"] = raising(StoreUnavailableError("down"))
    with pytest.raises(StoreUnavailableError, match="down"):
        EncryptedStore(store, [OLD, NEW]).reencrypt()
    assert store.calls.count("acquire") <= 1


@pytest.mark.parametrize("keys", [[], b"k" * 32, ["k" * 32], [b"short"], [new_key(), b""]])
def test_invalid_keys_are_refused(inside: FileStore, keys: Any) -> None:
    with pytest.raises(StoreError, match="expected a list of bytes, 32 each"):
        EncryptedStore(inside, keys)


def test_keys_are_random() -> None:
    assert len({new_key() for _ in range(10)}) == 10


def test_async_store_encrypts_as_well(tmp_path: Path) -> None:
    class Counted(SQLiteStore):
        calls: list[str] = []  # noqa: RUF012  of the one store of this test

    inside = Counted(tmp_path / "s.db")

    class Awaitable:
        def __init__(self, library: str | None = None) -> None:
            self.async_library = library

        def __getattr__(self, name: str) -> Any:
            async def call(*arguments: Any, **options: Any) -> Any:
                if name in {"renew", "release", "delete", "close"}:
                    inside.calls.append(name)
                return getattr(inside, name)(*arguments, **options)

            return call

    async def main() -> None:
        store = AsyncEncryptedStore(Awaitable(), [OLD])
        lease = await store.acquire("alice", "me", 60)
        version = await store.save(lease, DATA, version=0)
        stored = await store.load("alice")
        assert stored is not None
        assert (stored.data, stored.version) == (DATA, version)
        assert await store.names() == ["alice"]
        with pytest.raises(StoreError, match="expected bytes, found str"):
            await store.save(lease, "text", version=version)  # type: ignore[arg-type]
        with pytest.raises(StoreError, match="invalid lease"):
            await store.save(None, DATA, version=version)  # type: ignore[arg-type]
        await store.renew(lease, 70)
        await store.release(lease)
        lease = await store.acquire("bob", "me", 60)
        await store.delete(lease, version=await store.save(lease, b"", version=0))
        assert await store.names() == ["alice"]
        await store.close()
        assert inside.calls == ["renew", "release", "delete", "close"]
        assert (store.async_library, AsyncEncryptedStore(Awaitable("trio"), [OLD]).async_library) == (None, "trio")

    asyncio.run(main())
    stored = EncryptedStore(SQLiteStore(tmp_path / "s.db"), [OLD]).load("alice")
    assert stored is not None
    assert stored.data == DATA


def test_repr_hides_the_keys(inside: FileStore) -> None:
    store = EncryptedStore(inside, [OLD])
    assert "ooo" not in repr(store) + repr(store._cipher)
    assert OLD.hex() not in repr(store)


def test_factory_is_picklable(inside: FileStore) -> None:
    partial(EncryptedStore, inside, [OLD])()


def test_calls_but_load_and_save_are_those_of_the_store_inside() -> None:
    inside = CorrectStore()
    store = EncryptedStore(inside, [OLD])
    lease = store.acquire("alice", "me", 60)
    expires = inside.record("alice").expires
    store.renew(lease, 70)
    assert inside.record("alice").expires == expires + 10
    assert store.save(lease, DATA, version=0) == 1
    assert store.names() == ["alice"]
    assert store.load("alice") == StoredData(DATA, 1)
    store.delete(lease, version=1)
    assert inside.record("alice").data is None
    store.release(lease)
    assert inside.record("alice").owner is None
    store.close()
    assert inside.closed == 1


def test_invalid_data_and_leases_are_refused_before_anything_is_encrypted() -> None:
    class Unused(CorrectStore):
        def save(self, lease: Lease, data: bytes, *, version: int) -> int:
            raise AssertionError("it was called")

    store = EncryptedStore(Unused(), [OLD])
    data: Any = "text"
    with pytest.raises(StoreError, match="expected bytes"):
        store.save(Lease("alice", 1, "me"), data, version=0)
    with pytest.raises(StoreError, match="invalid lease"):
        store.save(Lease("alice", -1, "me"), b"", version=0)


def test_newer_format_is_told_from_plain_data(inside: FileStore) -> None:
    store = EncryptedStore(inside, [OLD])
    save(store)
    stored = inside.load("alice")
    assert stored is not None
    save(inside, stored.data[:4] + bytes([stored.data[4] + 1]) + stored.data[5:])
    with pytest.raises(StoredDataError, match=r"^session 'alice' is encrypted by a newer version: "):
        store.load("alice")
    save(inside, b"x" + stored.data[1:])
    with pytest.raises(StoredDataError, match=r"^session 'alice' is not encrypted: "):
        store.load("alice")


@pytest.mark.parametrize(("count", "shown", "has_more"), [(2, 2, False), (5, 5, False), (6, 5, True), (9, 5, True)])
def test_first_sessions_that_are_not_reencrypted_are_named(count: int, shown: int, has_more: bool) -> None:
    inside = CorrectStore()
    for number in range(count):
        save(inside, b"plain", f"session {number}")
    with pytest.raises(StoreError) as raised:
        EncryptedStore(inside, [NEW]).reencrypt()
    text = str(raised.value)
    assert text.startswith(
        f"{count} sessions are not encrypted with the first key, all others are: session 'session 0'"
    )
    assert text.count(" is not encrypted: ") == shown
    assert text.endswith("; ...") is has_more


def test_sessions_are_reencrypted_under_a_lease_of_a_minute() -> None:
    class Noting(CorrectStore):
        def acquire(self, name: str, owner: str, seconds: float) -> Lease:
            asked.append(seconds)
            return super().acquire(name, owner, seconds)

    inside, asked = Noting(), list[float]()
    save(EncryptedStore(inside, [OLD]))
    asked.clear()
    assert EncryptedStore(inside, [NEW, OLD]).reencrypt() == 1
    assert EncryptedStore(inside, [NEW, OLD]).reencrypt() == 0
    assert asked == [60, 60]
    assert inside.record("alice").owner is None


@pytest.mark.parametrize(("error", "asks"), [(StoreUnavailableError("down"), 2), (StoreError("broken"), 1)])
def test_store_is_asked_whether_it_is_down_after_a_session_was_not_available(error: StoreError, asks: int) -> None:
    store = MemoryStore(time.time)
    save(EncryptedStore(store, [OLD]))
    store.calls.clear()
    store.before["acquire"] = raising(error, 1)
    with pytest.raises(StoreError, match=str(error)):
        EncryptedStore(store, [NEW, OLD]).reencrypt()
    assert store.calls.count("names") == asks
