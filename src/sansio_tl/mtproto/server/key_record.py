"""What a data center keeps of an auth key: the key, its sessions, and what must be remembered of past ones."""

from __future__ import annotations

from dataclasses import dataclass, field

from sansio_tl.limits import Limits
from sansio_tl.mtproto.message_ids import unix_time
from sansio_tl.mtproto.server.past_sessions import PastSessions
from sansio_tl.mtproto.server.refused_packets import RefusedPackets
from sansio_tl.mtproto.server.server_key import SALT_PERIOD, ServerKey
from sansio_tl.mtproto.server.session import IncomingRequest, ServerSession

__all__ = ["SALT_PERIOD", "KeyRecord"]


@dataclass(slots=True)
class KeyRecord(ServerKey):
    """One auth key of a data center, with its sessions."""

    sessions: dict[int, ServerSession] = field(default_factory=dict, repr=False)
    """Its sessions by session id, the one that was opened last at the end."""
    past: PastSessions = field(default_factory=PastSessions, repr=False)
    """What must not be forgotten of sessions that are gone (MS27)."""

    def open_session(self, session: ServerSession, now: float, limits: Limits) -> list[IncomingRequest]:
        """Remember a session; if there are too many, the one that was opened first is dropped (MS27).

        Returns the requests of that one that the application has not answered.
        """
        self.sessions[session.id] = session
        session.set_open()
        if len(self.sessions) > limits.max_sessions_per_key:
            return self.drop_session(next(iter(self.sessions)), now, limits)
        return []

    def is_connected(self, now: float) -> bool:
        """Whether its client has a connection, or over HTTP had one a moment ago."""
        return any(session.is_connected(now) for session in self.sessions.values())

    def end(self) -> None:
        """The key is destroyed: the connections of its sessions end, and then the sessions.

        The application may hold requests, and with them this record, for long: it keeps nothing else.
        """
        self.past.forget_all(session.received.newest_id for session in self.sessions.values())
        for session in self.sessions.values():
            session.end()
        self.sessions = {}
        self.refused = RefusedPackets()

    def drop_session(self, session_id: int, now: float, limits: Limits) -> list[IncomingRequest]:
        """Forget a session, if there is such a one, with everything queued in it. Its client may open it again (MS27).

        Returns its requests that the application has not answered.
        """
        session = self.sessions.pop(session_id, None)
        if session is None:
            return []
        newest = session.received.newest_id
        until = unix_time(newest) + limits.max_message_age
        self.past.evicted(session_id, newest, until, limit=limits.max_past_sessions, now=now)
        return session.close()

    def destroy_session(self, session_id: int, now: float, limits: Limits) -> list[IncomingRequest]:
        """Forget a session for its client (destroy_session). Nothing sent in it counts any more.

        Nor does what it sent with its clock ahead, and what will not be too old before long: the salts of today end.
        Returns its requests that the application has not answered.
        """
        dropped = self.drop_session(session_id, now, limits)
        latest = now + limits.max_clock_lead
        until = max(latest + limits.max_message_age, now + 2 * self.salt_period)
        self.past.destroyed(session_id, until, latest=latest, limit=limits.max_past_sessions, now=now)
        return dropped
