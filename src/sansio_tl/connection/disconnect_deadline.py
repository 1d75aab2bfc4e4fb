"""When a server closes a connection: a step of the handshake takes too long (HS15), or the client is silent (MS25)."""

from __future__ import annotations

from sansio_tl.errors import RemoteProtocolError
from sansio_tl.limits import Limits


class DisconnectDeadline:
    """The deadline of one connection."""

    def __init__(self, limits: Limits, now: float) -> None:
        self._limits = limits
        self._at = now + limits.handshake_timeout
        self._check = "HS15"
        self._set_by_client = False

    @property
    def at(self) -> float:
        """When the connection is closed."""
        return self._at

    def on_handshake_step(self, now: float) -> None:
        """A message of the handshake has arrived: the next one has its own deadline."""
        self._at = now + self._limits.handshake_timeout

    def on_new_message(self, now: float) -> None:
        """A new message was in order (MS31). If the client has set the deadline itself, only it moves that."""
        if not self._set_by_client:
            self._at = now + self._limits.idle_timeout
            self._check = "MS25"

    def set_by_client(self, deadline: float) -> None:
        """The client has sent ping_delay_disconnect."""
        self._at = deadline
        self._check = "MS25"
        self._set_by_client = True

    def check(self, now: float) -> None:
        """Raise RemoteProtocolError when the deadline has passed."""
        if now >= self._at:
            raise RemoteProtocolError(self._check, "the client has been silent for too long")
