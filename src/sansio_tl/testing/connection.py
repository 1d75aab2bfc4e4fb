"""A client's connection to an embedded data center."""

from __future__ import annotations

from typing import Protocol

from sansio_tl import types
from sansio_tl.computation import Compute
from sansio_tl.connection.server import IncomingRequest, ServerConnection, ServerSession
from sansio_tl.errors import RpcError
from sansio_tl.errors.protocol import ProtocolError
from sansio_tl.errors.transport import TransportError
from sansio_tl.events import AuthKeyCreated, AuthKeyDestroyed, ConnectionClosed, RequestReceived

_MAX_HELD_KEYS = 8
"""How many auth keys one connection keeps in use. Clients have one, and a temporary one that stands for it."""


class Host(Protocol):
    """What a connection needs of its data center."""

    @property
    def stalled(self) -> bool:
        """Whether nothing is sent."""
        ...

    def serve(self, request: IncomingRequest, *, now: float) -> object:
        """Answer a request; raises an RpcError if it fails."""

    def forget(self, connection: DataCenterConnection) -> None:
        """The connection has ended."""

    def key_made(self, *, now: float) -> None:
        """A new auth key exists."""

    def forget_key(self, key_id: bytes) -> None:
        """An auth key was destroyed."""


class DataCenterConnection:
    """Driven like a `Connection`."""

    def __init__(self, data_center: Host, connection: ServerConnection) -> None:
        self.error: ProtocolError | TransportError | None = None
        """Why the connection ended, if by an error."""
        self._data_center = data_center
        self._connection = connection
        self._is_cut = False

    @property
    def closed(self) -> bool:
        """Whether the connection has ended. Write what `data_to_send` still returns, then close."""
        return self._connection.closed

    def receive_data(self, data: bytes, *, now: float) -> None:
        """Process bytes from the client; ``b""`` means that it has closed its end. Never raises for invalid input."""
        self._connection.receive_data(data, now=now)
        self._answer(now)

    def data_to_send(self, *, now: float) -> bytes:
        """Everything that must be written to the client now. Each byte is returned once."""
        return b"" if self._data_center.stalled or self._is_cut else self._connection.data_to_send(now=now)

    def next_action(self) -> Compute | None:
        """The next computation for the driver, with `DataCenterConfig.offload_handshake`; None when there is none."""
        return self._connection.next_action()

    def receive_computed(self, action: Compute, value: object, *, now: float) -> None:
        """The job of a `Compute` has returned `value`."""
        self._connection.receive_computed(action, value, now=now)
        self._answer(now)

    def next_deadline(self) -> float | None:
        """When `handle_deadline` must be called, in the time of `now`; None for never."""
        return self._connection.next_deadline()

    def handle_deadline(self, *, now: float) -> None:
        """Process the passing of time when `next_deadline` has come."""
        self._connection.handle_deadline(now=now)
        self._answer(now)

    def close(self, *, now: float) -> None:
        """Close the connection."""
        self._connection.close(now=now)
        self._answer(now)

    def cut(self, *, now: float) -> None:
        """Close the connection as a broken network does: nothing more is sent."""
        self._is_cut = True
        self.close(now=now)

    @property
    def sessions(self) -> list[ServerSession]:
        """The sessions on this connection, unless it has ended."""
        return [] if self.closed else self._connection.sessions

    def push(self, key_id: bytes, updates: types.TypeUpdates, *, now: float) -> int:
        """Send updates to the sessions of a device on this connection: those of its auth key, or of one bound to it.

        Returns how many there are.
        """
        carried = [session for session in self.sessions if session.record.identity == key_id]
        for session in carried:
            self._connection.push(session, updates, now=now)
        return len(carried)

    def key_ids(self) -> list[bytes]:
        """The ids of the permanent auth keys in use on this connection, the latest first."""
        return list(dict.fromkeys(session.record.identity for session in reversed(self.sessions)))

    def held_keys(self) -> list[bytes]:
        """The auth keys that count as used because of this connection: the last ones that were first used on it.

        Not all of them: a client that creates many keys must also keep many connections open to hold them.
        """
        return self.key_ids()[:_MAX_HELD_KEYS]

    @property
    def is_ending(self) -> bool:
        """Whether the client's key was destroyed: `handle_deadline` is due, and closes the connection."""
        return self._connection.is_ending

    def disconnect(self, key_id: bytes, *, now: float) -> bool:
        """Close the connection if it carries a device with that auth key; returns whether it does.

        The device is notified that it has missed updates: it connects again, asks, and learns that it is logged out.
        """
        if not self.push(key_id, types.UpdatesTooLong(), now=now):
            return False
        self._connection.disconnect(now=now)
        self._answer(now)
        return True

    def _answer(self, now: float) -> None:
        while (event := self._connection.next_event()) is not None:
            match event:
                case RequestReceived():
                    self._serve(event.request, now)
                case AuthKeyCreated():
                    self._data_center.key_made(now=now)
                case AuthKeyDestroyed():
                    self._data_center.forget_key(event.auth_key_id)
                case ConnectionClosed():
                    self.error = event.error
                    self._data_center.forget(self)
                case _:
                    pass

    def _serve(self, request: IncomingRequest, now: float) -> None:
        try:
            result = self._data_center.serve(request, now=now)
        except RpcError as error:
            self._connection.send_error(request, error, now=now)
        else:
            self._connection.send_result(request, result, now=now)
