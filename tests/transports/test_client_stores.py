"""`open_client(store=...)` in each adapter: load, lease, save, release, and what ends a client."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trio

from sansio_tl import ClientConfig, functions, types
from sansio_tl.errors import AuthKeyDuplicated, FloodWait, LocalProtocolError
from sansio_tl_transports import asyncio as asyncio_adapter
from sansio_tl_transports import sync as sync_adapter
from sansio_tl_transports import trio as trio_adapter
from sansio_tl_transports.stores import (
    FolderStore,
    LeaseHeldError,
    LeaseLostError,
    LeaseOptions,
    SQLiteStore,
    StoreError,
    StoreUnavailableError,
    load_document,
    put_snapshot,
    restore_lost,
)
from sansio_tl_transports.testing.server_thread import RunningDataCenter
from tests.helpers.adapter_parts import end_lease_of
from tests.helpers.adapters import Adapter, each_own_adapter
from tests.stores.memory import AsyncMemoryStore, MemoryStore, raising

pytestmark = each_own_adapter
NUMBER = "+12025550100"
ME = functions.users.GetUsers([types.InputUserSelf()])
SHORT = LeaseOptions(seconds=10, margin=4)


@pytest.fixture
def account(data_center: RunningDataCenter) -> tuple[ClientConfig, dict[str, Any]]:
    data_center.add_account(NUMBER, first_name="Ada")
    config, snapshot = data_center.new_session(NUMBER)
    return config, snapshot


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    store = SQLiteStore(tmp_path / "sessions.db")
    yield store
    store.close()


class SlowStore(FolderStore):
    """Each call takes a while, or hangs until `go` is set."""

    delay = 0.0
    go: threading.Event | None = None
    hangs = ""

    def renew(self, lease: Any, seconds: float) -> None:
        time.sleep(self.delay)
        if self.go is not None and self.hangs == "renew":
            self.go.wait(20)
        super().renew(lease, seconds)

    def save(self, lease: Any, data: bytes, *, version: int) -> int:
        time.sleep(self.delay)
        return super().save(lease, data, version=version)


def test_session_is_kept_in_the_store(adapter: Adapter, data_center: RunningDataCenter, store: SQLiteStore) -> None:
    data_center.add_account(NUMBER)
    config = data_center.client_config()

    async def scenario() -> None:
        async with adapter.open_client(config, store=store, name="alice") as client:
            user = await client.login(NUMBER, api_hash="x", code=lambda _: data_center.code_for(NUMBER))
            with pytest.raises(LeaseHeldError, match=r"session 'alice' is in use by .* stop that process, or wait"):
                async with adapter.open_client(config, store=store, name="alice"):
                    pass
        assert store.names() == ["alice"]
        async with adapter.open_client(config, store=store, name="alice") as client:  # the lease was given back
            assert client.user_id == user.id
            await client.invoke(ME)

    adapter.run(scenario)


def test_each_name_has_a_client(adapter: Adapter, account: Any, store: SQLiteStore) -> None:
    config, snapshot = account
    put_snapshot(store, "alice", snapshot)

    async def scenario() -> None:
        async with (
            adapter.open_client(config, store=store, name="alice") as alice,
            adapter.open_client(config, store=store, name="bob") as bob,
        ):
            assert alice.user_id is not None
            assert bob.user_id is None
            await alice.invoke(ME)

    adapter.run(scenario)


def test_waits_for_the_lease_of_another_client(adapter: Adapter, account: Any, store: SQLiteStore) -> None:
    config, snapshot = account
    put_snapshot(store, "alice", snapshot)
    store.acquire("alice", "crashed", 1.0)

    async def scenario() -> None:
        async with adapter.open_client(config, store=store, name="alice", lease=LeaseOptions(wait=20)) as client:
            assert client.user_id is not None

    adapter.run(scenario)


def test_lease_that_is_taken_ends_the_client(adapter: Adapter, account: Any) -> None:
    config, snapshot = account
    store = MemoryStore(time.time)
    put_snapshot(store, "alice", snapshot)

    async def scenario() -> None:
        with pytest.raises(LeaseLostError, match="another has it"):  # noqa: PT012
            async with adapter.open_client(config, store=store, name="alice", lease=SHORT) as client:
                await client.invoke(ME)
                store.leases["alice"] = 99, "another", time.time() + 60
                with pytest.raises(LeaseLostError, match="another has it"):  # noqa: PT012
                    for _ in range(100):
                        await client.invoke(ME)
                        await adapter.sleep(0.05)

    adapter.run(scenario)
    assert store.leases["alice"][1] == "another"


def test_client_stops_in_time_when_the_store_hangs(adapter: Adapter, account: Any, tmp_path: Path) -> None:
    """Before another client can get the lease; requests that wait raise the error."""
    config, snapshot = account
    store = SlowStore(tmp_path / "sessions")
    put_snapshot(store, "alice", snapshot)
    store.go, store.hangs = threading.Event(), "renew"
    others: list[Exception] = []
    lease = LeaseOptions(seconds=6, margin=5)

    async def scenario() -> None:
        with pytest.raises(LeaseLostError, match="was not renewed for 1 s"):  # noqa: PT012
            async with adapter.open_client(config, store=store, name="alice", lease=lease) as client:
                try:
                    while True:
                        await client.invoke(ME)
                        await adapter.sleep(0.02)
                except LeaseLostError:
                    try:
                        store.acquire("alice", "another", 60)
                    except LeaseHeldError as error:
                        others.append(error)
                    raise
                finally:
                    assert store.go is not None
                    store.go.set()

    adapter.run(scenario)
    assert others, "another client got the lease too early"


def test_expired_lease_sends_nothing(adapter: Adapter, account: Any, tmp_path: Path) -> None:
    """Even when the timer is late: the process was suspended."""
    config, snapshot = account
    store = FolderStore(tmp_path / "sessions")
    put_snapshot(store, "alice", snapshot)

    async def scenario() -> None:
        with pytest.raises(LeaseLostError, match="suspended"):  # noqa: PT012
            async with adapter.open_client(config, store=store, name="alice") as client:
                await client.invoke(ME)
                end_lease_of(client)
                await client.invoke(ME)

    adapter.run(scenario)


def test_lost_login_is_kept_and_can_be_restored(
    adapter: Adapter, account: Any, data_center: RunningDataCenter, store: SQLiteStore
) -> None:
    config, snapshot = account
    put_snapshot(store, "alice", snapshot)
    data_center.answer("help.getNearestDc", AuthKeyDuplicated())

    async def scenario() -> None:
        async with adapter.open_client(config, store=store, name="alice") as client:
            with pytest.raises(AuthKeyDuplicated):
                await client.invoke(functions.help.GetNearestDc())
            assert client.user_id is None
        document = load_document(store, "alice")
        assert document is not None
        assert document.user_id is None
        [lost] = document.lost
        assert lost.error == "AUTH_KEY_DUPLICATED"
        restore_lost(store, "alice")
        async with adapter.open_client(config, store=store, name="alice") as client:
            assert client.user_id == snapshot["user_id"]
            await client.invoke(ME)

    adapter.run(scenario)


def test_store_that_does_not_save_is_an_error_on_exit(
    adapter: Adapter, account: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sansio_tl_transports._shared.stored_session.CLOSE_PATIENCE", 0.2)
    config, snapshot = account
    store = MemoryStore(time.time)
    put_snapshot(store, "alice", snapshot)
    store.before["save"] = raising(StoreUnavailableError("the disk is full: make space"))

    async def scenario() -> None:
        with pytest.raises(StoreUnavailableError, match=r"Client\.snapshot\(\) has it\. the disk is full: make space"):
            async with adapter.open_client(config, store=store, name="alice") as client:
                await client.invoke(functions.auth.LogOut())

    adapter.run(scenario)
    assert load_document(store, "alice") is not None
    assert store.leases["alice"][1] is None


def test_error_of_the_body_is_raised_and_the_session_released(
    adapter: Adapter, account: Any, store: SQLiteStore
) -> None:
    config, snapshot = account
    put_snapshot(store, "alice", snapshot)

    async def scenario() -> None:
        with pytest.raises(ZeroDivisionError):  # noqa: PT012
            async with adapter.open_client(config, store=store, name="alice") as client:
                await client.invoke(ME)
                raise ZeroDivisionError

    adapter.run(scenario)
    store.acquire("alice", "another", 60)


def test_store_that_is_down_is_an_error_of_open_client(adapter: Adapter, account: Any) -> None:
    store = MemoryStore(time.time)
    store.before["acquire"] = raising(StoreUnavailableError("no answer of the store: start it"))

    async def scenario() -> None:
        with pytest.raises(StoreUnavailableError, match="start it"):
            async with adapter.open_client(account[0], store=store, name="alice"):
                pass

    adapter.run(scenario)


def test_arguments_that_do_not_fit_are_refused(adapter: Adapter, account: Any, store: SQLiteStore) -> None:
    config, snapshot = account

    async def scenario() -> None:
        for arguments in ({"store": store}, {"name": "alice"}, {"store": store, "name": "a", "snapshot": snapshot}):
            with pytest.raises(LocalProtocolError, match="open_client: pass|open_client: name"):
                async with adapter.open_client(config, **arguments):
                    pass
        with pytest.raises(StoreError, match="invalid name"):
            async with adapter.open_client(config, store=store, name="\n"):
                pass
        store.acquire("alice", "no owner yet", 60)

    adapter.run(scenario)


def test_async_stores_work_in_event_loops_only(adapter: Adapter, account: Any) -> None:
    config, snapshot = account
    inside = MemoryStore(time.time)
    put_snapshot(inside, "alice", snapshot)
    store = AsyncMemoryStore(inside)

    async def scenario() -> None:
        if adapter.module is sync_adapter:
            with pytest.raises(LocalProtocolError, match="pass a store with blocking calls"):
                async with adapter.open_client(config, store=store, name="alice"):
                    pass
            return
        async with adapter.open_client(config, store=store, name="alice") as client:
            await client.invoke(ME)
        assert inside.leases["alice"][1] is None
        assert inside.stored["alice"].version >= 1

    adapter.run(scenario)


# --- event loops ------------------------------------------------------------------------------------------------------


def test_slow_store_does_not_block_the_loop(adapter: Adapter, account: Any, tmp_path: Path) -> None:
    if adapter.module is sync_adapter:
        pytest.skip("it has no loop")
    config, snapshot = account
    store = SlowStore(tmp_path / "sessions")
    put_snapshot(store, "alice", snapshot)
    store.delay = 2.0
    longest = 0.0

    async def scenario() -> None:
        nonlocal longest
        async with adapter.open_client(
            config, store=store, name="alice", lease=LeaseOptions(seconds=6, margin=1)
        ) as client:
            await client.invoke(functions.auth.LogOut())  # saved
            for _ in range(120):
                begun = time.monotonic()
                await adapter.sleep(0.02)
                longest = max(longest, time.monotonic() - begun)

    adapter.run(scenario)
    assert longest < 1.6


def test_cancelled_client_saves_and_releases(adapter: Adapter, account: Any, tmp_path: Path) -> None:
    config, snapshot = account
    store = SlowStore(tmp_path / "sessions")
    put_snapshot(store, "alice", snapshot)
    store.delay = 0.2

    async def use(module: Any, logged_out: Callable[[], object]) -> None:
        async with module.open_client(config, store=store, name="alice") as client:
            await client.invoke(functions.auth.LogOut())
            logged_out()
            await adapter.sleep(60)

    async def on_asyncio() -> None:
        logged_out = asyncio.Event()
        task = asyncio.create_task(use(asyncio_adapter, logged_out.set))
        await logged_out.wait()
        for _ in range(3):  # an impatient caller
            task.cancel()
            await asyncio.sleep(0)
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert task.cancelled()

    async def on_trio() -> None:
        with trio.CancelScope() as scope:
            await use(trio_adapter, scope.cancel)
        assert scope.cancelled_caught

    if adapter.module is sync_adapter:
        pytest.skip("nothing cancels it")
    adapter.run(on_asyncio if adapter.module is asyncio_adapter else on_trio)
    document = load_document(store, "alice")
    assert document is not None
    assert document.user_id is None
    store.acquire("alice", "another", 60)


# --- processes --------------------------------------------------------------------------------------------------------

_CLIENT = """
import json, sys, time
from sansio_tl import ClientConfig, Config, Endpoint, RsaPublicKey
from sansio_tl_transports.stores import LeaseOptions, SQLiteStore
from sansio_tl_transports.sync import open_client
path, what = sys.argv[1:]
config = ClientConfig(connection_config=Config(api_id=1), endpoints={2: (Endpoint("127.0.0.1", 9),)})
with open_client(config, store=SQLiteStore(path), name="alice", lease=LeaseOptions(seconds=4, margin=1)) as client:
    print("open", flush=True)
    if what == "fork":
        import os
        if not os.fork():
            sys.exit()
        os.wait()
    time.sleep(3)
    print("still open", flush=True)
"""


@contextlib.contextmanager
def other_process(path: Path, what: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", _CLIENT, str(path), what]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        try:
            yield process
        finally:
            process.kill()


def test_killed_process_frees_the_session_after_its_lease(
    adapter: Adapter, account: Any, store: SQLiteStore, tmp_path: Path
) -> None:
    config, snapshot = account
    put_snapshot(store, "alice", snapshot)

    async def scenario() -> None:
        with other_process(tmp_path / "sessions.db", "wait") as process:
            with pytest.raises(LeaseHeldError):
                async with adapter.open_client(config, store=store, name="alice"):
                    pass
            process.kill()
            async with adapter.open_client(config, store=store, name="alice", lease=LeaseOptions(wait=60)) as client:
                await client.invoke(ME)

    adapter.run(scenario)


def test_forked_process_leaves_the_lease_to_its_parent(adapter: Adapter, store: SQLiteStore, tmp_path: Path) -> None:
    if adapter.module is not sync_adapter:
        pytest.skip("a loop does not survive a fork")
    with other_process(tmp_path / "sessions.db", "fork") as process:
        assert process.stdout is not None
        with pytest.raises(LeaseHeldError):
            store.acquire("alice", "another", 60)
        assert process.stdout.readline() == "still open\n"
        assert process.wait(20) == 0
    store.acquire("alice", "another", 60)


@pytest.mark.parametrize("error", [asyncio.CancelledError(), SystemExit(3)])
@pytest.mark.parametrize("method", ["acquire", "load", "release"])
def test_blocking_store_that_raises_no_ordinary_exception(
    adapter: Adapter, account: Any, method: str, error: BaseException
) -> None:
    """Neither does the client wait for ever, nor run without a lease."""
    if adapter.module is not sync_adapter:
        return  # there SystemExit ends the program; for asyncio see test_fleet.py
    config, snapshot = account
    store = MemoryStore(time.time)
    put_snapshot(store, "alice", snapshot)
    store.before[method] = raising(error, 1)

    async def scenario() -> None:
        async with adapter.open_client(config, store=store, name="alice") as client:
            await client.invoke(ME)

    if method == "release":
        adapter.run(scenario)
        return
    with pytest.raises(StoreUnavailableError, match=f"was ended by {type(error).__name__}"):
        adapter.run(scenario)


def test_store_that_fails_in_this_library_says_so(adapter: Adapter, account: Any) -> None:
    """One for trio in asyncio, or the other way round."""
    if adapter.module is sync_adapter:
        return
    config, _ = account

    class Store(AsyncMemoryStore):
        async def acquire(self, name: str, owner: str, seconds: float) -> Any:
            if adapter.module is trio_adapter:
                await asyncio.sleep(0.01)
            else:
                await trio.sleep(0.01)

    async def scenario() -> None:
        with pytest.raises(StoreError, match="Store: acquire of session 'alice' raised") as caught:
            async with adapter.open_client(config, store=Store(MemoryStore()), name="alice"):
                pass
        assert caught.value.__cause__ is not None
        assert "pass one with blocking calls" in caught.value.__cause__.__notes__[0]

    adapter.run(scenario)


def test_restarted_client_needs_no_code_after_a_logout(
    adapter: Adapter, data_center: RunningDataCenter, store: SQLiteStore
) -> None:
    data_center.add_account(NUMBER)
    config = data_center.client_config()

    async def scenario() -> None:
        async with adapter.open_client(config, store=store, name="alice") as client:
            await client.login(NUMBER, api_hash="x", code=lambda _: data_center.code_for(NUMBER))
            await client.invoke(functions.auth.LogOut())
        async with adapter.open_client(config, store=store, name="alice") as client:
            assert client.user_id is None
            await client.login(NUMBER, api_hash="x", code=lambda _: pytest.fail("a code was asked for"))
            assert client.user_id is not None

    adapter.run(scenario)


def test_restarted_client_does_not_ask_in_a_flood(
    adapter: Adapter, data_center: RunningDataCenter, account: Any, store: SQLiteStore
) -> None:
    config, snapshot = account
    put_snapshot(store, "alice", snapshot)
    data_center.answer("help.getNearestDc", "FLOOD_WAIT_300", times=1)

    async def scenario() -> None:
        for _ in range(3):
            async with adapter.open_client(config, store=store, name="alice") as client:
                await client.invoke(ME)
                with pytest.raises(FloodWait) as caught:
                    await client.invoke(functions.help.GetNearestDc())
                assert 250 < caught.value.seconds <= 300

    adapter.run(scenario)
    assert len(data_center.requests(functions.help.GetNearestDc)) == 1
