"""TR24 over real sockets: a client that does not read what it has asked for keeps neither its place nor a socket."""

from __future__ import annotations

import asyncio
import socket

import pytest

from sansio_tl.framing import ProxySecret
from sansio_tl.proxy import WebAddress
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


@pytest.mark.parametrize("asked", [REQUEST * 16, LAST], ids=["open", "closing"])
def test_TR24_client_that_does_not_read_loses_its_place(asked: bytes) -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        async with serve_web_proxy(config(0.5), ("127.0.0.1", 1), max_connections=1) as server:
            with client() as silent:
                await loop.sock_connect(silent, server.address)
                await loop.sock_sendall(silent, asked)
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
