"""Long polls over HTTP, on the server: the requests of clients that wait for an answer on one connection.

A client that has nothing to send keeps a request open, so that the server can answer it later (long polling).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from sansio_tl.framing import Framing
from sansio_tl.mtproto.message import EncryptedPacket
from sansio_tl.mtproto.server.session import ServerSession, SessionConnection


class ServerHttpPolls:
    """HTTP requests in their order: with the session that sent it, with its answer, or with neither."""

    def __init__(self, now: float) -> None:
        self._polls: deque[ServerSession | EncryptedPacket | None] = deque()
        self._hold_until = now

    def __bool__(self) -> bool:
        return bool(self._polls)

    @property
    def hold_until(self) -> float:
        """Until when a request may stay open while there is nothing to send."""
        return self._hold_until

    def hold(self, deadline: float) -> None:
        """Keep requests open until `deadline` if there is nothing to send."""
        self._hold_until = deadline

    def add(self) -> None:
        """An HTTP request has arrived. Unless its content changes that, it gets an empty answer."""
        self._polls.append(None)

    def set_session(self, session: ServerSession, connection: SessionConnection, now: float) -> None:
        """The latest request came from this session, and gets what that has to send."""
        self._polls[-1] = session
        session.poll_started(connection, now)

    def set_answer(self, packet: EncryptedPacket) -> None:
        """The latest request gets this packet."""
        self._polls[-1] = packet

    def answer(
        self,
        framing: Framing,
        connection: SessionConnection,
        next_packet: Callable[[ServerSession, float], EncryptedPacket | None],
        now: float,
    ) -> None:
        """One packet for each request, of the session that has sent it; nothing for one that has waited too long."""
        while self._polls:
            poll = self._polls[0]
            if isinstance(poll, ServerSession):
                ready = next_packet(poll, now)
                if ready is None and now < self._hold_until:
                    return
            else:
                ready = poll
            if ready is not None:
                framing.send_packet(ready.packet)
            else:
                framing.send_nothing()
            self._finish(connection)

    def answer_with_nothing(self, framing: Framing, connection: SessionConnection) -> None:
        """Answer every request with an empty body."""
        while self._polls:
            framing.send_nothing()
            self._finish(connection)

    def forget(self, connection: SessionConnection) -> None:
        """The connection has ended: no request waits any more."""
        while self._polls:
            self._finish(connection)

    def _finish(self, connection: SessionConnection) -> None:
        """The first request is answered."""
        poll = self._polls.popleft()
        if isinstance(poll, ServerSession):
            poll.poll_finished(connection)
