"""Our relay of a WEB proxy in a thread of its own, for clients on this machine."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import replace

from sansio_tl.framing import ProxySecret
from sansio_tl.proxy import Proxy, WebAddress
from sansio_tl.proxy.web_relay import WebRelayConfig
from sansio_tl_transports.web_proxy import serve_web_proxy
from tests.transports.certificates import contexts

PATH = "blog/posts"


@contextlib.contextmanager
def web_relay(target_port: int, secret: str, *, web_socket: bool, path: str = PATH) -> Iterator[Proxy]:
    """A relay before the MTProxy at this port; the proxy for its clients, which trust our test certificate."""
    address, parsed = WebAddress("localhost", path), ProxySecret.parse(secret)
    config = WebRelayConfig(address=address, secret=parsed, web_socket=web_socket)
    ready = threading.Event()
    ports: list[int] = []
    loops: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def run() -> None:
        over = asyncio.Event()
        async with serve_web_proxy(config, ("127.0.0.1", target_port), tls=contexts()[0]) as server:
            ports.append(server.address[1])
            loops.append((asyncio.get_running_loop(), over))
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert ready.wait(20)
    try:
        yield replace(Proxy.parse(address.link(parsed)), port=ports[0])
    finally:
        loop, over = loops[0]
        loop.call_soon_threadsafe(over.set)
        thread.join(20)
        assert not thread.is_alive()
