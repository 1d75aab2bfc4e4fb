"""Drivers: the layer between the engine and a host, like an adapter between the engine and an event loop.

`SimClientDriver` is the default. To test a driver of your own, give it the same constructor and `pump`: it receives a
`Client`, a `SimHost` and a callback for events.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeAlias

from sansio_tl.client import ClientEvent, Compute, Connect, Disconnect, Send
from sansio_tl.client.actions import Endpoint
from sansio_tl.client.client import Client
from sansio_tl.simulation.host import SimHost, Timer
from sansio_tl.simulation.network import Socket

Report: TypeAlias = Callable[[ClientEvent], None]
CONNECT_TIMEOUT = 15.0
"""Timeout of connecting, in seconds."""


class Driver(Protocol):
    """The interface of a client's driver."""

    def pump(self) -> None:
        """The application has used the client: perform its actions now, and report its events."""


MakeDriver: TypeAlias = Callable[[Client, SimHost, Report], Driver]


class SimClientDriver:
    """Drives a client with the callbacks of a host."""

    def __init__(self, client: Client, host: SimHost, report: Report) -> None:
        self._client = client
        self._host = host
        self._report = report
        self._sockets: dict[int, Socket] = {}
        self._connecting: dict[int, Timer] = {}
        self._to_send: set[int] = set()
        """The connections that have output, for when their sockets are writable."""
        self._timer: Timer | None = None

    def pump(self) -> None:
        """Act, write and report until the client has no more output."""
        busy = True
        while busy:
            busy = self._act() or self._write()
            while (event := self._client.next_event()) is not None:
                self._report(event)
                busy = True
        self._set_timer()

    def _act(self) -> bool:
        action = self._client.next_action()
        if action is None:
            return False
        if isinstance(action, Connect):
            self._connect(action)
        elif isinstance(action, Send):
            self._to_send.add(action.connection_id)
        elif isinstance(action, Compute):
            self._client.receive_computed(action, action.job(), now=self._host.now())
        elif isinstance(action, Disconnect) and (socket := self._forget(action.connection_id)) is not None:
            socket.send(action.data)
            socket.close()
        return True

    def _connect(self, connect: Connect) -> None:
        socket = self._sockets[connect.connection_id] = self._host.connect(connect.endpoints[0])
        socket.on_open = partial(self._opened, connect.connection_id, connect.endpoints[0])
        socket.on_data = partial(self._received, connect.connection_id)
        socket.on_writable = self.pump
        socket.on_end = partial(self._ended, connect.connection_id)
        self._connecting[connect.connection_id] = self._host.call_at(
            self._host.now() + CONNECT_TIMEOUT, partial(self._connect_timed_out, connect.connection_id)
        )

    def _write(self) -> bool:
        wrote = False
        for connection_id, socket in list(self._sockets.items()):
            if connection_id in self._to_send and socket.is_writable:
                self._to_send.remove(connection_id)
                data = self._client.data_to_send(connection_id, now=self._host.now())
                if data:
                    socket.send(data)
                    wrote = True
        return wrote

    def _set_timer(self) -> None:
        due = self._client.next_deadline()
        if self._timer is not None:
            if self._timer.when == due:
                return
            self._timer.cancel()
        self._timer = None if due is None else self._host.call_at(due, partial(self._tick, due))

    def _tick(self, due: float) -> None:
        self._timer = None
        self._client.handle_deadline(now=max(due, self._host.now()))
        self.pump()

    def _opened(self, connection_id: int, endpoint: Endpoint) -> None:
        self._connecting.pop(connection_id).cancel()
        self._client.connection_made(connection_id, endpoint=endpoint, now=self._host.now())
        self.pump()

    def _received(self, connection_id: int, data: bytes) -> None:
        self._client.receive_data(connection_id, data, now=self._host.now())
        self.pump()

    def _ended(self, connection_id: int, error: str | None) -> None:
        opened = connection_id not in self._connecting
        if self._forget(connection_id) is None:
            return
        if opened and error is None:
            self._client.receive_data(connection_id, b"", now=self._host.now())
        else:
            self._client.connection_failed(connection_id, error or "closed while connecting", now=self._host.now())
        self.pump()

    def _connect_timed_out(self, connection_id: int) -> None:
        socket = self._forget(connection_id)
        if socket is not None:
            socket.close()
            self._client.connection_failed(connection_id, "no answer", now=self._host.now())
            self.pump()

    def _forget(self, connection_id: int) -> Socket | None:
        connect_timer = self._connecting.pop(connection_id, None)
        if connect_timer is not None:
            connect_timer.cancel()
        self._to_send.discard(connection_id)
        return self._sockets.pop(connection_id, None)
