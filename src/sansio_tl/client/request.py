"""A request on its way to an answer."""

from __future__ import annotations

from typing import Any

from sansio_tl.client.auth_import import Answered, Failed
from sansio_tl.client.dc_session import DcSession
from sansio_tl.mtproto.client.request import RequestHandle


class ClientRequest:
    """Where one request is, and what is to become of its answer."""

    __slots__ = (
        "after",
        "answered",
        "body",
        "channel",
        "dc_id",
        "failed",
        "flood_waited",
        "flood_waits",
        "handle",
        "quick_ack",
        "redirects",
    )

    def __init__(
        self,
        handle: RequestHandle[Any],
        body: bytes,
        dc_id: int | None,
        *,
        quick_ack: bool = False,
        after: RequestHandle[Any] | None = None,
        answered: Answered | None = None,
        failed: Failed | None = None,
    ) -> None:
        self.handle = handle
        self.body = body
        self.dc_id = dc_id
        """Where it must be asked; None for the main data center."""
        self.quick_ack = quick_ack
        self.after = after
        """The request after which it must be executed."""
        self.answered = answered
        """Takes the result of a request that the client made for itself."""
        self.failed = failed
        """Takes the error of such a request."""
        self.redirects = 0
        """How often it was sent once more because an error said so."""
        self.flood_waits = 0
        """How often it has waited because of FLOOD_WAIT."""
        self.flood_waited = 0.0
        """How many seconds it has waited for floods in all."""
        self.channel: DcSession | None = None
        """Where it waits for its answer; None while it waits for something else."""

    def set_channel(self, channel: DcSession | None) -> None:
        """It waits for its answer there, or for something else."""
        self.channel = channel

    def redirect_to(self, dc_id: int) -> None:
        """An error says that this data center has the answer."""
        self.dc_id = dc_id

    def count_redirect(self) -> int:
        """It is sent once more because an error said so; returns how often."""
        self.redirects += 1
        return self.redirects

    def count_flood_wait(self, seconds: float) -> None:
        """It waits for a flood."""
        self.flood_waits += 1
        self.flood_waited += seconds
