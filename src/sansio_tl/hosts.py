"""Validation of hosts: IP addresses and DNS names."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final

_MAX_NAME: Final = 253
_LABEL: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
MAX_PORT: Final = 65535


def is_host(host: str) -> bool:
    """Whether it is an IP address, or a DNS name in ASCII (RFC 1123, and underscores)."""
    if len(host) > _MAX_NAME or not host.isascii():
        return False
    return is_address(host) or is_dns_name(host)


def is_dns_name(host: str) -> bool:
    """Whether it is a DNS name in ASCII; an IPv4 address looks like one."""
    return len(host) <= _MAX_NAME and all(map(_LABEL.fullmatch, host.removesuffix(".").split(".")))


def is_address(host: str) -> bool:
    """Whether it is an IPv4 or IPv6 address, the latter perhaps with a zone."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
