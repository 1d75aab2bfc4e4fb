"""Keeps a link alive and notices when it is dead.

After `ping_interval` seconds in which nothing was heard, ping_delay_disconnect asks the server to answer and to hang
up on its own if we fall silent. No word from the server within `ping_timeout` ends the link (MS25).

Once it has been asked so, the server counts the time from one such ping to the next, whatever else we say meanwhile. So
on the same link they go on at the same interval, however much is heard.
"""

from __future__ import annotations

from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.limits import Limits


class Keepalive:
    """Two deadlines: when to ask, and when to give up."""

    def __init__(self, limits: Limits, now: float) -> None:
        self._limits = limits
        self._heard = now
        self._asked: float | None = None
        self._promised: float | None = None
        """When the server was last told on this link for how long we may be silent."""

    @property
    def deadline(self) -> float:
        """When `should_ping` must be called next."""
        if self._asked is not None:
            return self._asked + self._limits.ping_timeout
        last = self._heard if self._promised is None else self._promised
        return last + self._limits.ping_interval

    def on_receive(self, now: float) -> None:
        """The server has shown life."""
        self._heard = now
        self._asked = None

    def link_opened(self, now: float) -> None:
        """There is another link, on which nothing was promised."""
        self._promised = None
        self.on_receive(now)

    def should_ping(self, now: float) -> bool:
        """Whether to send a ping now. Raises RemoteProtocolError MS25 when the server has been silent too long."""
        if now < self.deadline:
            return False
        if self._asked is not None:
            raise RemoteProtocolError("MS25", f"no answer to a ping within {self._limits.ping_timeout:g} s")
        return True

    def asked(self, now: float) -> None:
        """A ping is sent: the server has to answer it, and counts the time to the next one."""
        self._asked = self._promised = now
