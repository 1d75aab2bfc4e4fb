"""Hosts and ports that cannot be connected to."""

from __future__ import annotations

import asyncio
import time

import pytest
import trio

from sansio_tl.errors import LocalProtocolError
from sansio_tl_transports import ConnectError
from sansio_tl_transports._shared.connect_options import Attempt, ConnectOptions
from sansio_tl_transports.asyncio import _sockets as asyncio_sockets
from sansio_tl_transports.sync._opener import Opened, Steps, start_task
from sansio_tl_transports.sync._opener import open_socket as open_sync_socket
from sansio_tl_transports.sync._waiter import Answer
from sansio_tl_transports.sync._worker import running
from sansio_tl_transports.trio import _sockets as trio_sockets

LONG = "a" * 70 + ".invalid"
BAD = [(LONG, 443), (".", 443), ("a..b", 443), ("127.0.0.1", 70000), ("127.0.0.1", 0)]


def open_in_worker(attempt: Attempt) -> Opened:
    with running() as worker:
        answer: Answer[Opened] = Answer(worker.make_event())

        def steps() -> Steps[None]:
            answer.succeed((yield from open_sync_socket([attempt], None)))

        start_task(worker, steps(), answer.fail)
        assert answer.event.wait(5)
        return answer.get()


@pytest.mark.parametrize(("host", "port"), BAD)
@pytest.mark.parametrize("proxy", [None, "socks5://127.0.0.1:1080"])
def test_impossible_address_is_refused_before_connecting(host: str, port: int, proxy: str | None) -> None:
    with pytest.raises(LocalProtocolError):
        ConnectOptions(proxy=proxy, clock=time.time).attempts([(host, port)])


@pytest.mark.parametrize(("host", "port"), [(LONG, 443), ("127.0.0.1", 1 << 40)])
def test_python_errors_while_connecting_become_connect_errors(host: str, port: int) -> None:
    attempt = Attempt(host, port, (host, port))
    with pytest.raises((ConnectError, OSError)):
        asyncio.run(asyncio_sockets.open_socket([attempt], None))
    with pytest.raises((ConnectError, OSError)):
        trio.run(trio_sockets.open_socket, [attempt], None)
    with pytest.raises((ConnectError, OSError)):
        open_in_worker(attempt)
