"""The actions of a client obey the rules by which a driver cleans up and writes.

- Each id of a `Connect` is new, and gets exactly one `Disconnect`, at the latest when the client is closed.
- A `Send` names an open connection, once until `data_to_send` is called for that.
- When there is no action, `data_to_send` returns nothing for a connection without a `Send`.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from sansio_tl.client import Action, Compute, Connect, Disconnect
from sansio_tl.client.client import Client
from sansio_tl.simulation.violation import Violation

NAME = "connection actions"
_READING = frozenset({"next_event", "next_deadline", "closed", "user_id", "home_dc", "snapshot", "config"})
"""What changes nothing that a client has to do."""


class ActionWatch:
    """Stands between a client and its driver, and checks the actions."""

    def __init__(self, name: str, client: Client, checked: Counter[str]) -> None:
        self._name = name
        self._client = client
        self._checked = checked
        self._last_id = 0
        self._open: set[int] = set()
        self._to_send: set[int] = set()
        self._drained = False
        """Whether `next_action` has returned None since anything changed."""

    def __getattr__(self, name: str) -> Any:
        if name not in _READING:
            self._drained = False
        return getattr(self._client, name)

    def next_action(self) -> Action | None:
        """As of the client."""
        action = self._client.next_action()
        self._drained = action is None
        if action is not None:
            self._check(action)
        return action

    def data_to_send(self, connection_id: int, *, now: float) -> bytes:
        """As of the client."""
        self._drained = False
        self._to_send.discard(connection_id)
        return self._client.data_to_send(connection_id, now=now)

    def second_connection_made(self, connection_id: int, *, now: float) -> int | None:
        """As of the client."""
        self._drained = False
        second = self._client.second_connection_made(connection_id, now=now)
        if second is not None:
            self._begin(second)
        return second

    def check_silence(self, now: float) -> None:
        """The driver waits: no connection without a `Send` has output."""
        if self._drained:
            self._checked[NAME] += 1
            for connection_id in self._open - self._to_send:
                if self._client.data_to_send(connection_id, now=now):
                    raise Violation(NAME, f"{self._name}: connection {connection_id} has output without a Send")

    def check_closed(self) -> None:
        """The client was closed: every connection ends."""
        while self.next_action() is not None:
            pass
        self._checked[NAME] += 1
        if self._open:
            raise Violation(NAME, f"{self._name} was closed, without a Disconnect of connections {self._open}")

    def _check(self, action: Action) -> None:
        if isinstance(action, Compute):
            return
        connection_id = action.connection_id
        if isinstance(action, Connect):
            self._begin(connection_id)
        elif connection_id not in self._open:
            raise Violation(NAME, f"{self._name}: {action} for a connection that is not open")
        elif isinstance(action, Disconnect):
            self._open.remove(connection_id)
            self._to_send.discard(connection_id)
        elif connection_id in self._to_send:
            raise Violation(NAME, f"{self._name}: {action} again")
        else:
            self._to_send.add(connection_id)

    def _begin(self, connection_id: int) -> None:
        if connection_id <= self._last_id:
            raise Violation(NAME, f"{self._name}: connection {connection_id} is opened again")
        self._last_id = connection_id
        self._open.add(connection_id)
