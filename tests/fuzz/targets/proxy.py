"""The answers of a SOCKS5 or HTTP proxy before the connection begins."""

from __future__ import annotations

from contextlib import suppress

from sansio_tl.proxy import Proxy, ProxyError

PROXIES = (
    Proxy.parse("socks5://proxy.example:1080"),
    Proxy.parse("socks5://user:word@proxy.example:1080"),
    Proxy.parse("http://user:word@proxy.example:8080"),
)


def proxies(data: bytes) -> None:
    """The first byte chooses the proxy, the second how the rest is cut; both ways of cutting come to the same."""
    if len(data) < 2:
        return
    proxy, size = PROXIES[data[0] % len(PROXIES)], data[1] % 61 + 1
    if _arrival(proxy, data[2:], len(data)) != _arrival(proxy, data[2:], size):
        raise AssertionError("the handshake depends on the fragmentation of the proxy's answer")


def _arrival(proxy: Proxy, stream: bytes, size: int) -> tuple[str, bool]:
    handshake = proxy.handshake("149.154.167.50", 443)
    if handshake is None:
        raise TypeError("a proxy without a handshake")
    handshake.data_to_send()
    error_text = ""
    with suppress(ProxyError):
        for at in range(0, len(stream), size):
            error_text = "refused"
            handshake.receive_data(stream[at : at + size])
            handshake.data_to_send()
            error_text = ""
            if handshake.done:
                return "arrived", True
        error_text = "ended"
        handshake.receive_eof()
        error_text = ""
    return error_text, False
