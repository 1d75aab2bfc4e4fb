"""What the server's handlers need of the connection that they work for."""

from __future__ import annotations

from typing import Protocol

from sansio_tl.events import Event
from sansio_tl.limits import Limits
from sansio_tl.mtproto.server.key_store import KeyStore
from sansio_tl.mtproto.server.layer_codec import LayerCodecs
from sansio_tl.mtproto.server.session import SessionConnection


class ServerContext(SessionConnection, Protocol):
    """A connection to a client."""

    keys: KeyStore
    limits: Limits
    layer_codecs: LayerCodecs
    closed: bool

    def emit(self, event: Event) -> None:
        """Report an event to the application."""

    def set_disconnect_deadline(self, deadline: float) -> None:
        """Close the connection then, unless this is called again before."""

    def hold_poll_until(self, deadline: float) -> None:
        """Over HTTP, leave the client's request open until then if there is nothing to send."""
