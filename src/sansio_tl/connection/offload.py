"""The computations of a handshake that are left to the driver, and what arrives meanwhile.

The peer waits for our answer then, so little may arrive: a transport error, or a frame that keeps the connection alive.
It is read after the computation.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from sansio_tl.computation import Compute, Computing, Job, left_to_driver, require_value
from sansio_tl.errors import RemoteProtocolError


class Offload:
    """The computations of one connection; there is one at a time."""

    def __init__(self, max_held: int) -> None:
        """`max_held` bytes may arrive during a computation."""
        self._max_held = max_held
        self._action: Compute | None = None
        self._new: Compute | None = None
        """The same, until the driver has got it."""
        self._job: Job | None = None
        self._computing: Computing[Any] | None = None
        self._held: deque[bytes] = deque()
        self._size = 0

    def wait_for(self, job: Job, computing: Computing[Any]) -> None:
        """The driver shall make a computation, and `computing` goes on with the value."""
        self._action = self._new = left_to_driver(job.function)
        self._job = job
        self._computing = computing

    def next_action(self) -> Compute | None:
        """The computation, once."""
        action, self._new = self._new, None
        return action

    def take(self, action: Compute, value: object) -> Computing[Any] | None:
        """What goes on after this computation; None if it is not the one that is waited for.

        Raises LocalProtocolError for a value that cannot be that of the computation, which is still waited for then.
        """
        if action is not self._action or self._job is None:
            return None
        require_value(value, self._job.returns)
        computing, self._action, self._job, self._computing = self._computing, None, None, None
        return computing

    def hold(self, data: bytes) -> None:
        """Keep what has arrived; b"" is the end of the stream. Raises RemoteProtocolError HS17 if it is too much."""
        self._held.append(data)
        self._size += len(data)
        if self._size > self._max_held:
            raise RemoteProtocolError("HS17", f"{self._size} bytes in the handshake before it was the peer's turn")

    def take_held(self) -> bytes | None:
        """What arrived first; None when there is nothing more."""
        if not self._held:
            return None
        data = self._held.popleft()
        self._size -= len(data)
        return data

    def end(self) -> None:
        """The connection has ended: no computation is made any more, and the value of one has no effect."""
        self._action = self._new = self._job = self._computing = None
