"""Proxy handshakes: connecting to a data center through a proxy, before the framing begins. One file for each protocol.

`Proxy.parse` reads proxy links; `Proxy.handshake` creates the handshake of a SOCKS5, HTTP or WEB proxy. An MTProxy
needs no handshake: its secret is passed to the framing. After the handshake with a WEB proxy, its `carrier` goes on to
carry the bytes of the framing; the relay of one is `sansio_tl.proxy.web_relay.WebRelay`.
"""

from sansio_tl.proxy.handshake import ProxyError, ProxyHandshake
from sansio_tl.proxy.settings import Proxy, ProxyKind
from sansio_tl.proxy.web_address import WebAddress

__all__ = ["Proxy", "ProxyError", "ProxyHandshake", "ProxyKind", "WebAddress"]
