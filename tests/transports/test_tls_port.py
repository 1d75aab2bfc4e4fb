"""The TLS port of a server: limits and timeouts count from the TCP connection, not from the TLS handshake."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

import pytest

from sansio_tl.limits import Limits
from tests.helpers.adapters import Adapter, each_adapter
from tests.helpers.connected_pair import client_config
from tests.helpers.scripted_data_center import ANSWERED, NEAREST, ScriptedDataCenter
from tests.transports.certificates import contexts
from tests.transports.test_adapters import data_center, open_files, our_threads

pytestmark = each_adapter

HANDSHAKE_TIMEOUT = 0.5


@pytest.fixture(autouse=True)
def _nothing_is_left_behind() -> Iterator[None]:
    files, threads = open_files(), our_threads()
    yield
    assert our_threads() == threads, "threads were left behind"
    assert open_files() == files, "sockets were left behind"


@contextlib.contextmanager
def silent(address: tuple[str, int], number: int) -> Iterator[list[socket.socket]]:
    """So many clients that connect and send nothing."""
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(socket.create_connection(address)) for _ in range(number)]
        for peer in peers:
            peer.setblocking(False)
        yield peers


def disconnected(peers: list[socket.socket]) -> int:
    """On how many of them the server has closed."""
    count = 0
    for peer in peers:
        try:
            count += peer.recv(1) == b""
        except BlockingIOError:
            continue
        except ConnectionError:
            count += 1
    return count


async def until_hung_up(adapter: Adapter, peers: list[socket.socket], number: int) -> None:
    deadline = time.monotonic() + 10
    while disconnected(peers) != number:
        assert time.monotonic() < deadline, f"{disconnected(peers)} instead of {number}"
        await adapter.sleep(0.02)


@pytest.mark.parametrize("kind", ["address", "tls_address"])
def test_client_without_a_tls_handshake_counts_and_is_disconnected_in_time(adapter: Adapter, kind: str) -> None:
    async def scenario() -> None:
        async with adapter.serve(ScriptedDataCenter(), tls=contexts()[0], max_connections=3) as server:
            with silent(getattr(server, kind), 10) as peers:
                await until_hung_up(adapter, peers, 7)
        dc = data_center(limits=Limits(handshake_timeout=HANDSHAKE_TIMEOUT))
        async with adapter.serve(dc, tls=contexts()[0], max_connections=3) as server:
            began = time.monotonic()
            with silent(getattr(server, kind), 3) as peers:
                await until_hung_up(adapter, peers, 3)
                assert time.monotonic() - began >= HANDSHAKE_TIMEOUT
                async with adapter.connect(server.tls_address, client_config(), tls=contexts()[1]):
                    pass

    adapter.run(scenario)


def test_failed_tls_handshake_frees_its_connection_slot(adapter: Adapter) -> None:
    bugs: list[Exception] = []

    async def scenario() -> None:
        serving = adapter.serve(ScriptedDataCenter(), tls=contexts()[0], max_connections=1, on_error=bugs.append)
        async with serving as server:
            with silent(server.tls_address, 1) as peers:
                peers[0].send(b"GET / HTTP/1.1\r\n\r\n")
                deadline = time.monotonic() + 10
                while peers[0].fileno() != -1:
                    assert time.monotonic() < deadline
                    try:
                        if not peers[0].recv(100):
                            break
                    except BlockingIOError:
                        await adapter.sleep(0.02)
                    except ConnectionError:
                        break
            await adapter.sleep(0.05)
            async with adapter.connect(server.tls_address, client_config(), tls=contexts()[1], timeout=5) as connection:
                assert await connection.invoke(ANSWERED, timeout=5) == NEAREST

    adapter.run(scenario)
    assert bugs == [], "it is the peer's doing"


def test_closing_server_does_not_wait_for_tls_handshakes(adapter: Adapter) -> None:
    async def scenario() -> None:
        began = time.monotonic()
        with contextlib.ExitStack() as stack:
            async with adapter.serve(ScriptedDataCenter(), tls=contexts()[0]) as server:
                peers = stack.enter_context(silent(server.tls_address, 2))
                await adapter.sleep(0.1)
            await until_hung_up(adapter, peers, 2)
        assert time.monotonic() - began < 5

    adapter.run(scenario)
