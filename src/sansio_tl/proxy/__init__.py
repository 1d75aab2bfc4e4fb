"""Roads: how a link gets to the data centre through a proxy, before its framing begins. One file each.

`Proxy.parse` reads links; `Proxy.road` gives the machine for a SOCKS5 or HTTP proxy. An MTProxy needs no road: its
secret goes into the framing.
"""

from sansio_tl.proxy.handshake import Road, RoadError
from sansio_tl.proxy.settings import Proxy, ProxyKind

__all__ = ["Proxy", "ProxyKind", "Road", "RoadError"]
