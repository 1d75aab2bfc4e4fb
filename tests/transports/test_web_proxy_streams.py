"""The relay of a WEB proxy between a client that polls and a target: what passes, and what is left of it at the end."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from sansio_tl.errors import LocalProtocolError
from sansio_tl.framing import ProxySecret
from sansio_tl.proxy import WebAddress
from sansio_tl.proxy.web_frames import FrameType, WebFrame, read_batch
from sansio_tl.proxy.web_relay import WebRelay, WebRelayConfig, WebRelayConnection
from sansio_tl.proxy.web_site import Page, Site
from sansio_tl.proxy.web_streams import RelayStream
from sansio_tl_transports import Clock, web_proxy
from sansio_tl_transports.web_proxy import RelayServer, TargetConnection, serve_web_proxy
from tests.transports.proxies import free_port, secret

CONFIG = WebRelayConfig(
    address=WebAddress("localhost"),
    secret=ProxySecret.parse(secret("dd")),
    site=Site(pages={"/": Page(b"the page")}),
    long_poll=600.0,
)
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
SOON = 10.0
"""Seconds after which a test fails. What is waited for takes milliseconds, or as long as one of the timeouts."""


def run(scenario: Coroutine[Any, Any, None]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(SOON):
            await scenario

    asyncio.run(limited())


class Poller:
    """A client that has opened a session, and sends and polls frames over one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.path = ""
        self._sent = self._cursor = 0

    @classmethod
    async def connect(cls, address: tuple[str, int]) -> Poller:
        poller = cls(*await asyncio.open_connection(*address))
        body = json.dumps({"bridge": CONFIG.address.capability(CONFIG.secret)}).encode()
        _, opened = await poller.ask("POST", "/api/v1/session", body)
        poller.path = f"/api/v1/session/{json.loads(opened)['id']}"
        await poller.send(WebFrame(FrameType.HELLO, 0, b"\x01"))
        return poller

    async def ask(self, method: str, path: str, body: bytes = b"") -> tuple[bytes, bytes]:
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
        self._writer.write(head.encode() + body)
        head_of_answer = await self._reader.readuntil(b"\r\n\r\n")
        assert head_of_answer.startswith(b"HTTP/1.1 20"), head_of_answer
        size = head_of_answer.lower().partition(b"content-length: ")[2].split()[0]
        return head_of_answer, await self._reader.readexactly(int(size))

    async def send(self, *frames: WebFrame) -> None:
        await self.ask("POST", f"{self.path}/up?seq={self._sent}", b"".join(frame.encode() for frame in frames))
        self._sent += 1

    async def receive(self) -> list[WebFrame]:
        """The frames of one poll; for data, credit is given at once."""
        head, body = await self.ask("GET", f"{self.path}/down?cursor={self._cursor}")
        cursor = head.lower().partition(b"x-cursor: ")[2].split()
        self._cursor = int(cursor[0]) if cursor else self._cursor
        return list(read_batch(body)) if body else []

    async def until_closed(self, number: int) -> bytes:
        """The data of a stream until the relay closes it."""
        data = b""
        while True:
            for frame in await self.receive():
                if frame.stream_id == number and frame.type is FrameType.DATA:
                    data += frame.payload
                elif frame.stream_id == number and frame.type is FrameType.CLOSE:
                    return data

    def close(self) -> None:
        self._writer.close()


Handle = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


@asynccontextmanager
async def target(handle: Handle) -> AsyncIterator[tuple[str, int]]:
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[:2]
    server.close()
    await server.wait_closed()


def stream(number: int, data: bytes = b"") -> list[WebFrame]:
    """The frames that open a stream."""
    return [WebFrame(FrameType.OPEN, number), *([WebFrame(FrameType.DATA, number, data)] if data else [])]


def test_relay_passes_bytes_both_ways_until_the_target_ends() -> None:
    bugs: list[Exception] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.readexactly(5))[::-1])
        writer.close()

    async def scenario() -> None:
        async with target(answer) as address, serve_web_proxy(CONFIG, address, on_error=bugs.append) as server:
            client = await Poller.connect(server.address)
            for number in (1, 2):
                await client.send(*stream(number, b"hello"))
                assert await client.until_closed(number) == b"olleh"
            client.close()

    run(scenario())
    assert bugs == []


def test_target_is_read_on_as_the_client_reads() -> None:
    """More than a stream stores passes, and in the right order."""
    data = b"".join(number.to_bytes(4, "big") for number in range(1 << 15))

    async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1)
        writer.write(data)
        await writer.drain()
        writer.close()

    async def scenario() -> None:
        config = replace(CONFIG, max_queued=1 << 12)
        async with target(send) as address, serve_web_proxy(config, address) as server:
            client = await Poller.connect(server.address)
            await client.send(*stream(1, b"x"))
            assert await client.until_closed(1) == data
            client.close()

    run(scenario())


def test_stream_that_the_client_closes_ends_its_target_at_once() -> None:
    async def scenario() -> None:
        ended = asyncio.Event()

        async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            assert await reader.read() == b"the rest"
            ended.set()
            writer.close()

        async with target(wait) as address, serve_web_proxy(CONFIG, address) as server:
            client = await Poller.connect(server.address)
            await client.send(*stream(1, b"the rest"), WebFrame(FrameType.CLOSE, 1))
            await asyncio.wait_for(ended.wait(), SOON / 2)
            client.close()

    run(scenario())


def test_target_that_cannot_be_reached_closes_the_stream_and_is_no_bug(opened: list[socket.socket]) -> None:
    bugs: list[Exception] = []

    async def scenario() -> None:
        async with serve_web_proxy(CONFIG, ("127.0.0.1", free_port()), on_error=bugs.append) as server:
            client = await Poller.connect(server.address)
            await client.send(*stream(1, b"x"))
            assert await client.until_closed(1) == b""
            client.close()

    run(scenario())
    assert bugs == []
    assert still_open(opened) == []


def still_open(sockets: list[socket.socket]) -> list[socket.socket]:
    return [each for each in sockets if each.fileno() != -1 and each.type == socket.SOCK_STREAM]


def test_bug_with_a_target_is_reported_and_closes_its_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    bugs: list[Exception] = []
    reported = asyncio.Event()

    def report(bug: Exception) -> None:
        bugs.append(bug)
        if len(bugs) == 2:
            reported.set()

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def scenario() -> None:
        async with target(wait) as address, serve_web_proxy(CONFIG, address, on_error=report) as server:
            client = await Poller.connect(server.address)
            with monkeypatch.context() as patch:
                patch.setattr(RelayStream, "delivered", fail)
                await client.send(*stream(1, b"x"))
                assert await client.until_closed(1) == b""
            with monkeypatch.context() as patch:
                patch.setattr(RelayStream, "release", fail)
                await client.send(*stream(2), WebFrame(FrameType.CLOSE, 2))
                await asyncio.wait_for(reported.wait(), SOON / 2)
            client.close()

    run(scenario())
    assert [type(bug) for bug in bugs] == [ZeroDivisionError] * 2


def gated(gate: asyncio.Event) -> None:
    """Targets of the running loop take nothing before the gate is open."""
    loop: Any = asyncio.get_running_loop()
    send = loop.sock_sendall

    async def sock_sendall(sock: socket.socket, data: bytes) -> None:
        await gate.wait()
        await send(sock, data)

    loop.sock_sendall = sock_sendall


async def ignore(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


def test_target_that_does_not_take_the_rest_loses_its_place_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_proxy, "TARGET_TIMEOUT", 0.5)

    async def scenario() -> None:
        config = replace(CONFIG, max_total_streams=1)
        async with target(ignore) as address, serve_web_proxy(config, address) as server:
            client = await Poller.connect(server.address)
            gated(asyncio.Event())
            await client.send(*stream(1, b"x"), WebFrame(FrameType.CLOSE, 1))
            await forgotten(TargetConnection)
            await client.send(*stream(2))
            client.close()

    run(scenario())


async def forgotten(*kinds: type) -> None:
    """Wait until there are no objects of these kinds."""
    for _ in range(500):
        gc.collect()
        if not any(isinstance(each, kinds) for each in gc.get_objects()):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("they are kept")


def test_nothing_is_kept_of_streams_and_connections_that_have_ended() -> None:
    async def end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    async def scenario() -> None:
        async with target(end) as address, serve_web_proxy(replace(CONFIG, long_poll=0.2), address) as server:
            client = await Poller.connect(server.address)
            for number in (1, 2):
                await client.send(*stream(number, b"x"))
                await client.until_closed(number)
            client.close()
            await forgotten(TargetConnection, WebRelayConnection)

    run(scenario())


def test_nothing_is_kept_of_a_connection_that_a_bug_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> bytes:
        raise ZeroDivisionError

    async def scenario() -> None:
        async with serve_web_proxy(CONFIG, ("127.0.0.1", 9), on_error=lambda _: None) as server:
            with monkeypatch.context() as patch:
                patch.setattr(WebRelayConnection, "data_to_send", fail)
                reader, writer = await asyncio.open_connection(*server.address)
                assert await reader.read() == b""
                writer.close()
            await forgotten(WebRelayConnection)

    run(scenario())


def test_bytes_for_a_target_are_sent_without_delay(opened: list[socket.socket]) -> None:
    async def scenario() -> None:
        received = asyncio.Event()

        async def read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1)
            received.set()
            await reader.read()
            writer.close()

        async with target(read) as address, serve_web_proxy(CONFIG, address) as server:
            client = await Poller.connect(server.address)
            await client.send(WebFrame(FrameType.OPEN, 1), WebFrame(FrameType.DATA, 1, b"x"))
            await received.wait()
            connected = [each for each in opened if each.fileno() != -1 and peer_of(each) == address]
            assert [each.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0 for each in connected] == [True]
            await client.send(WebFrame(FrameType.CLOSE, 1))
            client.close()

    run(scenario())


def peer_of(sock: socket.socket) -> object:
    try:
        return sock.getpeername()[:2]
    except OSError:
        return None


def test_end_of_the_relay_does_not_wait_for_a_target_that_is_being_connected(opened: list[socket.socket]) -> None:
    async def scenario() -> None:
        loop: Any = asyncio.get_running_loop()
        begun = asyncio.Event()

        async def hang(*_: object) -> None:
            begun.set()
            await asyncio.Event().wait()

        async def two_addresses(*_: object, **__: object) -> Any:
            return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 9))] * 2

        async with serve_web_proxy(CONFIG, ("127.0.0.1", 9)) as server:
            client = await Poller.connect(server.address)
            loop.sock_connect, loop.getaddrinfo = hang, two_addresses
            await client.send(WebFrame(FrameType.OPEN, 1))
            await begun.wait()
            del loop.sock_connect, loop.getaddrinfo
        client.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    async def limited() -> None:
        async with asyncio.timeout(SOON / 2):
            await scenario()

    asyncio.run(limited())
    assert still_open(opened) == []


# --- connections of clients -------------------------------------------------------------------------------------------


def test_requests_that_arrive_together_are_all_answered() -> None:
    async def scenario() -> None:
        async with serve_web_proxy(CONFIG, ("127.0.0.1", 9)) as server:
            reader, writer = await asyncio.open_connection(*server.address)
            writer.write(REQUEST * 3)
            for _ in range(3):
                await reader.readuntil(b"the page")
            writer.close()

    run(scenario())


def test_client_is_read_on_once_its_answers_are_sent() -> None:
    """Requests that fill more than one read, while the answers to the first ones wait."""
    request = REQUEST.replace(b"\r\n\r\n", b"\r\nX-Long: " + b"x" * 8000 + b"\r\n\r\n")
    site = Site(pages={"/": Page(bytes(1 << 18) + b"the end")})

    async def scenario() -> None:
        async with serve_web_proxy(replace(CONFIG, site=site), ("127.0.0.1", 9)) as server:
            reader, writer = await asyncio.open_connection(*server.address, limit=1 << 20)
            writer.write(request * 20)
            for _ in range(20):
                await reader.readuntil(b"the end")
            writer.close()

    run(scenario())


def test_client_that_sends_nothing_more_gets_its_answer() -> None:
    async def scenario() -> None:
        async with serve_web_proxy(CONFIG, ("127.0.0.1", 9)) as server:
            reader, writer = await asyncio.open_connection(*server.address)
            writer.write(REQUEST)
            writer.write_eof()
            assert (await reader.read()).endswith(b"the page")
            writer.close()

    run(scenario())


def test_idle_connection_is_closed_in_time() -> None:
    async def scenario() -> None:
        errors: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
        config = replace(CONFIG, request_timeout=0.1)
        async with serve_web_proxy(config, ("127.0.0.1", 9)) as server:
            for ends_before in (False, True):
                reader, writer = await asyncio.open_connection(*server.address)
                if ends_before:
                    writer.write_eof()
                await reader.read()
                writer.close()
            await asyncio.sleep(0.2)
        assert errors == [], "the timer of a connection that has ended does nothing"

    run(scenario())


def test_relay_listens_until_its_end_only() -> None:
    async def scenario() -> None:
        for host in ("127.0.0.1", "::1"):
            async with serve_web_proxy(CONFIG, ("127.0.0.1", 9), host) as server:
                assert server.address == (host, server.address[1])
                _, writer = await asyncio.open_connection(*server.address)
                writer.close()
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection(*server.address)

    run(scenario())


def test_bug_is_logged_by_default(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def fail(*_: object, **__: object) -> bytes:
        raise ZeroDivisionError

    monkeypatch.setattr(WebRelayConnection, "data_to_send", fail)

    async def scenario() -> None:
        async with serve_web_proxy(CONFIG, ("127.0.0.1", 9)) as server:
            reader, writer = await asyncio.open_connection(*server.address)
            assert await reader.read() == b""
            writer.close()

    with caplog.at_level(logging.ERROR):
        run(scenario())
    [record] = caplog.records
    assert record.message == "a bug has ended one connection; the others are not affected"
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], ZeroDivisionError)


def test_relay_without_its_libraries_is_a_local_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sansio_tl.proxy.web_relay", None)

    async def scenario() -> None:
        async with serve_web_proxy(CONFIG, ("127.0.0.1", 9)):
            pass

    with pytest.raises(LocalProtocolError, match=r"web_relay"):
        run(scenario())


class Transport:
    """Notes that it was closed."""

    def __init__(self) -> None:
        self.aborted = False

    def abort(self) -> None:
        self.aborted = True


class Writer:
    """What `accept` needs of a writer."""

    def __init__(self) -> None:
        self.transport = Transport()


@pytest.mark.parametrize("is_closed_before", [True, False])
def test_connection_that_is_accepted_at_the_end_is_closed(*, is_closed_before: bool) -> None:
    """Its task is cancelled before it begins, or there is none."""

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        relay, writer = WebRelay(CONFIG, entropy=bytes), Writer()
        async with asyncio.TaskGroup() as tasks:
            running = RelayServer(relay, ("127.0.0.1", 9), Clock(loop.time), tasks, 10, print)
            if is_closed_before:
                running.close()
            running.accept(asyncio.StreamReader(), writer)  # type: ignore[arg-type]
            if not is_closed_before:
                running.close()
        assert writer.transport.aborted

    run(scenario())
