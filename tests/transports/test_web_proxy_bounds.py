"""TR24 over real sockets: a client that does not read what it has asked for keeps neither its place nor a socket."""

from __future__ import annotations

import asyncio
import json
import socket
import tracemalloc
from dataclasses import replace

import pytest

from sansio_tl.framing import ProxySecret
from sansio_tl.proxy import WebAddress
from sansio_tl.proxy.web_frames import FrameType, WebFrame
from sansio_tl.proxy.web_relay import WebRelayConfig
from sansio_tl.proxy.web_site import Page, Site
from sansio_tl_transports.web_proxy import serve_web_proxy
from tests.transports.proxies import secret

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def config(timeout: float) -> WebRelayConfig:
    site = Site(pages={"/": Page(bytes(1 << 20))})
    return WebRelayConfig(
        address=WebAddress("localhost"), secret=ProxySecret.parse(secret("dd")), site=site, request_timeout=timeout
    )


def client() -> socket.socket:
    """Its receive buffer is small, and so is what the system keeps for it."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    return sock


def test_TR24_client_that_does_not_read_loses_its_place() -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        async with serve_web_proxy(config(0.5), ("127.0.0.1", 1), max_connections=1) as server:
            with client() as silent:
                await loop.sock_connect(silent, server.address)
                await loop.sock_sendall(silent, REQUEST * 16)
                assert await answer(server.address) == b""
                data = b""
                for _ in range(100):
                    await asyncio.sleep(0.1)
                    if data := await answer(server.address):
                        break
                assert data.startswith(b"HTTP/1.1 200 ")

    asyncio.run(scenario())


def test_TR24_client_that_does_not_read_the_rest_loses_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """The relay has written everything into the buffer of its socket, and closes."""

    async def drained(self: asyncio.StreamWriter) -> None:
        """At once, so that only the time for closing counts."""

    monkeypatch.setattr(asyncio.StreamWriter, "drain", drained)

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        site = Site(pages={"/": Page(bytes(16 << 20))})
        async with serve_web_proxy(replace(config(0.5), site=site), ("127.0.0.1", 1), max_connections=1) as server:
            with client() as silent:
                await loop.sock_connect(silent, server.address)
                await loop.sock_sendall(silent, LAST)
                await asyncio.sleep(0.2)
                assert await answer(server.address) == b""
                data = b""
                for _ in range(100):
                    await asyncio.sleep(0.1)
                    if data := await answer(server.address):
                        break
                assert data.startswith(b"HTTP/1.1 200 ")

    asyncio.run(scenario())


def test_TR24_client_that_reads_slowly_keeps_its_place() -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        async with serve_web_proxy(config(1.0), ("127.0.0.1", 1)) as server:
            with client() as slow:
                await loop.sock_connect(slow, server.address)
                await loop.sock_sendall(slow, LAST)
                size = 0
                while data := await loop.sock_recv(slow, 1 << 14):
                    size += len(data)
                    await asyncio.sleep(0.03)
                assert size > 1 << 20

    asyncio.run(scenario())


def test_TR24_targets_of_a_full_session_are_not_read() -> None:
    """No buffer of a socket is beside what the relay counts."""
    streams = 32
    flood = bytes(1 << 20)

    async def target(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.read(1):
                writer.transport.set_write_buffer_limits(high=0)
                while True:
                    writer.write(memoryview(flood)[:4096])
                    await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def scenario() -> None:
        settings = replace(config(30.0), max_session_bytes=1 << 16)
        frames = [WebFrame(FrameType.HELLO, 0, b"\x01")]
        for number in range(1, streams + 1):
            frames += [WebFrame(FrameType.OPEN, number), WebFrame(FrameType.DATA, number, b"x")]
        targets = await asyncio.start_server(target, "127.0.0.1", 0)
        async with serve_web_proxy(settings, targets.sockets[0].getsockname()[:2]) as server:
            reader, writer = await asyncio.open_connection(*server.address)
            body = json.dumps({"bridge": settings.address.capability(settings.secret)}).encode()
            writer.write(post("/api/v1/session", body))
            head = await reader.readuntil(b"\r\n\r\n")
            size = int(head.lower().partition(b"content-length: ")[2].split()[0])
            session = json.loads(await reader.readexactly(size))["id"]
            tracemalloc.start()
            try:
                writer.write(post(f"/api/v1/session/{session}/up?seq=0", b"".join(each.encode() for each in frames)))
                assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
                await asyncio.sleep(1.5)
                stored = tracemalloc.get_traced_memory()[0]
            finally:
                tracemalloc.stop()
                writer.close()
            assert stored < (1 << 16) + streams * (1 << 14) + (1 << 20)
        targets.close()

    asyncio.run(scenario())


def test_TR24_closed_stream_keeps_its_place_until_its_target_has_taken_the_rest() -> None:
    async def scenario() -> None:
        settings = replace(config(30.0), max_total_streams=1)
        with socket.create_server(("127.0.0.1", 0)) as target:
            target.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            target.setblocking(False)
            loop = asyncio.get_running_loop()
            async with serve_web_proxy(settings, target.getsockname()) as server:
                reader, writer = await asyncio.open_connection(*server.address)

                async def ask(method: str, path: str, body: bytes = b"") -> bytes:
                    writer.write(post(path, body).replace(b"POST", method.encode(), 1))
                    head = await reader.readuntil(b"\r\n\r\n")
                    return await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split()[0]))

                body = json.dumps({"bridge": settings.address.capability(settings.secret)}).encode()
                path = f"/api/v1/session/{json.loads(await ask('POST', '/api/v1/session', body))['id']}"
                hello, welcome = WebFrame(FrameType.HELLO, 0, b"\x01").encode(), WebFrame(FrameType.WELCOME, 0).encode()
                opened = WebFrame(FrameType.OPEN, 1).encode()
                await ask("POST", f"{path}/up?seq=0", hello + opened)
                for number in range(1, 5):
                    piece = WebFrame(FrameType.DATA, 1, bytes(1_000_000)).encode()
                    await ask("POST", f"{path}/up?seq={number}", piece)
                closed = WebFrame(FrameType.CLOSE, 1).encode()
                await ask("POST", f"{path}/up?seq=5", closed + WebFrame(FrameType.OPEN, 2).encode())
                frames = await ask("GET", f"{path}/down?cursor=0")
                assert frames == welcome + WebFrame(FrameType.CLOSE, 2).encode()

                sock, _ = await loop.sock_accept(target)
                with sock:
                    size = 0
                    while data := await loop.sock_recv(sock, 1 << 20):
                        size += len(data)
                    assert size == 4_000_000
                await asyncio.sleep(0.1)
                await ask("POST", f"{path}/up?seq=6", WebFrame(FrameType.OPEN, 3).encode())
                (await asyncio.wait_for(loop.sock_accept(target), 5))[0].close()
                writer.close()

    asyncio.run(scenario())


def post(target: str, body: bytes) -> bytes:
    return f"POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def answer(address: tuple[str, int]) -> bytes:
    """The beginning of the answer to another visitor; empty if the relay closes the connection."""
    reader, writer = await asyncio.open_connection(*address)
    try:
        writer.write(LAST)
        return await reader.read(100)
    except ConnectionError:
        return b""
    finally:
        writer.close()
