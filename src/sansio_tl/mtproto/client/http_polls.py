"""Long polls over HTTP, on the client: which connection of a session lets the server keep a request open.

The server's part is `connection.http_polls`.
"""

from __future__ import annotations

from sansio_tl import functions
from sansio_tl.codec import coder
from sansio_tl.mtproto.client.request import PendingRequest
from sansio_tl.mtproto.outgoing_message import OutgoingMessage
from sansio_tl.mtproto.send_queue import SendQueue


class ClientHttpPolls:
    """Sends http_wait. Only one connection of a session polls; requests of the others are answered at once."""

    def __init__(self, outbox: SendQueue[PendingRequest]) -> None:
        self._outbox = outbox
        self._poller: object = None
        """The connection that keeps a request open, so that the server can send."""
        self._has_lost_connection = False

    @property
    def needs_recovery(self) -> bool:
        """Whether requests may be lost that were sent before a further connection opened: another one has ended."""
        return self._has_lost_connection or self._poller is None

    def set_recovered(self) -> None:
        """What a connection that has ended may have lost is sent again."""
        self._has_lost_connection = False

    def start(self, connection: object, long_poll_timeout: float, now: float) -> None:
        """A connection makes a request: let the server keep it open until it has something to send."""
        if self._poller is None:
            self._poller = connection
        if self._poller is connection:
            self._send_http_wait(long_poll_timeout)
        elif self._outbox.has_pending(now):
            self._send_http_wait(0)

    def has_request(self, connection: object, now: float) -> bool:
        """Whether a connection, whose requests are all answered, makes one now."""
        return self._poller is None or self._poller is connection or self._outbox.has_pending(now)

    def end(self, connection: object) -> None:
        """A connection is closed: another one may keep a request open."""
        self._has_lost_connection = True
        if self._poller is connection:
            self._poller = None

    def _send_http_wait(self, max_wait: float) -> None:
        wait = functions.mtproto.HttpWait(max_delay=0, wait_after=0, max_wait=int(max_wait * 1000))
        self._outbox.enqueue(OutgoingMessage(coder.encode(wait), content_related=False))
