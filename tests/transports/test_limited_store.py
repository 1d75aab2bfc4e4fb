"""A store with a bounded number of calls: what they return, and what becomes of a call that is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from sansio_tl_transports.asyncio._backend import Backend
from sansio_tl_transports.fleet._limited_store import MAX_CALLS, LimitedStore
from sansio_tl_transports.stores import Lease, StoredData, StoreError
from tests.stores.correct import CorrectStore


class Awaited:
    """The calls of a store in memory, awaitable; each waits for `gate`."""

    def __init__(self, inside: CorrectStore) -> None:
        self.inside = inside
        self.gate = asyncio.Event()
        self.gate.set()
        self.running = 0
        self.called: list[str] = []

    def __repr__(self) -> str:
        return "Awaited()"

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            self.running += 1
            self.called.append(name)
            try:
                await self.gate.wait()
                return getattr(self.inside, name)(*args, **kwargs)
            finally:
                self.running -= 1

        return call


def limited(store: Awaited) -> LimitedStore[Any]:
    inside: Any = store
    backend: Any = Backend()
    return LimitedStore(inside, backend)


async def turn() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_calls_return_what_those_of_the_store_return() -> None:
    async def scenario() -> None:
        inside = CorrectStore()
        store = limited(Awaited(inside))
        lease = await store.acquire("alice", "me", 60)
        assert lease == Lease("alice", 1, "me")
        expires = inside.record("alice").expires
        await store.renew(lease, 70)
        assert inside.record("alice").expires == expires + 10
        assert await store.save(lease, b"1", version=0) == 1
        assert await store.save(lease, b"2", version=1) == 2
        assert await store.load("alice") == StoredData(b"2", 2)
        assert await store.names() == ["alice"]
        await store.delete(lease, version=2)
        assert await store.load("alice") is None
        await store.release(lease)
        assert inside.record("alice").owner is None
        await store.close()
        assert inside.closed == 0, "it belongs to the caller"
        assert repr(store) == "Awaited()"

    asyncio.run(scenario())


def test_calls_beyond_the_bound_wait_for_the_end_of_others() -> None:
    async def scenario() -> None:
        slow = Awaited(CorrectStore())
        store = limited(slow)
        for _ in range(3):
            slow.gate.clear()
            calls = [asyncio.create_task(store.load("alice")) for _ in range(2 * MAX_CALLS + 5)]
            await turn()
            assert slow.running == MAX_CALLS
            slow.gate.set()
            await asyncio.gather(*calls)

    asyncio.run(scenario())


LEASE = Lease("alice", 1, "me")
CALLS: dict[str, tuple[Callable[[LimitedStore[Any]], Coroutine[Any, Any, Any]], bool]] = {
    "acquire": (lambda store: store.acquire("alice", "me", 60), False),
    "load": (lambda store: store.load("alice"), False),
    "names": (lambda store: store.names(), False),
    "renew": (lambda store: store.renew(LEASE, 60), True),
    "release": (lambda store: store.release(LEASE), True),
    "save": (lambda store: store.save(LEASE, b"1", version=0), True),
    "delete": (lambda store: store.delete(LEASE, version=1), True),
}


@pytest.mark.parametrize("name", CALLS)
def test_calls_for_accounts_that_are_open_go_first(name: str) -> None:
    call, goes_first = CALLS[name]
    ended: list[str] = []

    class Noting(Awaited):
        def __getattr__(self, called: str) -> Callable[..., Coroutine[Any, Any, Any]]:
            async def noted(*_: Any, **__: Any) -> None:
                await self.gate.wait()
                ended.append(called)

            return noted

    async def scenario() -> None:
        slow = Noting(CorrectStore())
        store = limited(slow)
        slow.gate.clear()
        calls = [asyncio.create_task(store.load("bob")) for _ in range(MAX_CALLS + 1)]
        await turn()
        calls.append(asyncio.create_task(call(store)))
        await turn()
        slow.gate.set()
        await asyncio.gather(*calls)
        assert ended[MAX_CALLS:] == ([name, "load"] if goes_first else ["load", name])

    asyncio.run(scenario())


def test_failed_and_cancelled_calls_make_room() -> None:
    async def scenario() -> None:
        slow = Awaited(CorrectStore())
        store = limited(slow)
        for _ in range(2 * MAX_CALLS):
            with pytest.raises(StoreError):
                await store.load("")
        slow.gate.clear()
        running = [asyncio.create_task(store.load("alice")) for _ in range(MAX_CALLS)]
        waiting = [asyncio.create_task(store.load("alice")) for _ in range(3)]
        await turn()
        waiting[0].cancel()  # while it waits
        await turn()
        running[0].cancel()  # its place is given to waiting[1], which is cancelled before it learns of that
        waiting[1].cancel()
        await turn()
        assert slow.running == MAX_CALLS, "waiting[2] runs"
        slow.gate.set()
        done = await asyncio.gather(*running, *waiting, return_exceptions=True)
        assert sum(isinstance(each, asyncio.CancelledError) for each in done) == 3
        slow.gate.clear()
        calls = [asyncio.create_task(store.load("alice")) for _ in range(MAX_CALLS + 1)]
        await turn()
        assert slow.running == MAX_CALLS
        slow.gate.set()
        await asyncio.gather(*calls)

    asyncio.run(scenario())


KEEPING: dict[str, Callable[[Any, Lease], Coroutine[Any, Any, object]]] = {
    "renew": lambda store, lease: store.renew(lease, 60),
    "save": lambda store, lease: store.save(lease, b"1", version=0),
    "delete": lambda store, lease: store.delete(lease, version=0),
    "release": lambda store, lease: store.release(lease),
}


@pytest.mark.parametrize("name", [*KEEPING, "load"])
def test_calls_for_open_accounts_go_first(name: str) -> None:
    async def scenario() -> None:
        slow = Awaited(CorrectStore())
        store = limited(slow)
        lease = await store.acquire("alice", "me", 60)
        slow.gate.clear()
        first = [asyncio.create_task(store.load("alice")) for _ in range(MAX_CALLS)]
        await turn()
        begun = len(slow.called)
        others = [asyncio.create_task(store.acquire("bob", "me", 60)), asyncio.create_task(store.names())]
        await turn()
        last = asyncio.create_task(KEEPING[name](store, lease) if name in KEEPING else store.load("alice"))
        await turn()
        first[0].cancel()
        await turn()
        assert slow.called[begun:] == [name if name in KEEPING else "acquire"]
        slow.gate.set()
        await asyncio.gather(*first[1:], *others, last, return_exceptions=True)

    asyncio.run(scenario())
