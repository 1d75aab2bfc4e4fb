"""Drivers: what stands between the engine and the machine, as an adapter stands between it and an event loop.

`SimClientDriver` is the one that simulations use unless they are given another. To test a driver of your own, give it
the same three methods: it gets a `Client`, a `SimHost` and a function to report events to.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeAlias

from sansio_tl.client import ClientEvent, Connect
from sansio_tl.client.client import Client
from sansio_tl.simulation.host import SimHost, Timer
from sansio_tl.simulation.network import Socket

Report: TypeAlias = Callable[[ClientEvent], None]
CONNECT_TIMEOUT = 15.0
"""Seconds after which a driver loses patience with a link that does not open."""


class Driver(Protocol):
    """Whoever drives a client."""

    def pump(self) -> None:
        """The application has used the client: do what it asks for now, and report its events."""

    def stop(self) -> None:
        """The process ends: close the sockets."""


MakeDriver: TypeAlias = Callable[[Client, SimHost, Report], Driver]


class SimClientDriver:
    """Drives a client with the callbacks of a machine."""

    def __init__(self, client: Client, machine: SimHost, report: Report) -> None:
        self._client = client
        self._machine = machine
        self._report = report
        self._sockets: dict[int, Socket] = {}
        self._dialling: dict[int, Timer] = {}
        self._timer: Timer | None = None

    def pump(self) -> None:
        """Act, write and report until the client has nothing more to say."""
        busy = True
        while busy:
            busy = self._act() or self._write()
            while (event := self._client.next_event()) is not None:
                self._report(event)
                busy = True
        self._set_timer()

    def stop(self) -> None:
        """Close everything."""
        for socket in self._sockets.values():
            socket.close()
        self._sockets.clear()
        for timer in (*self._dialling.values(), self._timer):
            if timer is not None:
                timer.cancel()

    def _act(self) -> bool:
        action = self._client.next_action()
        if action is None:
            return False
        if isinstance(action, Connect):
            self._dial(action)
        elif (socket := self._forget(action.link)) is not None:
            socket.send(action.data)
            socket.close()
        return True

    def _dial(self, dial: Connect) -> None:
        socket = self._sockets[dial.link] = self._machine.dial(dial.endpoints[0])
        socket.on_open = partial(self._opened, dial.link)
        socket.on_data = partial(self._received, dial.link)
        socket.on_room = self.pump
        socket.on_end = partial(self._ended, dial.link)
        patience = self._machine.now() + CONNECT_TIMEOUT
        self._dialling[dial.link] = self._machine.call_at(patience, partial(self._give_up, dial.link))

    def _write(self) -> bool:
        wrote = False
        for link, socket in list(self._sockets.items()):
            if socket.has_room and link not in self._dialling:
                data = self._client.data_to_send(link, now=self._machine.now())
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
        self._timer = None if due is None else self._machine.call_at(due, partial(self._tick, due))

    def _tick(self, due: float) -> None:
        self._timer = None
        self._client.handle_deadline(now=max(due, self._machine.now()))
        self.pump()

    def _opened(self, link: int) -> None:
        self._dialling.pop(link).cancel()
        self._client.connection_made(link, now=self._machine.now())
        self.pump()

    def _received(self, link: int, data: bytes) -> None:
        self._client.receive_data(link, data, now=self._machine.now())
        self.pump()

    def _ended(self, link: int, error: str | None) -> None:
        opened = link not in self._dialling
        if self._forget(link) is None:
            return
        if opened and error is None:
            self._client.receive_data(link, b"", now=self._machine.now())
        else:
            self._client.connection_failed(link, error or "closed while it was opened", now=self._machine.now())
        self.pump()

    def _give_up(self, link: int) -> None:
        socket = self._forget(link)
        if socket is not None:
            socket.close()
            self._client.connection_failed(link, "no answer", now=self._machine.now())
            self.pump()

    def _forget(self, link: int) -> Socket | None:
        patience = self._dialling.pop(link, None)
        if patience is not None:
            patience.cancel()
        return self._sockets.pop(link, None)
