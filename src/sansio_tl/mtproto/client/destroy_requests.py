"""Requests to destroy a session or the key. The answer does not name the request: it is found by what it destroys."""

from __future__ import annotations

from sansio_tl import functions
from sansio_tl.mtproto.client.request import PendingRequest


def session_ended_by(pending: PendingRequest) -> int | None:
    """The id of the session that was left, if this is the session's own request to destroy it."""
    function = pending.handle.function
    return function.session_id if pending.internal and isinstance(function, functions.mtproto.DestroySession) else None


def is_ending(pending: PendingRequest) -> bool:
    """Whether it is the session's own request to destroy a session that was left."""
    return pending.internal and isinstance(pending.handle.function, functions.mtproto.DestroySession)


class Endings:
    """The unanswered ones, by the session that they destroy; those that destroy the key are under None."""

    def __init__(self) -> None:
        self._pending: dict[int | None, dict[PendingRequest, None]] = {}

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._pending)

    def add(self, pending: PendingRequest) -> None:
        """A request of any kind is made."""
        function = pending.handle.function
        if isinstance(function, functions.mtproto.DestroySession):
            self._pending.setdefault(function.session_id, {})[pending] = None
        elif isinstance(function, functions.mtproto.DestroyAuthKey):
            self._pending.setdefault(None, {})[pending] = None

    def remove(self, pending: PendingRequest) -> None:
        """A request of any kind is settled."""
        function = pending.handle.function
        session_id = function.session_id if isinstance(function, functions.mtproto.DestroySession) else None
        requests = self._pending.get(session_id)
        if requests is not None and requests.pop(pending, pending) is None and not requests:
            del self._pending[session_id]

    def of(self, session_id: int | None) -> list[PendingRequest]:
        """The requests to destroy this session, or the key if that is None."""
        return list(self._pending.get(session_id, ()))
