"""How much a client's session holds: `Limits` bounds each of these, whatever the server does."""

from __future__ import annotations

from typing import NamedTuple


class SessionCounts(NamedTuple):
    """Numbers of things, not of bytes."""

    requests: int
    """Requests without an answer."""
    deferred: int
    """Requests that wait until the temporary key is bound."""
    queued: int
    """Messages that are to be sent."""
    remembered: int
    """Messages that were sent, and that the server may still name."""
    remembered_unowned: int
    """Those that no request waits for, including forgotten ones whose time is not over."""
    window_ids: int
    """Message ids of the server in the replay window."""
    pending_acks: int
    """Messages of the server that are to be acknowledged."""
    server_sessions: int
    """Sessions of the server that new_session_created has announced."""
