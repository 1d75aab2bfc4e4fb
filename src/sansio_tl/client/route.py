"""A request on its way to an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sansio_tl.client.authorizing import Answered, Failed
from sansio_tl.client.channel import Channel
from sansio_tl.mtproto.request import RequestHandle


@dataclass(slots=True, eq=False)
class Route:
    """Where one request is, and what is to become of its answer."""

    handle: RequestHandle[Any]
    body: bytes
    dc_id: int | None
    """Where it must be asked; None for the main data centre."""
    quick_ack: bool = False
    after: RequestHandle[Any] | None = None
    """The request after which it must be executed."""
    redirects: int = 0
    channel: Channel | None = None
    """Where it waits for its answer; None while it waits for something else."""
    answered: Answered | None = None
    """Takes the result of a request that the client made for itself."""
    failed: Failed | None = None
    """Takes the error of such a request."""
