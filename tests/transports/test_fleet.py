"""Fleets in asyncio and trio: who has which account, what is handed over and taken over, and at which rate."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import trio

from sansio_tl import ClientConfig, functions, types
from sansio_tl.errors import LocalProtocolError
from sansio_tl_transports import sync as sync_adapter
from sansio_tl_transports import trio as trio_adapter
from sansio_tl_transports.asyncio._backend import Backend as AsyncioLoop
from sansio_tl_transports.fleet import Fleet, FleetOptions, KeyNotFoundError, NotLoggedInError
from sansio_tl_transports.fleet import asyncio as asyncio_fleet
from sansio_tl_transports.fleet import trio as trio_fleet
from sansio_tl_transports.fleet._limited_store import MAX_CALLS, LimitedStore
from sansio_tl_transports.fleet._pacer import Pacer
from sansio_tl_transports.stores import (
    Lease,
    LeaseHeldError,
    LeaseLostError,
    LeaseOptions,
    SQLiteStore,
    StoredData,
    StoreError,
    StoreUnavailableError,
    load_document,
    put_snapshot,
)
from sansio_tl_transports.testing.server_thread import RunningDataCenter, ServerThread
from sansio_tl_transports.trio._backend import Backend as TrioLoop
from tests.helpers.adapters import ADAPTERS, Adapter
from tests.stores.memory import AsyncMemoryStore, MemoryStore, raising

each_loop = pytest.mark.parametrize(
    "adapter",
    [each for each in ADAPTERS if each.module is not sync_adapter],
    ids=lambda adapter: type(adapter).__name__.lower(),
)
pytestmark = each_loop
NAMES = ["a", "b", "c", "d", "e", "f"]
ME = functions.users.GetUsers([types.InputUserSelf()])
FAST = FleetOptions(
    connects_per_second=100.0, lease=LeaseOptions(seconds=4, margin=1), scan_interval=0.5, retry_first=0.2
)


@pytest.fixture
def center() -> Iterator[RunningDataCenter]:
    """One that ends a login that is used twice at once."""
    with ServerThread() as thread:
        yield thread.open(detect_parallel_use=True)


@pytest.fixture
def config(center: RunningDataCenter) -> ClientConfig:
    return center.client_config(backoff_initial=0.1)


@pytest.fixture
def store(center: RunningDataCenter, tmp_path: Path) -> Iterator[SQLiteStore]:
    store = SQLiteStore(tmp_path / "sessions.db")
    for number, name in enumerate(NAMES):
        account = center.add_account(f"+1202555010{number}")
        put_snapshot(store, name, center.new_session(account)[1])
    yield store
    store.close()


def open_fleet(adapter: Adapter, *arguments: Any, **options: Any) -> contextlib.AbstractAsyncContextManager[Any]:
    fleets: Any = trio_fleet if adapter.module is trio_adapter else asyncio_fleet
    context: contextlib.AbstractAsyncContextManager[Any] = fleets.open_fleet(*arguments, **{"options": FAST} | options)
    return context


async def until(adapter: Adapter, condition: Callable[[], object], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it does not happen"
        await adapter.sleep(0.02)


def first_ones(store: SQLiteStore, count: int) -> MemoryStore:
    """A store in memory with so many of the sessions."""
    return MemoryStore(time.time, {name: data for name in NAMES[:count] if (data := store.load(name)) is not None})


async def closes(adapter: Adapter, scenario: Callable[[], Awaitable[None]]) -> None:
    """Run a scenario, which must end."""
    if adapter.module is trio_adapter:
        with trio.fail_after(15):
            await scenario()
    else:
        done, _ = await asyncio.wait([task := asyncio.ensure_future(scenario())], timeout=15)
        assert done, "it does not end"
        await task


class Handler:
    """An `on_client` that notes who is open, and asks who it is."""

    def __init__(self, adapter: Adapter) -> None:
        self.adapter = adapter
        self.open: set[str] = set()
        self.opened: list[str] = []

    async def __call__(self, name: str, client: Any) -> None:
        self.opened.append(name)
        self.open.add(name)
        try:
            while True:
                await client.invoke(ME)
                await self.adapter.sleep(0.1)
        finally:
            self.open.discard(name)


def test_all_accounts_are_opened_and_given_back(adapter: Adapter, config: ClientConfig, store: SQLiteStore) -> None:
    handler = Handler(adapter)

    async def scenario() -> None:
        async with open_fleet(adapter, config, store=store, on_client=handler) as fleet:
            await until(adapter, lambda: handler.open == set(NAMES))
            assert set(fleet.clients) == set(NAMES)
            assert not fleet.errors
            client = fleet.clients["a"]
        assert not handler.open
        assert not fleet.clients
        with pytest.raises(LocalProtocolError, match="closed"):
            await client.invoke(ME)
        for name in NAMES:
            store.acquire(name, "another", 60)

    adapter.run(scenario)
    assert sorted(handler.opened) == NAMES


def test_processes_share_the_accounts_and_hand_them_over(
    adapter: Adapter, config: ClientConfig, store: SQLiteStore, center: RunningDataCenter
) -> None:
    """Three fleets of four each have six accounts; when one is closed, the others get its accounts."""
    options = FleetOptions(
        connects_per_second=100.0, lease=FAST.lease, scan_interval=0.5, retry_first=0.2, max_accounts=4
    )

    async def scenario() -> None:
        second = open_fleet(adapter, config, store=store, options=options)
        async with open_fleet(adapter, config, store=store, options=options) as first:
            async with second as other:
                await until(adapter, lambda: len(first.clients) + len(other.clients) == 6)
                assert not set(first.clients) & set(other.clients)
                assert max(len(first.clients), len(other.clients)) <= 4
                assert all(isinstance(error, LeaseHeldError) for error in first.errors.values())
            await until(adapter, lambda: len(first.clients) == 4)
            await adapter.sleep(0.5)
            assert len(first.clients) == 4
            async with open_fleet(adapter, config, store=store, options=options) as third:
                await until(adapter, lambda: len(third.clients) == 2)

    adapter.run(scenario)
    for name in NAMES:
        document = load_document(store, name)
        assert document is not None
        assert not document.lost  # AUTH_KEY_DUPLICATED


WORKER = """
import asyncio, sys
from sansio_tl import ClientConfig, RsaPublicKey
from sansio_tl_transports.fleet import FleetOptions
from sansio_tl_transports.fleet.asyncio import open_fleet
from sansio_tl_transports.stores import LeaseOptions, SQLiteStore
host, port, pem, path = sys.argv[1:]
config = ClientConfig.for_server(host, int(port), public_key=pem, api_id=1)
async def main():
    options = FleetOptions(connects_per_second=100.0, lease=LeaseOptions(seconds=4, margin=1))
    async with open_fleet(config, store=SQLiteStore(path), options=options) as fleet:
        while True:
            print(len(fleet.clients), flush=True)
            await asyncio.sleep(0.05)
asyncio.run(main())
"""


def test_accounts_of_a_killed_process_are_taken_over_within_a_lease(
    adapter: Adapter, config: ClientConfig, store: SQLiteStore, center: RunningDataCenter, tmp_path: Path
) -> None:
    arguments = [center.host, str(center.port), center.public_key_pem, str(tmp_path / "sessions.db")]
    worker = subprocess.Popen([sys.executable, "-c", WORKER, *arguments], stdout=subprocess.PIPE, text=True)
    try:
        assert worker.stdout is not None
        while worker.stdout.readline() != "6\n":
            assert worker.poll() is None

        async def scenario() -> None:
            async with open_fleet(adapter, config, store=store) as fleet:
                await until(adapter, lambda: len(fleet.errors) == 6)
                assert not fleet.clients
                os.kill(worker.pid, signal.SIGKILL)
                killed = time.monotonic()
                await until(adapter, lambda: len(fleet.clients) == 6)
                assert time.monotonic() - killed < FAST.lease.seconds + 3

        adapter.run(scenario)
    finally:
        worker.kill()
        worker.wait()
        if worker.stdout is not None:
            worker.stdout.close()


def test_exception_of_the_application_closes_its_account_only(
    adapter: Adapter, config: ClientConfig, store: SQLiteStore
) -> None:
    errors: list[tuple[str | None, Exception]] = []
    handler = Handler(adapter)

    async def on_client(name: str, client: Any) -> None:
        if name == "c":
            raise ZeroDivisionError
        await handler(name, client)

    async def scenario() -> None:
        on_error = lambda name, error: errors.append((name, error))  # noqa: E731
        async with open_fleet(adapter, config, store=store, on_client=on_client, on_error=on_error) as fleet:
            await until(adapter, lambda: handler.open == set(NAMES) - {"c"} and len(errors) >= 2)
            assert len(fleet.clients) >= 5
        assert {(name, type(error)) for name, error in errors} == {("c", ZeroDivisionError)}
        assert len(handler.opened) == 5

    adapter.run(scenario)


def test_lost_login_is_reported_and_not_kept(
    adapter: Adapter, config: ClientConfig, store: SQLiteStore, center: RunningDataCenter
) -> None:
    errors: list[tuple[str | None, Exception]] = []

    async def scenario() -> None:
        on_error = lambda name, error: errors.append((name, error))  # noqa: E731
        async with open_fleet(adapter, config, store=store, on_error=on_error) as fleet:
            await until(adapter, lambda: len(fleet.clients) == 6)
            center.answer("help.getNearestDc", "AUTH_KEY_UNREGISTERED", times=1)
            with contextlib.suppress(Exception):
                await fleet.clients["b"].invoke(functions.help.GetNearestDc())
            await until(adapter, lambda: len(errors) == 2)
            assert "b" not in fleet.clients
            assert isinstance(fleet.errors["b"], NotLoggedInError)
            assert len(fleet.clients) == 5
        texts = [str(error) for _, error in errors]
        assert "the server has ended the login: AUTH_KEY_UNREGISTERED" in texts[0]
        assert "no user is logged in with session 'b': log in with open_client" in texts[1]

    adapter.run(scenario)
    document = load_document(store, "b")
    assert document is not None
    assert len(document.lost) == 1


def test_damaged_session_is_reported_and_waits_longer_each_time(
    adapter: Adapter, config: ClientConfig, store: SQLiteStore
) -> None:
    store.save(store.acquire("damaged", "me", 0.01), b"{}", version=0)
    errors: list[float] = []

    async def scenario() -> None:
        def on_error(name: str | None, error: Exception) -> None:
            assert name == "damaged"
            errors.append(time.monotonic())

        async with open_fleet(adapter, config, store=store, on_error=on_error) as fleet:
            await until(adapter, lambda: len(fleet.clients) == 6 and len(errors) == 4)
        assert errors[3] - errors[2] > 0.4 - 0.01  # half of 0.8 s at least

    adapter.run(scenario)


def test_store_that_is_down_is_reported_and_tried_again(adapter: Adapter, config: ClientConfig) -> None:
    inside = MemoryStore(time.time)
    inside.before["names"] = raising(StoreUnavailableError("down"), 2)
    errors: list[tuple[str | None, str]] = []

    async def scenario() -> None:
        on_error = lambda name, error: errors.append((name, str(error)))  # noqa: E731
        async with open_fleet(adapter, config, store=AsyncMemoryStore(inside), on_error=on_error):
            await until(adapter, lambda: inside.calls.count("names") >= 3)
        assert errors == [(None, "down")] * 2

    adapter.run(scenario)


def test_errors_are_logged_unless_there_is_a_callback(
    adapter: Adapter, config: ClientConfig, caplog: pytest.LogCaptureFixture
) -> None:
    inside = MemoryStore(time.time)
    inside.before["names"] = raising(StoreUnavailableError("down"), 1)

    async def scenario() -> None:
        async with open_fleet(adapter, config, store=AsyncMemoryStore(inside)):
            await until(adapter, lambda: inside.calls.count("names") >= 2)

    adapter.run(scenario)
    [record] = [each for each in caplog.records if each.name == "sansio_tl_transports.fleet"]
    assert (record.levelname, record.getMessage()) == ("WARNING", "the store: StoreUnavailableError: down")
    assert record.exc_info is not None
    assert record.exc_info[0] is StoreUnavailableError


def test_fleet_ends_although_its_store_swallows_the_cancellation(adapter: Adapter, config: ClientConfig) -> None:
    class Swallowing(AsyncMemoryStore):
        async def names(self) -> list[str]:
            inside.calls.append("names")
            with contextlib.suppress(asyncio.CancelledError):
                await adapter.sleep(60)
            return []

    inside = MemoryStore(time.time)

    async def scenario() -> None:
        async with open_fleet(adapter, config, store=Swallowing(inside)):
            await until(adapter, lambda: inside.calls)

    adapter.run(partial(closes, adapter, scenario))


def test_lease_that_is_taken_closes_the_account(
    adapter: Adapter, config: ClientConfig, store: SQLiteStore, center: RunningDataCenter
) -> None:
    stored = store.load("a")
    assert stored is not None
    inside = MemoryStore(time.time)
    inside.stored["a"] = stored
    errors: list[Exception] = []

    async def scenario() -> None:
        async with open_fleet(
            adapter, config, store=AsyncMemoryStore(inside), on_error=lambda _, error: errors.append(error)
        ) as fleet:
            await until(adapter, lambda: fleet.clients)
            inside.leases["a"] = 99, "another", time.time() + 60
            await until(adapter, lambda: isinstance(fleet.errors.get("a"), LeaseHeldError))
            assert [type(error) for error in errors] == [LeaseLostError]
            assert not fleet.clients
            inside.leases["a"] = 99, None, 0.0
            await until(adapter, lambda: fleet.clients)

    adapter.run(scenario)


def test_connections_are_opened_at_the_rate_also_after_all_are_lost(
    adapter: Adapter, config: ClientConfig, store: SQLiteStore, center: RunningDataCenter
) -> None:
    """Six accounts at 2 per second: the first five may begin at once."""
    options = FleetOptions(connects_per_second=2.0, lease=FAST.lease, scan_interval=0.5)

    async def scenario() -> None:
        begun = time.monotonic()
        async with open_fleet(adapter, config, store=store, options=options) as fleet:
            await until(adapter, lambda: len(fleet.clients) == 6)
            assert time.monotonic() - begun > 0.45
            for client in fleet.clients.values():
                await client.invoke(ME)
            center.cut_connections()
            begun = time.monotonic()
            await adapter.all_of([partial(client.invoke, ME) for client in fleet.clients.values()])
            assert time.monotonic() - begun > 2.0  # and a back-off of up to 0.1 s

    adapter.run(scenario)


def test_accounts_that_are_opened_at_once_are_bounded(
    adapter: Adapter, config: ClientConfig, store: SQLiteStore
) -> None:
    """Four openers, each of which waits for a turn afterwards. The first turn is given at once, the next much later."""
    options = FleetOptions(connects_per_second=1 / 60, lease=FAST.lease, scan_interval=60)

    async def scenario() -> None:
        async with open_fleet(adapter, config, store=store, options=options) as fleet:
            await until(adapter, lambda: len(fleet.clients) >= 5)
            await adapter.sleep(0.2)
            assert len(fleet.clients) == 5

    adapter.run(scenario)


def test_cancelled_fleet_gives_its_leases_back(adapter: Adapter, config: ClientConfig, store: SQLiteStore) -> None:
    async def body(ready: list[bool]) -> None:
        async with open_fleet(adapter, config, store=store) as fleet:
            await until(adapter, lambda: len(fleet.clients) == 6)
            ready.append(True)
            await adapter.sleep(60)

    async def scenario() -> None:
        ready: list[bool] = []
        if adapter.module is trio_adapter:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(body, ready)
                await until(adapter, lambda: ready)
                nursery.cancel_scope.cancel()
        else:
            task = asyncio.ensure_future(body(ready))
            await until(adapter, lambda: ready)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        for name in NAMES:
            store.acquire(name, "another", 60)

    adapter.run(scenario)


def test_account_that_is_being_opened_when_the_fleet_closes_is_given_back(
    adapter: Adapter, config: ClientConfig, store: SQLiteStore
) -> None:
    inside = first_ones(store, 3)
    inside.after["acquire"] = lambda: time.sleep(0.3)  # far away
    called: list[str] = []

    async def on_client(name: str, client: Any) -> None:
        called.append(name)

    async def scenario() -> None:
        async with open_fleet(adapter, config, store=inside, on_client=on_client):
            await until(adapter, lambda: inside.calls.count("acquire") == 3)

    adapter.run(partial(closes, adapter, scenario))
    assert not called
    assert [owner for _, owner, _ in inside.leases.values()] == [None] * 3


def test_fleet_that_stops_before_on_client_begins_closes(
    adapter: Adapter, config: ClientConfig, store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task of `on_client` is cancelled before its first step."""
    inside = first_ones(store, 1)
    start = Fleet.start
    stops: list[Callable[[], None]] = []

    def noted_start(fleet: Any) -> Callable[[], None]:
        stops.append(start(fleet))
        return stops[0]

    def user_id(client: Any) -> int:  # read when the account has opened
        stops[0]()
        stops.append(stops[0])
        return 1

    async def on_client(name: str, client: Any) -> None:
        await adapter.sleep(60)

    async def scenario() -> None:
        async with open_fleet(adapter, config, store=inside, on_client=on_client):
            await until(adapter, lambda: len(stops) == 2)

    monkeypatch.setattr(Fleet, "start", noted_start)
    monkeypatch.setattr(adapter.module.Client, "user_id", property(user_id))
    adapter.run(partial(closes, adapter, scenario))
    assert [owner for _, owner, _ in inside.leases.values()] == [None]


def test_lease_that_another_has_is_no_failure(adapter: Adapter, config: ClientConfig) -> None:
    error = LeaseHeldError("a", "another", 30.0)
    refuse = raising(error)
    reported: list[Exception] = []

    async def scenario() -> None:
        inside = MemoryStore(time.time, {"a": StoredData(b"{}", 1)})
        acquire: Any = lambda name, owner, seconds: refuse()  # noqa: E731
        inside.acquire = acquire  # type: ignore[method-assign]
        on_error = lambda _, error: reported.append(error)  # noqa: E731
        async with open_fleet(adapter, config, store=inside, on_error=on_error) as fleet:
            await until(adapter, lambda: fleet.errors)
            await adapter.sleep(0.02)
            assert dict(fleet.errors) == {"a": error}

    adapter.run(scenario)
    assert reported == []


WRONG_ENDS = dict(zip(NAMES, [0.0, -5.0, float("nan"), float("-inf"), float("inf")], strict=False))


def test_wrong_end_of_a_held_lease_does_not_hurry(adapter: Adapter, config: ClientConfig, store: SQLiteStore) -> None:
    """Each account is refused twice, with a wrong end of its own."""
    inside = first_ones(store, len(WRONG_ENDS))
    acquire = inside.acquire
    tried: dict[str, list[float]] = {name: [] for name in WRONG_ENDS}

    def refuse_twice(name: str, owner: str, seconds: float) -> Any:
        tried[name].append(time.monotonic())
        if len(tried[name]) <= 2:
            raise LeaseHeldError(name, "another", WRONG_ENDS[name])
        return acquire(name, owner, seconds)

    inside.acquire = refuse_twice  # type: ignore[method-assign]

    async def scenario() -> None:
        async with open_fleet(adapter, config, store=inside) as fleet:
            await until(adapter, lambda: len(fleet.clients) == len(WRONG_ENDS))

    adapter.run(scenario)
    for name, times in tried.items():
        assert len(times) == 3, name
        assert min(later - earlier for earlier, later in pairwise(times)) > 0.55 - 0.01, name


@pytest.mark.parametrize("method", ["names", "load"])
def test_stop_iteration_of_a_blocking_store_is_reported(
    adapter: Adapter, config: ClientConfig, store: SQLiteStore, method: str
) -> None:
    """asyncio cannot raise it from a future."""
    inside = first_ones(store, 1)
    inside.before[method] = raising(StopIteration(), 1)
    errors: list[tuple[str | None, Exception]] = []

    async def scenario() -> None:
        on_error = lambda name, error: errors.append((name, error))  # noqa: E731
        async with open_fleet(adapter, config, store=inside, on_error=on_error) as fleet:
            await until(adapter, lambda: fleet.clients, 10)
        [(name, error)] = errors
        if method == "names":
            assert (name, type(error)) == (None, RuntimeError)
        else:
            assert (name, type(error), type(error.__cause__)) == ("a", StoreError, RuntimeError)
            assert str(error).startswith("MemoryStore: load of session 'a' raised RuntimeError, which is no StoreError")

    adapter.run(partial(closes, adapter, scenario))


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (None, "MemoryStore: names returned NoneType, not a list of texts"),
        ("a", "MemoryStore: names returned str, not a list of texts"),
        (["a", ["b"]], "MemoryStore: names returned a list with list, not of texts"),
        (["a", None], "MemoryStore: names returned a list with NoneType, not of texts"),
    ],
)
def test_wrong_answer_of_names_is_reported_and_asked_for_again(
    adapter: Adapter, config: ClientConfig, store: SQLiteStore, answer: Any, text: str
) -> None:
    inside = first_ones(store, 2)
    answers = [["a"], answer, ["b", "a", "b"]]
    names: Any = lambda: answers.pop(0) if len(answers) > 1 else answers[0]  # noqa: E731
    inside.names = names  # type: ignore[method-assign]
    errors: list[tuple[str | None, str]] = []

    async def scenario() -> None:
        on_error = lambda name, error: errors.append((name, str(error)))  # noqa: E731
        async with open_fleet(adapter, config, store=inside, on_error=on_error) as fleet:
            await until(adapter, lambda: "a" in fleet.clients)
            client = fleet.clients["a"]
            await until(adapter, lambda: "b" in fleet.clients)
            assert fleet.clients["a"] is client
        assert errors == [(None, text)]
        assert inside.calls.count("acquire") == 2

    adapter.run(scenario)


def test_wrong_answer_names_the_class_of_an_async_store(adapter: Adapter, config: ClientConfig) -> None:
    inside = MemoryStore(time.time)
    names: Any = lambda: None  # noqa: E731
    inside.names = names  # type: ignore[method-assign]
    errors: list[str] = []

    async def scenario() -> None:
        on_error = lambda _, error: errors.append(str(error))  # noqa: E731
        async with open_fleet(adapter, config, store=AsyncMemoryStore(inside), on_error=on_error):
            await until(adapter, lambda: errors)

    adapter.run(scenario)
    assert errors[0] == "AsyncMemoryStore: names returned NoneType, not a list of texts"


def test_acquire_without_a_lease_is_reported(adapter: Adapter, config: ClientConfig, store: SQLiteStore) -> None:
    inside = first_ones(store, 1)
    acquire: Any = lambda name, owner, seconds: None  # noqa: E731
    inside.acquire = acquire  # type: ignore[method-assign]
    errors: list[Exception] = []

    async def scenario() -> None:
        async with open_fleet(adapter, config, store=inside, on_error=lambda _, error: errors.append(error)):
            await until(adapter, lambda: errors)
        assert isinstance(errors[0], StoreError)
        assert str(errors[0]) == "MemoryStore: acquire returned no lease of session 'a'"

    adapter.run(scenario)


@pytest.mark.parametrize(
    ("method", "answer", "text"),
    [
        ("acquire", None, "AsyncMemoryStore: acquire returned no lease of session 'a'"),
        ("load", StoredData(b"{}", 0), "AsyncMemoryStore returned version 0 of session 'a' after version 0"),
    ],
)
def test_wrong_answer_of_an_async_store_names_the_store_of_the_user(
    adapter: Adapter, config: ClientConfig, store: SQLiteStore, method: str, answer: Any, text: str
) -> None:
    inside = first_ones(store, 1)
    setattr(inside, method, lambda *_: answer)
    errors: list[str] = []

    async def scenario() -> None:
        on_error = lambda _, error: errors.append(str(error))  # noqa: E731
        async with open_fleet(adapter, config, store=AsyncMemoryStore(inside), on_error=on_error):
            await until(adapter, lambda: errors)

    adapter.run(partial(closes, adapter, scenario))
    assert errors[0].startswith(text)


@pytest.mark.parametrize("calls_block", [True, False])
@pytest.mark.parametrize("method", ["names", "acquire", "load"])
def test_store_that_is_cancelled_inside_is_reported_and_tried_again(
    adapter: Adapter, config: ClientConfig, store: SQLiteStore, method: str, *, calls_block: bool
) -> None:
    """As by a pool of connections that is closed. It neither ends the fleet nor lets it wait for ever."""
    if adapter.module is trio_adapter:
        pytest.skip("trio has no such exception that a store could raise")
    inside = first_ones(store, 1)
    inside.before[method] = raising(asyncio.CancelledError(), 1)
    errors: list[tuple[str | None, Exception]] = []

    async def scenario() -> None:
        on_error = lambda name, error: errors.append((name, error))  # noqa: E731
        used: Any = inside if calls_block else AsyncMemoryStore(inside)
        async with open_fleet(adapter, config, store=used, on_error=on_error) as fleet:
            await until(adapter, lambda: fleet.clients, 10)

    adapter.run(partial(closes, adapter, scenario))
    assert [(name, type(error)) for name, error in errors] == [
        (None if method == "names" else "a", StoreUnavailableError)
    ]
    assert str(errors[0][1]) == "a call of the store was ended by CancelledError, which the store has raised"


def test_on_client_that_is_cancelled_inside_closes_its_account(
    adapter: Adapter, config: ClientConfig, store: SQLiteStore
) -> None:
    if adapter.module is trio_adapter:
        pytest.skip("trio has no such exception that an application could raise")
    errors: list[Exception] = []
    called: list[str] = []

    async def on_client(name: str, client: Any) -> None:
        called.append(name)
        if len(called) == 1:
            raise asyncio.CancelledError

    async def scenario() -> None:
        on_error = lambda _, error: errors.append(error)  # noqa: E731
        async with open_fleet(
            adapter, config, store=first_ones(store, 1), on_client=on_client, on_error=on_error
        ) as fleet:
            await until(adapter, lambda: len(called) == 2 and fleet.clients)

    adapter.run(partial(closes, adapter, scenario))
    assert [str(error) for error in errors] == ["on_client of session 'a' raised CancelledError"]


def test_key_that_the_data_center_does_not_know_is_reported_and_kept(
    adapter: Adapter, center: RunningDataCenter, store: SQLiteStore, caplog: pytest.LogCaptureFixture
) -> None:
    """-404 can be forged: the account stays open, and its user decides."""
    config = center.client_config(backoff_initial=0.05, key_not_found_limit=2)
    document = load_document(store, "b")
    assert document is not None
    assert document.snapshot is not None
    snapshot = document.snapshot
    keys = snapshot["data_centers"]
    keys[str(center.dc_id)]["auth_key"] = base64.b64encode(bytes(range(256))).decode()
    lease = store.acquire("b", "me", 60)
    stored = store.load("b")
    assert stored is not None
    store.delete(lease, version=stored.version)
    store.release(lease)
    put_snapshot(store, "b", snapshot)
    errors: list[tuple[str | None, Exception]] = []

    async def scenario() -> None:
        def on_error(name: str | None, error: Exception) -> None:
            errors.append((name, error))
            if len(errors) == 2:
                assert set(fleet.clients) == set(NAMES)
                assert not fleet.errors
                fleet.clients["b"].forget_key()

        async with open_fleet(adapter, config, store=store, on_error=on_error) as fleet:
            await until(adapter, lambda: len(errors) >= 3)
            assert "b" not in fleet.clients
            assert isinstance(fleet.errors["b"], NotLoggedInError)
        async with open_fleet(adapter, config, store=store) as fleet:  # the default: a log
            await until(adapter, lambda: "b" in fleet.errors)

    adapter.run(scenario)
    kinds = [KeyNotFoundError, KeyNotFoundError, NotLoggedInError]
    assert [(name, type(error)) for name, error in errors[:3]] == [("b", kind) for kind in kinds]
    error = errors[0][1]
    assert isinstance(error, KeyNotFoundError)
    assert error.dc_id == center.dc_id
    assert "data center 2 reports that it does not know the auth key (-404)" in str(error)
    assert str(error).endswith("fleet.clients['b'].forget_key(), then log in with open_client")
    assert "session 'b': NotLoggedInError: no user is logged in with session 'b'" in caplog.text


def test_key_of_another_data_center_needs_no_login(adapter: Adapter) -> None:
    text = str(KeyNotFoundError("a", 4, is_home=False))
    assert text.endswith("fleet.clients['a'].forget_key(4), after which another key is made")


def test_error_of_the_application_has_its_traceback_until_it_is_reported(
    adapter: Adapter, config: ClientConfig, store: SQLiteStore
) -> None:
    lines: list[str] = []

    async def on_client(name: str, client: Any) -> None:
        raise ZeroDivisionError from ValueError("the cause")

    async def scenario() -> None:
        def on_error(name: str | None, error: Exception) -> None:
            assert fleet.errors == {"a": error}
            lines.extend(traceback.format_exception(error))

        async with open_fleet(
            adapter, config, store=first_ones(store, 1), on_client=on_client, on_error=on_error
        ) as fleet:
            await until(adapter, lambda: lines)
            assert fleet.errors["a"].__traceback__ is None

    adapter.run(scenario)
    assert any("in on_client" in line for line in lines)


def test_account_that_is_added_is_opened_and_one_that_is_deleted_is_not(
    adapter: Adapter, config: ClientConfig, store: SQLiteStore, center: RunningDataCenter
) -> None:
    lease = store.acquire("f", "me", 3.0)
    stored = store.load("f")
    assert stored is not None

    async def scenario() -> None:
        async with open_fleet(adapter, config, store=store) as fleet:
            await until(adapter, lambda: len(fleet.clients) == 5 and "f" in fleet.errors)
            store.delete(lease, version=stored.version)
            put_snapshot(store, "g", center.new_session(center.add_account("+12025550107"))[1])
            await until(adapter, lambda: "g" in fleet.clients)
            store.release(lease)
            await adapter.sleep(3.0)
            assert set(fleet.clients) == {*NAMES, "g"} - {"f"}
            assert "f" not in fleet.errors
            put_snapshot(store, "f", center.new_session(center.add_account("+12025550108"))[1])
            await until(adapter, lambda: "f" in fleet.clients)

    adapter.run(scenario)


def test_calls_of_an_async_store_are_limited(adapter: Adapter) -> None:
    """As when many accounts are closed at once."""
    running, most = 0, 0
    inside = MemoryStore(time.time)
    inside.stored = {f"account{number}": StoredData(b"{}", 1) for number in range(60)}

    class SlowStore(AsyncMemoryStore):
        async def load(self, name: str) -> StoredData | None:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await adapter.sleep(0.01)
            running -= 1
            return await super().load(name)

    async def scenario() -> None:
        loop: Any = AsyncioLoop() if adapter.module is not trio_adapter else TrioLoop()
        limited = LimitedStore(SlowStore(inside), loop)
        assert await limited.names() == sorted(inside.stored)
        await adapter.all_of([partial(_load, limited, name) for name in inside.stored])

    adapter.run(scenario)
    assert most == MAX_CALLS


def test_leases_are_renewed_before_more_accounts_are_opened(adapter: Adapter) -> None:
    names = [str(number) for number in range(MAX_CALLS + 5)]
    held, begun = set(names), list[str]()

    class Held(AsyncMemoryStore):
        async def load(self, name: str) -> StoredData | None:
            begun.append(name)
            while name in held:
                await adapter.sleep(0.01)
            return StoredData(b"", 1)

        async def renew(self, lease: Lease, seconds: float) -> None:
            begun.append("renew")

    async def scenario() -> None:
        loop: Any = TrioLoop() if adapter.module is trio_adapter else AsyncioLoop()
        limited = LimitedStore(Held(MemoryStore(time.time)), loop)

        async def renew() -> None:
            await adapter.sleep(0.2)  # the loads are there before
            await limited.renew(Lease("a", 1, "me"), 60)

        async def let_go() -> None:
            await adapter.sleep(0.4)
            held.remove(begun[0])
            await until(adapter, lambda: len(begun) > MAX_CALLS)
            held.clear()

        await adapter.all_of([*(partial(_load, limited, name) for name in names), renew, let_go])

    adapter.run(scenario)
    assert begun.index("renew") == MAX_CALLS


async def _load(store: Any, name: str) -> None:
    assert await store.load(name) is not None


def test_store_of_another_library_is_refused(adapter: Adapter, config: ClientConfig) -> None:
    store: Any = AsyncMemoryStore(MemoryStore())
    store.async_library = "asyncio" if adapter.module is trio_adapter else "trio"

    async def scenario() -> None:
        with pytest.raises(LocalProtocolError, match="pass a store with blocking calls, which are made in threads"):
            async with open_fleet(adapter, config, store=store):
                pass

    adapter.run(scenario)


@pytest.mark.parametrize(("name", "wrong"), [("options", 3), ("config", None)])
def test_options_and_config_of_another_type_are_refused(
    adapter: Adapter, config: ClientConfig, name: str, wrong: Any
) -> None:
    arguments: dict[str, Any] = {"config": config, "options": FAST, name: wrong}

    async def scenario() -> None:
        async with open_fleet(adapter, store=MemoryStore(), **arguments):
            pass

    with pytest.raises(LocalProtocolError, match=f"open_fleet: {name}: "):
        adapter.run(scenario)


@pytest.mark.parametrize(
    "wrong",
    [
        {"connects_per_second": 0},
        {"connects_per_second": float("nan")},
        {"connects_per_second": 1e9},
        {"max_accounts": 0},
        {"lease": 60},
        {"scan_interval": 0},
        {"retry_first": float("inf")},
        {"retry_longest": "1"},
    ],
)
def test_invalid_options_are_refused(adapter: Adapter, wrong: dict[str, Any]) -> None:
    with pytest.raises(LocalProtocolError, match=f"FleetOptions.{next(iter(wrong))}"):
        FleetOptions(**wrong)


def test_turns_that_a_busy_loop_has_delayed_are_given_at_once(adapter: Adapter) -> None:
    """Else the rate would fall by what the loop takes between two turns. None are saved up while none waits."""
    if adapter.module is trio_adapter:
        pytest.skip("the same code")

    async def scenario() -> None:
        pacer = Pacer(AsyncioLoop(), 100.0)
        running = asyncio.ensure_future(pacer.run())
        await asyncio.sleep(0.2)
        tasks = [asyncio.ensure_future(pacer.turn()) for _ in range(50)]
        await tasks[1]
        assert not tasks[8].done()
        time.sleep(0.08)  # noqa: ASYNC251  the loop is busy
        for _ in range(20):
            await asyncio.sleep(0)
        assert tasks[8].done()
        for task in (*tasks, running):
            task.cancel()
        await asyncio.wait([*tasks, running])

    adapter.run(scenario)


@pytest.mark.parametrize(("rate", "openers"), [(5.0, 4), (40.0, 10)])
def test_more_accounts_are_opened_at_the_same_time_for_a_higher_rate(
    adapter: Adapter, config: ClientConfig, rate: float, openers: int
) -> None:
    """So that the rate is reached although the store answers late."""
    waiting = set[str]()
    held = [True]

    class Late(AsyncMemoryStore):
        async def names(self) -> list[str]:
            return [str(number) for number in range(20)]

        async def load(self, name: str) -> StoredData | None:
            waiting.add(name)
            while held:
                await adapter.sleep(0.02)
            return None

    async def scenario() -> None:
        options = FleetOptions(connects_per_second=rate, lease=LeaseOptions(seconds=600), scan_interval=60)
        async with open_fleet(adapter, config, store=Late(MemoryStore(time.time)), options=options):
            await until(adapter, lambda: len(waiting) >= openers)
            await adapter.sleep(0.1)
            found = len(waiting)
            held.clear()
        assert found == openers

    adapter.run(scenario)


def test_turns_are_given_in_order_and_one_who_stops_waiting_takes_none(adapter: Adapter) -> None:
    if adapter.module is trio_adapter:
        pytest.skip("the same code")

    async def scenario() -> None:
        pacer = Pacer(AsyncioLoop(), 50.0)
        order: list[int] = []

        async def wait(number: int) -> None:
            await pacer.turn()
            order.append(number)

        tasks = [asyncio.ensure_future(wait(number)) for number in range(10)]
        await asyncio.sleep(0)
        tasks[3].cancel()
        tasks[7].cancel()
        running = asyncio.ensure_future(pacer.run())
        begun = time.monotonic()
        await asyncio.wait(tasks)
        assert order == [0, 1, 2, 4, 5, 6, 8, 9]
        assert time.monotonic() - begun > 0.13
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    adapter.run(scenario)


def test_accounts_are_opened_in_an_order_of_their_own(
    adapter: Adapter, config: ClientConfig, store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that processes that start together begin with different ones."""
    if adapter.module is trio_adapter:
        pytest.skip("the same code, and trio runs tasks in no order")
    acquired: list[str] = []

    class Noting(AsyncMemoryStore):
        async def acquire(self, name: str, owner: str, seconds: float) -> Lease:
            acquired.append(name)
            return await super().acquire(name, owner, seconds)

    async def scenario() -> None:
        inside = first_ones(store, 6)
        async with open_fleet(adapter, config, store=Noting(inside)) as fleet:
            await until(adapter, lambda: len(fleet.clients) == 6)

    monkeypatch.setattr("random.shuffle", lambda names: names.reverse())
    adapter.run(scenario)
    assert acquired[:6] == NAMES[::-1]


def test_accounts_that_cannot_be_opened_do_not_delay_the_others(
    adapter: Adapter, config: ClientConfig, store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = FleetOptions(lease=FAST.lease, scan_interval=60, retry_first=60.0, retry_longest=60.0)
    for name in [f"damaged {number}" for number in range(8)]:
        store.save(store.acquire(name, "me", 0.01), b"{}", version=0)

    async def scenario() -> None:
        async with open_fleet(adapter, config, store=store, options=options) as fleet:
            await until(adapter, lambda: len(fleet.errors) == 8 and "a" in fleet.clients)

    monkeypatch.setattr("random.shuffle", lambda names: names.sort(reverse=True))
    adapter.run(scenario)
