"""Which part of the network a host is in."""

from __future__ import annotations

from enum import Enum
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from sansio_tl.hosts import is_address

_NEVER: Final = tuple(
    map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20", "5f00::/16"))
)
"""Of special use by the registries of RFC 6890, although Python 3.11 calls some of them global: protocol assignments,
relays of 6to4, Teredo, 6to4 itself (any IPv4 address is inside, a private one too), documentation, segment routing."""


class Reach(Enum):
    """From where an address can be connected to."""

    GLOBAL = "everywhere"
    PRIVATE = "within one network"
    LOOPBACK = "on this machine"
    NONE = "never as a server's address: link-local, multicast, unspecified, reserved, of special use"


def reach_of(host: str) -> Reach:
    """The part of the network that a host is in. A name may be in any, and counts as global; localhost as loopback."""
    if not is_address(host):
        local = host.removesuffix(".").lower()
        return Reach.LOOPBACK if local == "localhost" or local.endswith(".localhost") else Reach.GLOBAL
    address = ip_address(host)
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return Reach.NONE
        address = address.ipv4_mapped or address
    if address.is_loopback:
        return Reach.LOOPBACK
    if address.is_multicast or address.is_unspecified or address.is_link_local or address.is_reserved:
        return Reach.NONE
    if any(address in network for network in _NEVER):
        return Reach.NONE
    if isinstance(address, IPv6Address) and address.is_site_local:
        return Reach.PRIVATE
    return Reach.GLOBAL if address.is_global else Reach.PRIVATE
