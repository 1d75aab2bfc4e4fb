"""Memory stays bounded: the contents of sessions are counted after every step.

A session holds something for each unanswered request, and besides that only what `Limits` allows: a window of message
ids, messages without an answer, pending acknowledgements, a few requests of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sansio_tl.client.client import Client
from sansio_tl.connection.server import ServerConnection, ServerSession
from sansio_tl.limits import Limits
from sansio_tl.mtproto.client.session import ClientSession
from sansio_tl.simulation.violation import Violation

NAME = "memory is bounded"
_OWN_REQUESTS = 8
"""Requests of the session itself: salts, a binding, pings, destroyed sessions."""
_SENT_PER_REQUEST = 8
"""Number of ids with which one request may be remembered: it is sent again a bounded number of times."""
_ANNOUNCED = 32 << 10
"""Bytes of a plain message, which needs less than two thousand, that a data center accepts before it closes."""
_ONE_PACKET = 1 << 19
"""More bytes than the answers to one packet have here: answers that are accepted together may exceed the limit by
this much."""


class Memory:
    """Counts the contents."""

    def __init__(self, limits: Limits, checked: Counter[str]) -> None:
        self._limits = limits
        self._more = _ONE_PACKET + limits.max_remembered_bytes
        self._checked = checked

    def check_client(self, name: str, client: Client, waiting: int) -> None:
        """A client with `waiting` unanswered requests."""
        self._checked[NAME] += 1
        dc_sessions = client._connections.sessions  # noqa: SLF001  no public method counts them
        requests = client._requests._requests  # noqa: SLF001
        self._bound(name, "requests", len(requests), waiting + _OWN_REQUESTS)
        self._bound(name, "sessions", len(dc_sessions), 16)
        for dc_session in dc_sessions:
            self.check_session(name, dc_session.session, waiting)

    def check_session(self, name: str, session: ClientSession, waiting: int) -> None:
        """A session with at most `waiting` unanswered requests of callers."""
        for what, count, most in self._held(session, waiting):
            self._bound(name, what, count, most)

    def _held(self, session: ClientSession, waiting: int) -> Iterator[tuple[str, int, int]]:
        limits, counts = self._limits, session.counts()
        requests = waiting + _OWN_REQUESTS
        yield "unanswered requests", counts.requests, requests
        yield "requests held back", counts.deferred, requests
        yield "messages to send", counts.queued, 4 * requests + 16
        yield "sent messages", counts.remembered, limits.max_remembered_unowned + _SENT_PER_REQUEST * requests
        yield "ids in the window", counts.window_ids, limits.replay_window
        yield "acknowledgements", counts.pending_acks, max(limits.replay_window, limits.max_pending_acks)
        yield "server sessions", counts.server_sessions, 64

    def check_server(self, name: str, connection: ServerConnection) -> None:
        """The server's end of a link."""
        self._checked[NAME] += 1
        limits = self._limits
        for session in connection.sessions:
            self._bound(name, "requests", len(session.requests), limits.max_unacked_responses)
            self._bound(name, "ids in the window", session.received.window_ids, limits.replay_window)
            self._bound(name, "backlog", len(session.backlog), limits.max_unacked_responses)
            self._bound(name, "bytes of a session", _bytes_of(session), limits.max_session_bytes + self._more)
        for record in connection.keys.values():
            self._bound(name, "sessions of a key", len(record.sessions), limits.max_sessions_per_key)
            if any(session.record is record for session in connection.sessions):
                kept = sum(map(_bytes_of, record.sessions.values()))
                self._bound(name, "bytes of a key", kept, limits.max_key_bytes + self._more)

    def check_announced(self, held: int) -> None:
        """A packet of an unauthenticated client is in transit and the link is open: it cannot be checked yet."""
        self._checked[NAME] += 1
        self._bound("a data center", "bytes of a plain message", held, _ANNOUNCED)

    @staticmethod
    def _bound(name: str, what: str, count: int, most: int) -> None:
        if count > most:
            raise Violation(NAME, f"{name} holds {count} {what}, expected at most {most}")


def _bytes_of(session: ServerSession) -> int:
    """What a data center remembers of the messages that it has sent in a session."""
    return session.outbox.body_bytes()
