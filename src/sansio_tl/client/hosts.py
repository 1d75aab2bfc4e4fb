"""What a host may be, and which part of the network it lies in."""

from __future__ import annotations

import re
from enum import Enum
from ipaddress import IPv6Address, ip_address

_MAX_NAME = 253
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
MAX_PORT = 65535


class Reach(Enum):
    """From where an address can be connected to."""

    GLOBAL = "everywhere"
    PRIVATE = "within one network"
    LOOPBACK = "on this machine"
    NONE = "never as a server's address: link-local, multicast, unspecified, reserved"


def is_host(host: str) -> bool:
    """Whether it is an IP address, or a name of the DNS in ASCII (RFC 1123, and underscores)."""
    if len(host) > _MAX_NAME or not host.isascii():
        return False
    return is_address(host) or all(map(_LABEL.fullmatch, host.removesuffix(".").split(".")))


def is_address(host: str) -> bool:
    """Whether it is an IPv4 or IPv6 address, the latter perhaps with a zone."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


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
