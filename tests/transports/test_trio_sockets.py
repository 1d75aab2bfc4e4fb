"""A socket that was opened is closed wherever a cancellation hits: after each step of trio's tasks, one by one."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable

import pytest
import trio as the_library
from trio.testing import wait_all_tasks_blocked

from sansio_tl_transports import trio
from sansio_tl_transports._shared.connect_options import Attempt
from sansio_tl_transports.trio._sockets import open_socket
from sansio_tl_transports.trio._stream import Wire
from tests.helpers.connected_pair import client_config
from tests.helpers.scripted_data_center import ANSWERED, NEAREST, ScriptedDataCenter
from tests.transports.certificates import contexts
from tests.transports.test_client import settings
from tests.transports.trio_instruments import Canceller, after_every_step

Scenario = Callable[[trio.Server, ScriptedDataCenter], Awaitable[None]]


async def _two_addresses(server: trio.Server, _: ScriptedDataCenter) -> None:
    attempts = [Attempt(*server.address, server.address) for _ in range(2)]
    found = await open_socket(attempts, 0)
    found.wire.close()


async def _an_address_inside_TLS(server: trio.Server, _: ScriptedDataCenter) -> None:
    assert server.tls_address is not None
    found = await open_socket([Attempt(*server.tls_address, server.tls_address, tls=contexts()[1])], None)
    found.wire.close()


async def _a_connection_over_two_sockets(server: trio.Server, data_center: ScriptedDataCenter) -> None:
    async with trio.connect(server.address, client_config(), framing="http") as connection:
        while len(data_center.connections) < 2:
            assert await connection.invoke(ANSWERED) == NEAREST


async def _an_account_over_two_sockets(server: trio.Server, data_center: ScriptedDataCenter) -> None:
    async with trio.open_client(settings(server.address), framing="http") as account:
        while len(data_center.connections) < 2:
            assert await account.invoke(ANSWERED) == NEAREST


async def _a_connection_inside_TLS(server: trio.Server, _: ScriptedDataCenter) -> None:
    assert server.tls_address is not None
    async with trio.connect(server.tls_address, client_config(), tls=contexts()[1]) as connection:
        assert await connection.invoke(ANSWERED) == NEAREST


async def _a_server_that_is_left(*_: object) -> None:
    async with trio.serve(ScriptedDataCenter(), tls=contexts()[0]) as server:
        assert server.tls_address is not None
        with socket.create_connection(server.address), socket.create_connection(server.tls_address):
            await wait_all_tasks_blocked()


@pytest.mark.parametrize(
    "scenario",
    [
        _two_addresses,
        _an_address_inside_TLS,
        _a_connection_inside_TLS,
        _a_connection_over_two_sockets,
        _an_account_over_two_sockets,
        _a_server_that_is_left,
    ],
)
def test_cancellation_leaves_no_socket_open(scenario: Scenario, opened: list[socket.socket]) -> None:
    async def cancelled_after(steps: int) -> bool:
        """Whether the scenario takes that many."""
        data_center = ScriptedDataCenter()
        async with trio.serve(data_center, tls=contexts()[0]) as server:
            with the_library.CancelScope() as scope:
                canceller = Canceller(scope, steps)
                the_library.lowlevel.add_instrument(canceller)
                await scenario(server, data_center)
            the_library.lowlevel.remove_instrument(canceller)
        return canceller.steps <= 0

    after_every_step(cancelled_after, opened)


def test_tls_handshake_waits_for_data_and_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(_: object) -> None:
        raise AssertionError("there is room")

    async def main() -> None:
        for_server, for_client = contexts()
        ours, theirs = (Wire(the_library.SocketStream(the_library.socket.from_stdlib_socket(each))) for each in pair)
        async with the_library.open_nursery() as tasks:
            tasks.start_soon(ours.begin_tls, for_server)
            await theirs.begin_tls(for_client, "127.0.0.1")
        for wire, context in ((ours, for_server), (theirs, for_client)):
            with pytest.raises(TypeError, match="TLS has been started already"):
                await wire.begin_tls(context)
        await ours.send_all(b"hello")
        assert await theirs.receive() == b"hello"
        ours.close()
        theirs.close()

    pair = socket.socketpair()
    monkeypatch.setattr(the_library.lowlevel, "wait_writable", never)
    the_library.run(main)
