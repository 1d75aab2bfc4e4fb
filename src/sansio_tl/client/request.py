"""A request of a client on its way to an answer."""

from __future__ import annotations

from typing import Any

from sansio_tl.client.auth_import import AuthImport
from sansio_tl.client.dc_session import DcSession
from sansio_tl.mtproto.client.request import RequestHandle


class ClientRequest:
    """Where one request is, and how often it was sent again."""

    __slots__ = (
        "after",
        "auth_import",
        "body",
        "dc_id",
        "dc_session",
        "flood_waited",
        "flood_waits",
        "handle",
        "is_lookup",
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
        auth_import: AuthImport | None = None,
        is_lookup: bool = False,
    ) -> None:
        self.handle = handle
        self.body = body
        """The encoded function."""
        self.quick_ack = quick_ack
        self.after = after
        """The request after which it must be executed."""
        self.auth_import = auth_import
        """The import of which it is a part; None for a request of the caller."""
        self.is_lookup = is_lookup
        """Whether it is the client's own help.getConfig."""
        self.dc_id = dc_id
        """The data center that it is addressed to; None for the home data center."""
        self.dc_session: DcSession | None = None
        """The session in which it waits for its answer; None while it waits for something else."""
        self.redirects = 0
        """How often it was sent again because of an error."""
        self.flood_waits = 0
        """How often it has got FLOOD_WAIT and waited."""
        self.flood_waited = 0.0
        """How many seconds it has waited after FLOOD_WAIT in all."""

    @property
    def is_internal(self) -> bool:
        """Whether the client itself made it: no event reports its outcome."""
        return self.auth_import is not None or self.is_lookup

    def set_dc_session(self, dc_session: DcSession | None) -> None:
        """It waits for its answer in that session, or for something else."""
        self.dc_session = dc_session

    def redirect_to(self, dc_id: int) -> None:
        """An error names the data center that has the answer."""
        self.dc_id = dc_id

    def count_redirect(self) -> None:
        """It is sent again because of an error."""
        self.redirects += 1

    def count_flood_wait(self) -> None:
        """It has got FLOOD_WAIT, and is sent again."""
        self.flood_waits += 1

    def add_flood_time(self, seconds: float) -> None:
        """It waits because of a flood, which it or another request has met."""
        self.flood_waited += seconds
