"""The open connections of an embedded data center, and what a test does to them."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator

from sansio_tl import types
from sansio_tl.testing.connection import DataCenterConnection


class OpenConnections:
    """The connections of one data center."""

    def __init__(self) -> None:
        self.on_output: Callable[[DataCenterConnection], object] = lambda _: None
        """Called with a connection that has output which its own input did not cause."""
        self._connections: dict[DataCenterConnection, None] = {}
        self._stalls = 0

    def __iter__(self) -> Iterator[DataCenterConnection]:
        return iter(tuple(self._connections))

    def __contains__(self, connection: object) -> bool:
        return connection in self._connections

    def add(self, connection: DataCenterConnection) -> None:
        """A client has connected."""
        self._connections[connection] = None

    def remove(self, connection: DataCenterConnection) -> None:
        """A connection has ended."""
        del self._connections[connection]

    def push(self, key_id: bytes, updates: types.TypeUpdates, *, now: float) -> int:
        """Send updates to the sessions of a device; returns how many there are."""
        reached = 0
        for connection in self:
            if sessions := connection.push(key_id, updates, now=now):
                reached += sessions
                self.on_output(connection)
        return reached

    def disconnect(self, key_id: bytes, *, now: float) -> None:
        """Close the connections of a device that another one has logged out."""
        for connection in self:
            if connection.disconnect(key_id, now=now):
                self.on_output(connection)

    def cut(self, key_ids: Container[bytes] | None, *, now: float) -> int:
        """Close the connections of these devices, or (None) all, without sending what is queued. Returns how many."""
        cut = [each for each in self if key_ids is None or any(key_id in key_ids for key_id in each.key_ids())]
        for connection in cut:
            connection.cut(now=now)
            self.on_output(connection)
        return len(cut)

    def wake_ending(self) -> None:
        """Wake the connections whose key was destroyed."""
        for connection in self:
            if connection.is_ending:
                self.on_output(connection)

    @property
    def stalled(self) -> bool:
        """Whether nothing is sent."""
        return self._stalls > 0

    def stall(self) -> None:
        """Send nothing until `resume`, which must be called as often."""
        self._stalls += 1

    def resume(self) -> None:
        """Send what was held back."""
        self._stalls -= 1
        if not self._stalls:
            for connection in self:
                self.on_output(connection)
