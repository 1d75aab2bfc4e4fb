"""Which part of the network a host lies in."""

from __future__ import annotations

from enum import Enum
from ipaddress import IPv6Address, ip_address

from sansio_tl.hosts import is_address


class Reach(Enum):
    """From where an address can be connected to."""

    GLOBAL = "everywhere"
    PRIVATE = "within one network"
    LOOPBACK = "on this machine"
    NONE = "never as a server's address: link-local, multicast, unspecified, reserved"


def reach_of(host: str) -> Reach:
    """Where a host lies. A name could lie anywhere and counts as global, localhost as loopback."""
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
    return Reach.GLOBAL if address.is_global else Reach.PRIVATE
