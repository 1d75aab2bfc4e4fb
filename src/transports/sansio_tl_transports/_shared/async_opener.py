"""What the asyncio and the trio adapter share of opening a socket: the handshakes with the proxy and of TLS."""

from __future__ import annotations

from typing import NamedTuple

from sansio_tl.proxy import ProxyError, ProxyHandshake
from sansio_tl.proxy.carrier import Carrier
from sansio_tl_transports._shared.async_backend import AnyWire
from sansio_tl_transports._shared.connect_options import Attempt, Failure


class Begun(NamedTuple):
    """What the handshakes have given."""

    leftover: bytes
    """Bytes of the data center that were received with the proxy's answer."""
    carrier: Carrier | None
    """Carries the bytes, if the proxy is a WEB proxy."""


async def begin(wire: AnyWire, attempt: Attempt) -> Begun:
    """The handshakes of a client. Raises OSError (ConnectError among them) or ProxyError."""
    leftover = b""
    handshake = attempt.proxy_handshake()
    if handshake is not None and not handshake.after_tls:
        leftover = await _proxy_handshake(wire, handshake, attempt)
    if attempt.tls is not None:
        if leftover:
            raise ProxyError("TLS", "the server sent data before the TLS handshake")
        try:
            await wire.begin_tls(attempt.tls, attempt.tls_host)
        except (OSError, EOFError) as error:
            raise attempt.tls_failed(error) from error
    if handshake is not None and handshake.after_tls:
        leftover = await _proxy_handshake(wire, handshake, attempt)
    return Begun(leftover, None if handshake is None else handshake.carrier)


async def _proxy_handshake(wire: AnyWire, handshake: ProxyHandshake, attempt: Attempt) -> bytes:
    try:
        while not handshake.done:
            await wire.send_all(handshake.data_to_send())
            if data := await wire.receive():
                handshake.receive_data(data)
            else:
                handshake.receive_eof()
    except Failure as error:
        raise attempt.handshake_failed(handshake, error) from error
    return handshake.leftover
