"""What a data center keeps of an auth key: its salts, its sessions, and for a temporary key whom it stands for.

A salt lasts for two periods and a new one begins each period, so that two are valid at any time and a client has a
whole period to switch (MS23). The first comes from the handshake (HS16), later ones are derived from the key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from math import inf
from typing import TYPE_CHECKING

from sansio_tl import types
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.limits import Limits
from sansio_tl.mtproto.message_ids import Numbering, unix_time
from sansio_tl.mtproto.server.held_bytes import Held
from sansio_tl.mtproto.server.past_sessions import PastSessions
from sansio_tl.mtproto.server.refused_packets import RefusedPackets

if TYPE_CHECKING:
    from sansio_tl.mtproto.server.session import ServerSession

SALT_PERIOD = 1800.0
"""Seconds between two new salts, as in Telegram's data centers."""


@dataclass(slots=True)
class KeyRecord:
    """One auth key of a data center."""

    auth_key: AuthKey
    first_salt: int = field(repr=False)
    """The salt that the handshake gave, signed 64 bit."""
    created_at: float = 0.0
    """Server time of the handshake, in seconds."""
    expires_at: float | None = None
    """Server time at which a temporary key ends; None for a permanent one."""
    bound_to: bytes | None = None
    """Id of the permanent key that a temporary key stands for, once auth.bindTempAuthKey has said so."""
    salt_period: float = SALT_PERIOD
    """Seconds between two new salts."""
    salts_told_at: float = -inf
    """When the client was last told more than the present salt."""
    layer: int | None = None
    """The layer that its client told last (invokeWithLayer): sessions to come begin with it."""
    sessions: dict[int, ServerSession] = field(default_factory=dict, repr=False)
    """Its sessions by session id, the one that was opened last at the end."""
    past: PastSessions = field(default_factory=PastSessions, repr=False)
    """What must not be forgotten of sessions that are gone (MS27)."""
    refused: RefusedPackets = field(default_factory=RefusedPackets, repr=False)
    """Packets that were refused and must stay so (MS28)."""
    held: Held = field(default_factory=Held, repr=False)
    """Bytes that its sessions hold."""
    numbering: Numbering = field(default_factory=Numbering, repr=False)
    """Numbers what is said in the name of a session that there is not."""

    @property
    def identity(self) -> bytes:
        """Id of the permanent key: what an application should know a client by."""
        return self.bound_to or self.auth_key.id

    def expired(self, now: float) -> bool:
        """Whether it was a temporary key whose time is over."""
        return self.expires_at is not None and now >= self.expires_at

    def open_session(self, session: ServerSession, now: float, limits: Limits) -> None:
        """Remember a session; if there are too many, the one that was opened first makes room (MS27)."""
        self.sessions[session.id] = session
        if len(self.sessions) > limits.max_sessions_per_key:
            self.drop_session(next(iter(self.sessions)), now, limits)

    def end(self) -> None:
        """The key is destroyed: whoever speaks under it is told."""
        for session in self.sessions.values():
            links = {session.link, *session.asks_on}
            for link in links:
                if link is not None:
                    link.key_ended()

    def drop_session(self, session_id: int, now: float, limits: Limits) -> bool:
        """Forget a session with all that waits in it; whether there was one. Its client may open it again (MS27)."""
        session = self.sessions.pop(session_id, None)
        if session is None:
            return False
        session.link = None
        session.held.leave()
        session.outbox.hand_ids_to(self.numbering)
        newest = session.newest_id
        until = unix_time(newest) + limits.max_message_age
        self.past.evicted(session_id, newest, until, limit=limits.max_past_sessions, now=now)
        return True

    def destroy_session(self, session_id: int, now: float, limits: Limits) -> bool:
        """The client wants a session forgotten; whether there was one. Nothing that it sent there counts any more.

        Nor does what it sent with its clock ahead, and what will not be too old before long: the salts of today end.
        """
        known = self.drop_session(session_id, now, limits)
        latest = now + limits.max_clock_lead
        until = max(latest + limits.max_message_age, now + 2 * self.salt_period)
        self.past.destroyed(session_id, until, latest=latest, limit=limits.max_past_sessions, now=now)
        return known

    def salt(self, now: float) -> int:
        """The newest salt that is valid at server time `now`."""
        return self._salt(self._period(now))

    def accepts(self, salt: int, now: float) -> bool:
        """Whether a message may carry `salt` at server time `now`."""
        period = self._period(now)
        return salt == self._salt(period) or (period > 0 and salt == self._salt(period - 1))

    def salt_ends(self, salt: int, now: float, *, known_ahead: int) -> float:
        """When a salt that is valid now, or will be, ends; `now` for any other.

        The client knows `known_ahead` salts at most.
        """
        present = self._period(now)
        for period in range(max(0, present - 1), present + known_ahead):
            if salt == self._salt(period):
                return self.created_at + (period + 2) * self.salt_period
        return now

    def future_salts(self, count: int, now: float) -> list[types.mtproto.FutureSalt]:
        """The next `count` salts from the present one on."""
        present = self._period(now)
        return [
            types.mtproto.FutureSalt(
                valid_since=int(self.created_at + period * self.salt_period),
                valid_until=int(self.created_at + (period + 2) * self.salt_period),
                salt=self._salt(period),
            )
            for period in range(present, present + count)
        ]

    def _period(self, now: float) -> int:
        return max(0, int((now - self.created_at) // self.salt_period))

    def _salt(self, period: int) -> int:
        if period == 0:
            return self.first_salt
        digest = sha256(self.auth_key.key + period.to_bytes(8, "little")).digest()
        return int.from_bytes(digest[:8], "little", signed=True)
