"""The outgoing half of a server's connection: encrypts what its sessions have queued.

What is sent again goes in portions (MS47): `max_resent_bytes` a second at most, whatever a client requests.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sansio_tl.connection.http_polls import ServerHttpPolls
from sansio_tl.entropy import Entropy
from sansio_tl.framing import Framing
from sansio_tl.limits import Limits
from sansio_tl.mtproto.connection_trace import ServerConnectionTrace
from sansio_tl.mtproto.envelope import encrypt_message
from sansio_tl.mtproto.message import EncryptedPacket, Message
from sansio_tl.mtproto.outgoing_message import OutgoingMessage
from sansio_tl.mtproto.server.session import ServerSession, SessionConnection
from sansio_tl.role import Role

_RESEND_INTERVAL = 1.0
"""Seconds."""


class ServerSender:
    """Sends on one connection."""

    def __init__(
        self,
        framing: Framing,
        polls: ServerHttpPolls,
        *,
        limits: Limits,
        entropy: Entropy,
        trace: ServerConnectionTrace | None,
        now: float,
    ) -> None:
        """`polls` are the HTTP requests that wait on the connection."""
        self._framing = framing
        self._polls = polls
        self._limits = limits
        self._entropy = entropy
        self._trace = trace
        self._resend_at = now

    @property
    def resend_at(self) -> float:
        """When to send more of what the sessions have to send again (MS47)."""
        return self._resend_at

    def handle_deadline(self, now: float) -> None:
        """If it is time to send again, what the sessions have left waits for another interval."""
        if now >= self._resend_at:
            self._resend_at = now + _RESEND_INTERVAL

    def send_queued(self, sessions: Sequence[ServerSession], now: float) -> None:
        """Send everything that these sessions have queued, and a portion of what they have to send again."""
        most = self._limits.max_resent_bytes
        for session in sessions:
            if session.has_resends:
                most = session.enqueue_resends(most, now)
                self._resend_at = now + _RESEND_INTERVAL
            self.send_all(session, now)

    def send_all(self, session: ServerSession, now: float) -> None:
        """Send everything that a session has queued."""
        for message, parts in session.outbox.iter_packets(now, now):
            self._framing.send_packet(self._encrypt(session, message, now, parts).packet)

    def send_here(self, session: ServerSession, message: Message, now: float) -> None:
        """Send a message on this connection, whichever the session uses."""
        encrypted = self._encrypt(session, message, now)
        if self._polls:
            self._polls.set_answer(encrypted)
        else:
            self._framing.send_packet(encrypted.packet)

    def answer_polls(self, connection: SessionConnection, now: float) -> None:
        """Over HTTP, answer the requests that wait; `connection` is this one, as the sessions know it."""
        self._polls.answer(self._framing, connection, self._next_packet, now)

    def _next_packet(self, session: ServerSession, now: float) -> EncryptedPacket | None:
        """The next packet that a session has to send, if there is one."""
        if session.has_resends:
            session.enqueue_resends(self._limits.max_resent_bytes, now)
            self._resend_at = now + _RESEND_INTERVAL
        batch = next(session.outbox.iter_packets(now, now), None)
        return None if batch is None else self._encrypt(session, batch[0], now, batch[1])

    def _encrypt(
        self, session: ServerSession, message: Message, now: float, parts: Sequence[OutgoingMessage[Any]] = ()
    ) -> EncryptedPacket:
        encrypted = encrypt_message(
            message,
            auth_key=session.auth_key,
            salt=session.record.salt(now),
            session_id=session.id,
            sender=Role.SERVER,
            entropy=self._entropy,
        )
        if self._trace is not None:
            self._trace.packet_sent(len(encrypted.packet))
            self._trace.sent(message, parts)
        return encrypted
