"""What the client asks of whoever drives it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias


class Endpoint(NamedTuple):
    """Where a data centre listens."""

    host: str
    """An IPv4 or IPv6 address."""
    port: int
    media_only: bool = False
    """Whether it serves files only."""


@dataclass(frozen=True, slots=True)
class Dial:
    """Open a link, then say `link_up` or `link_failed`."""

    link: int
    """Names the link in everything that follows; never used twice."""
    dc_id: int
    endpoints: tuple[Endpoint, ...]
    """Candidates, best first; connecting to any of them will do (RFC 8305)."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """Write what `data_to_send` still has for this link, then close it. Nothing need be said afterwards."""

    link: int


Action: TypeAlias = Dial | HangUp
