"""Proxy handshakes: connecting to a data center through a proxy, before the framing begins. One file for each protocol.

`Proxy.parse` reads proxy links; `Proxy.handshake` creates the handshake of a SOCKS5 or HTTP proxy. An MTProxy needs no
handshake: its secret is passed to the framing.
"""

from sansio_tl.proxy.handshake import ProxyError, ProxyHandshake
from sansio_tl.proxy.settings import Proxy, ProxyKind

__all__ = ["Proxy", "ProxyError", "ProxyHandshake", "ProxyKind"]
