"""Keeps a connection alive and detects that it is dead.

After `ping_interval` seconds in which nothing was received, ping_delay_disconnect requests an answer, and lets the
server close the connection if no further ping comes. If nothing is received within `ping_timeout`, the connection
is dead (MS25).

A connection on which nothing is sent begins with a ping (MS48): until it has carried a message the server does not know
that the session uses it, sends no updates there, and closes it soon.

After the first ping the server counts the time to the next one, whatever else is sent meanwhile. So on the same
connection pings continue at the same interval, however much is received.
"""

from __future__ import annotations

from sansio_tl import codec, functions
from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.limits import Limits
from sansio_tl.mtproto.client.request import PendingRequest
from sansio_tl.mtproto.outgoing_message import OutgoingMessage
from sansio_tl.mtproto.send_queue import SendQueue


class Keepalive:
    """Two deadlines: when to ping, and when the connection is dead."""

    def __init__(self, outbox: SendQueue[PendingRequest], limits: Limits, entropy: Entropy, now: float) -> None:
        self._outbox = outbox
        self._limits = limits
        self._entropy = entropy
        self._received_at = now
        self.has_received = False
        """Whether anything new was received over the present connection."""
        self._pinged_at: float | None = None
        self._delay_from: float | None = None
        """When the last ping was sent on this connection: the server counts its disconnect_delay from then."""
        self._unused_since: float | None = None
        """When the connection was opened; None once something was sent on it."""
        self._ping: OutgoingMessage[PendingRequest] | None = None
        """The latest ping."""

    @property
    def deadline(self) -> float:
        """When `should_ping` must be called next."""
        if self._unused_since is not None:
            return self._unused_since + self._limits.first_ping_delay
        if self._pinged_at is not None:
            return self._pinged_at + self._limits.ping_timeout
        last = self._received_at if self._delay_from is None else self._delay_from
        return last + self._limits.ping_interval

    def on_receive(self, now: float) -> None:
        """Something new was received from the server."""
        self._received_at = now
        self.has_received = True
        self._pinged_at = None

    def connection_made(self, now: float) -> None:
        """Another connection is open, on which no ping was sent."""
        self._delay_from = None
        self._unused_since = now
        self.on_receive(now)
        self.has_received = False

    def on_send(self) -> None:
        """Something is sent on the connection."""
        self._unused_since = None

    def should_ping(self, now: float) -> bool:
        """Whether to send a ping now. Raises RemoteProtocolError MS25 when the server has been silent too long."""
        if now < self.deadline:
            return False
        if self._pinged_at is not None:
            raise RemoteProtocolError("MS25", f"no answer to a ping within {self._limits.ping_timeout:g} s")
        return True

    def ping(self, now: float) -> None:
        """Send a ping: the server has to answer it, and counts the time to the next one."""
        self._pinged_at = self._delay_from = now
        self._unused_since = None
        if self._ping is None or not self._ping.waiting:
            delay = int(self._limits.ping_interval + self._limits.ping_timeout)
            ping_id = int.from_bytes(self._entropy(8), "little", signed=True)
            ping = functions.mtproto.PingDelayDisconnect(ping_id=ping_id, disconnect_delay=delay)
            self._ping = OutgoingMessage(codec.encode(ping))
            self._outbox.enqueue(self._ping)
