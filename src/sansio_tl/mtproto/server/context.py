"""What the server's handlers need of the connection that they work for."""

from __future__ import annotations

from typing import Protocol

from sansio_tl.events import Event
from sansio_tl.limits import Limits
from sansio_tl.mtproto.server.key_store import KeyStore
from sansio_tl.mtproto.server.layer_codec import Dialects


class Host(Protocol):
    """A link to a client."""

    keys: KeyStore
    limits: Limits
    dialects: Dialects
    closed: bool

    def report(self, event: Event) -> None:
        """Tell the application."""

    def disconnect_at(self, deadline: float) -> None:
        """Close the link then, unless this is called again before."""

    def key_ended(self) -> None:
        """The key of a client that speaks over the link is destroyed."""

    def hold_answer_until(self, deadline: float) -> None:
        """Over HTTP, leave the client's request open until then."""
