"""A driver of `Client` for the selectors of the standard library; your loop calls `step`."""

import socket
from collections.abc import Callable
from contextlib import suppress
from errno import EISCONN
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector, DefaultSelector
from typing import TypeVar

from sansio_tl import Client, Endpoint, Function
from sansio_tl.client import Action, ClientEvent, Connect, Disconnect, Send

R = TypeVar("R")


class Driver:
    """Performs the actions of a client, and passes it data and time. Call `pump` after you have used the client."""

    def __init__(self, client: Client, clock: Callable[[], float], on_event: Callable[[ClientEvent], None]) -> None:
        self.client, self.clock, self.on_event = client, clock, on_event
        self.selector: BaseSelector = DefaultSelector()
        self.new_socket: Callable[[int], socket.socket] = socket.socket
        self.sockets: dict[int, socket.socket] = {}
        self.attempts: dict[int, Endpoint] = {}
        self.unsent: dict[int, bytes] = {}

    def invoke(self, function: Function[R]) -> R:
        """Make a request, and wait for its outcome."""
        handle = self.client.invoke(function, now=self.clock())
        self.pump()
        while not handle.done:
            self.step()
        return handle.result()

    def pump(self) -> None:
        """Perform all actions, and report all events."""
        while (action := self.client.next_action()) is not None:
            self.perform(action)
        while (event := self.client.next_event()) is not None:
            self.on_event(event)

    def perform(self, action: Action) -> None:
        """Perform an action."""
        match action:
            case Connect(connection_id, endpoints=(endpoint, *_)):
                sock = self.new_socket(socket.AF_INET6 if ":" in endpoint.host else socket.AF_INET)
                self.sockets[connection_id], self.attempts[connection_id] = sock, endpoint
                self.selector.register(sock, EVENT_WRITE, connection_id)
                sock.setblocking(False)
                sock.connect_ex((endpoint.host, endpoint.port))
            case Send(connection_id):
                self.selector.modify(self.sockets[connection_id], EVENT_READ | EVENT_WRITE, connection_id)
            case Disconnect(connection_id, data) if connection_id in self.sockets:
                self.selector.unregister(self.sockets[connection_id])
                with self.sockets.pop(connection_id) as sock, suppress(OSError):
                    sock.send(self.unsent.pop(connection_id, b"") + data)

    def step(self) -> None:
        """Wait for a socket or the deadline, and pass on what has happened."""
        deadline = self.client.next_deadline()
        for key, ready in self.selector.select(None if deadline is None else max(0.0, deadline - self.clock())):
            try:
                self.handle(key.data, self.sockets[key.data], ready)
            except OSError as error:
                self.client.connection_failed(key.data, str(error), now=self.clock())
        self.client.handle_deadline(now=self.clock())
        self.pump()

    def handle(self, connection_id: int, sock: socket.socket, ready: int) -> None:
        """A socket is ready."""
        if endpoint := self.attempts.pop(connection_id, None):
            if sock.connect_ex((endpoint.host, endpoint.port)) not in {0, EISCONN}:
                raise ConnectionRefusedError(f"cannot connect to {endpoint}")
            self.client.connection_made(connection_id, endpoint=endpoint, now=self.clock())
        if ready & EVENT_READ:
            self.client.receive_data(connection_id, sock.recv(65536), now=self.clock())
        if ready & EVENT_WRITE:
            data = self.unsent.get(connection_id) or self.client.data_to_send(connection_id, now=self.clock())
            self.unsent[connection_id] = data[sock.send(data) :]
            self.selector.modify(sock, EVENT_READ | bool(self.unsent[connection_id]) * EVENT_WRITE, connection_id)
