"""What the asyncio and the trio adapter share of opening a socket: the handshakes with the proxy and of TLS."""

from __future__ import annotations

import ssl
from typing import Protocol

from sansio_tl.proxy import ProxyError, ProxyHandshake
from sansio_tl_transports._shared.connect_options import Attempt, Failure


class Stream(Protocol):
    """An open socket."""

    async def send_all(self, data: bytes) -> None: ...
    async def receive(self) -> bytes: ...
    async def begin_tls(self, context: ssl.SSLContext, host: str | None = None) -> None: ...


async def begin(stream: Stream, attempt: Attempt) -> bytes:
    """The handshakes of a client; returns bytes of the data center that were received with the proxy's answer.

    Raises OSError (ConnectError among them) or ProxyError.
    """
    leftover = b""
    if (handshake := attempt.proxy_handshake()) is not None:
        try:
            await _proxy_handshake(stream, handshake)
        except Failure as error:
            raise attempt.handshake_failed(handshake, error) from error
        leftover = handshake.leftover
    if attempt.tls is not None:
        if leftover:
            raise ProxyError("TLS", "the server sent data before the TLS handshake")
        try:
            await stream.begin_tls(attempt.tls, attempt.target[0])
        except (OSError, EOFError) as error:
            raise attempt.tls_failed(error) from error
    return leftover


async def _proxy_handshake(stream: Stream, handshake: ProxyHandshake) -> None:
    while not handshake.done:
        await stream.send_all(handshake.data_to_send())
        if data := await stream.receive():
            handshake.receive_data(data)
        else:
            handshake.receive_eof()
