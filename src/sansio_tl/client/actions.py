"""What the client asks its driver to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from sansio_tl.errors.protocol import LocalProtocolError
from sansio_tl.hosts import MAX_PORT, is_host


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a data center listens. Raises LocalProtocolError for a host or port that cannot be connected to."""

    host: str
    """An IPv4 or IPv6 address, or a name of the DNS in ASCII."""
    port: int
    """1 to 65535."""
    media_only: bool = False
    """Whether it serves files only."""

    def __post_init__(self) -> None:
        if not isinstance(self.host, str) or not is_host(self.host):
            raise LocalProtocolError(f"Endpoint.host: an IP address or a DNS name in ASCII, not {self.host!r:.80}")
        if type(self.port) is not int or not 0 < self.port <= MAX_PORT:
            raise LocalProtocolError(f"Endpoint.port: a number from 1 to {MAX_PORT}")


@dataclass(frozen=True, slots=True)
class Connect:
    """Open a link, then say `connection_made` or `connection_failed`, within `ClientConfig.connect_timeout` seconds."""

    link: int
    """Names the link in everything that follows; never used twice."""
    dc_id: int
    endpoints: tuple[Endpoint, ...]
    """Candidates, best first; connecting to any of them will do (RFC 8305)."""


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Write `data` and close this link, or stop dialling it. Nothing need be said afterwards."""

    link: int
    data: bytes = b""
    """What the framing has still to say, such as the end of a WebSocket."""


Action: TypeAlias = Connect | Disconnect
