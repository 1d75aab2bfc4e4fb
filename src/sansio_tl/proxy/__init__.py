"""Roads: how a link gets to the data center through a proxy, before its framing begins. One file each.

`Proxy.parse` reads links; `Proxy.handshake` gives the machine for a SOCKS5 or HTTP proxy. An MTProxy needs no road: its
secret goes into the framing.
"""

from sansio_tl.proxy.handshake import ProxyError, ProxyHandshake
from sansio_tl.proxy.settings import Proxy, ProxyKind

__all__ = ["Proxy", "ProxyError", "ProxyHandshake", "ProxyKind"]
