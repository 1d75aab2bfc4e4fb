"""What a key remembers of sessions that are gone: which of their messages may have been executed (MS27).

A session that was evicted, or that its client destroyed, loses its memory of message ids. If a
recorded packet could open it anew, the packet would be executed again. So the highest id that the session has seen is
remembered for as long as such a message is not too old anyway: only what is above it is new.

The memory is bounded. What exceeds the bound is not forgotten but merged into `floor`, below which no session of the
key begins: a message of a client whose clock is behind may then be rejected as too old, and is sent under a new id.
"""

from __future__ import annotations

from collections.abc import Iterable

from sansio_tl.mtproto.message_ids import id_at

_EVERY_ID = 1 << 63


class PastSessions:
    """The sessions of one key that are gone, by session id."""

    def __init__(self) -> None:
        self.floor = 0
        """No session begins with a message id at or below this one."""
        self._sessions: dict[int, tuple[int, int, float]] = {}
        """The highest id that is of the past, the highest that can have been made, until when both matter."""

    def __len__(self) -> int:
        return len(self._sessions)

    def __contains__(self, session_id: int) -> bool:
        return session_id in self._sessions

    def evicted(self, session_id: int, newest_id: int, until: float, *, limit: int, now: float) -> None:
        """The session was evicted; its client may continue it with ids above `newest_id`."""
        self._remember(session_id, (newest_id, newest_id, until), limit, now)

    def destroyed(self, session_id: int, until: float, *, latest: float, limit: int, now: float) -> None:
        """The client has destroyed the session; `latest` is the time of the highest id that would be accepted."""
        self._remember(session_id, (_EVERY_ID, id_at(latest), until), limit, now)

    def forget_all(self, newest_ids: Iterable[int]) -> None:
        """Every session of the key is over, those with these highest ids too: all is merged into `floor`."""
        latest = [latest for _, latest, _ in self._sessions.values()]
        self.floor = max([self.floor, *newest_ids, *latest])
        self._sessions = {}

    def is_destroyed(self, session_id: int, now: float) -> bool:
        """Whether no message of the session counts any more."""
        return self.highest_id(session_id, now) == _EVERY_ID

    def highest_id(self, session_id: int, now: float) -> int:
        """No message of the session at or below this id is known to be new."""
        known = self._sessions.get(session_id)
        if known is None:
            return self.floor
        highest, _, until = known
        return max(self.floor, highest) if now < until else self.floor

    def _remember(self, session_id: int, entry: tuple[int, int, float], limit: int, now: float) -> None:
        sessions = {other: known for other, known in self._sessions.items() if now < known[2]}
        sessions.pop(session_id, None)
        sessions[session_id] = entry
        if len(sessions) > limit:
            self.floor = max(self.floor, sessions.pop(next(iter(sessions)))[1])
        self._sessions = sessions
