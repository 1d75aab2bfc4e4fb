"""A socket that was opened is closed wherever a cancellation hits: after each callback of the loop, one by one."""

from __future__ import annotations

import asyncio as the_library
import contextlib
import gc
import socket
from asyncio import events
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sansio_tl_transports import asyncio
from sansio_tl_transports._shared.connect_options import Attempt
from sansio_tl_transports.asyncio import _backend
from sansio_tl_transports.asyncio._sockets import open_socket
from sansio_tl_transports.asyncio._stream import Wire
from tests.helpers.connected_pair import client_config
from tests.helpers.scripted_data_center import ANSWERED, NEAREST, ScriptedDataCenter
from tests.transports.certificates import contexts
from tests.transports.test_client import settings

Scenario = Callable[[asyncio.Server, ScriptedDataCenter], Awaitable[None]]


class Canceller:
    """Cancels a task after so many callbacks of the loop."""

    def __init__(self) -> None:
        self._task: the_library.Task[Any] | None = None
        self.steps = 0
        """How many are left."""

    def cancel(self, task: the_library.Task[Any], after: int) -> None:
        self._task, self.steps = task, after

    def count(self) -> None:
        self.steps -= 1
        if self.steps == 0 and self._task is not None:
            self._task.cancel()


@pytest.fixture
def canceller(monkeypatch: pytest.MonkeyPatch) -> Canceller:
    canceller = Canceller()
    run = events.Handle._run

    def counted(self: events.Handle) -> None:
        run(self)
        canceller.count()

    monkeypatch.setattr(events.Handle, "_run", counted)
    return canceller


async def _settled() -> None:
    """What the loop has accepted has reached us: asyncio itself closes no socket that it accepts while a loop ends."""
    for _ in range(20):
        await the_library.sleep(0)


async def _two_addresses(server: asyncio.Server, _: ScriptedDataCenter) -> None:
    found = await open_socket([Attempt(*server.address, server.address) for _ in range(2)], 0)
    await found.wire.abort()


async def _a_name_with_several_addresses(server: asyncio.Server, _: ScriptedDataCenter) -> None:
    found = await open_socket([Attempt("localhost", server.address[1], server.address)], None)
    await found.wire.abort()


async def _an_address_inside_TLS(server: asyncio.Server, _: ScriptedDataCenter) -> None:
    assert server.tls_address is not None
    found = await open_socket([Attempt(*server.tls_address, server.tls_address, tls=contexts()[1])], None)
    await found.wire.abort()


async def _a_connection_over_two_sockets(server: asyncio.Server, data_center: ScriptedDataCenter) -> None:
    async with asyncio.connect(server.address, client_config(), framing="http") as connection:
        while len(data_center.connections) < 2:
            assert await connection.invoke(ANSWERED) == NEAREST


async def _an_account_over_two_sockets(server: asyncio.Server, data_center: ScriptedDataCenter) -> None:
    async with asyncio.open_client(settings(server.address), framing="http") as account:
        while len(data_center.connections) < 2:
            assert await account.invoke(ANSWERED) == NEAREST


@pytest.mark.parametrize(
    "scenario",
    [
        _two_addresses,
        _a_name_with_several_addresses,
        _an_address_inside_TLS,
        _a_connection_over_two_sockets,
        _an_account_over_two_sockets,
    ],
)
def test_cancellation_leaves_no_socket_open(
    scenario: Scenario, opened: list[socket.socket], canceller: Canceller
) -> None:
    async def cancelled_after(steps: int) -> bool:
        """Whether the scenario takes that many."""
        data_center = ScriptedDataCenter()
        async with asyncio.serve(data_center, tls=contexts()[0]) as server:
            task = the_library.ensure_future(scenario(server, data_center))
            canceller.cancel(task, steps)
            with contextlib.suppress(the_library.CancelledError):
                await task
            takes_so_many = canceller.steps <= 0
            await _settled()
            return takes_so_many

    steps, takes_so_many = 0, True
    while takes_so_many:
        steps += 1
        takes_so_many = the_library.run(cancelled_after(steps))
        assert all(each.fileno() == -1 for each in opened), f"left open when cancelled after {steps} callbacks"
        opened.clear()
    assert steps > 20, "the scenario came to its end"


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of asyncio's own, since Python 3.13
def test_server_cancelled_during_an_accept_closes_the_socket(
    canceller: Canceller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A socket that asyncio has accepted and not given us yet when its server is closed is beyond our reach."""
    given: list[Wire] = []

    class Noted(Wire):
        def connection_made(self, transport: the_library.BaseTransport) -> None:
            given.append(self)
            super().connection_made(transport)

    monkeypatch.setattr(_backend, "Wire", Noted)

    async def cancelled_after(steps: int) -> bool:
        """Whether it takes that many."""
        loop = the_library.get_running_loop()
        loop.set_exception_handler(lambda *_: None)  # it complains of what is beyond our reach
        listening: the_library.Future[tuple[str, int]] = loop.create_future()

        async def serve() -> None:
            async with asyncio.serve(ScriptedDataCenter()) as server:
                listening.set_result(server.address)
                await the_library.Event().wait()

        task = the_library.ensure_future(serve())
        address = await listening
        canceller.cancel(task, steps)
        with socket.create_connection(address), socket.create_connection(address):
            await _settled()
            takes_so_many = canceller.steps <= 0
            task.cancel()
            with contextlib.suppress(the_library.CancelledError):
                await task
            return takes_so_many

    steps, takes_so_many = 0, True
    while takes_so_many:
        steps += 1
        takes_so_many = the_library.run(cancelled_after(steps))
        assert all(wire.transport.is_closing() for wire in given), f"left open when cancelled after {steps} callbacks"
    assert len(given) > 20, "a client was accepted"
    gc.collect()  # it warns of what is beyond our reach


def test_second_address_is_tried_while_the_first_one_is_silent() -> None:
    async def connect_past_a_silent_peer() -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            async with asyncio.serve(ScriptedDataCenter(), tls=contexts()[0]) as server:
                assert server.tls_address is not None
                addresses: list[tuple[str, int]] = [silent.getsockname(), server.tls_address]
                attempts = [Attempt(*each, server.tls_address, tls=contexts()[1]) for each in addresses]
                found = await open_socket(attempts, 0.05)
                assert found.wire.transport.get_extra_info("peername")[:2] == tuple(server.tls_address)
                await found.wire.abort()

    the_library.run(the_library.wait_for(connect_past_a_silent_peer(), 30))


def test_tls_handshake_with_a_silent_peer_times_out() -> None:
    async def connect_to_silent_peer() -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            async with asyncio.connect(silent.getsockname(), client_config(), tls=contexts()[1], timeout=0.1):
                pass

    with pytest.raises(TimeoutError, match=r"no connection with 127\.0\.0\.1 port"):
        the_library.run(the_library.wait_for(connect_to_silent_peer(), 30))


def test_only_names_are_looked_up() -> None:
    looked_up: list[str] = []

    async def main(port: int) -> None:
        async def look_up(host: str, *_: object, **__: object) -> Any:
            looked_up.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

        the_library.get_running_loop().getaddrinfo = look_up  # type: ignore[method-assign, assignment]
        for host in ("127.0.0.1", "dc.example"):
            found = await open_socket([Attempt(host, port, (host, port))], None)
            await found.wire.abort()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        the_library.run(main(listener.getsockname()[1]))
    assert looked_up == ["dc.example"]


def name_with_two_addresses(port: int) -> Attempt:
    return Attempt("dc.example", port, ("dc.example", port))


@pytest.mark.parametrize("error", [OSError("refused"), ZeroDivisionError("a bug")])
def test_failure_of_each_address_is_named_and_a_bug_raised(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    async def main() -> None:
        loop = the_library.get_running_loop()

        async def look_up(*_: object, **__: object) -> Any:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"192.0.2.{last}", 1)) for last in (1, 2)]

        async def fail(_: object, host: str, port: int) -> Any:
            tried.append(host)
            raise error

        monkeypatch.setattr(loop, "getaddrinfo", look_up)
        monkeypatch.setattr(loop, "create_connection", fail)
        await open_socket([name_with_two_addresses(1)], None)

    kind = OSError if isinstance(error, OSError) else ZeroDivisionError
    with pytest.raises(kind, match=str(error)):
        the_library.run(main())
    assert tried == (["192.0.2.1", "192.0.2.2"] if kind is OSError else ["192.0.2.1"])
