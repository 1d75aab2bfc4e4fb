"""A minimal driver for `Client` with blocking sockets: it moves bytes while a request is unanswered."""

import select
import socket
from collections.abc import Callable
from typing import TypeVar

from sansio_tl import Client, Function
from sansio_tl.client import Connect, Disconnect, Send

R = TypeVar("R")


class Driver:
    """Performs the actions of a client, and passes it data and deadlines."""

    def __init__(self, client: Client, clock: Callable[[], float]) -> None:
        self.client, self.clock = client, clock
        self.sockets: dict[int, socket.socket] = {}

    def invoke(self, function: Function[R]) -> R:
        """Make a request, and wait for its outcome."""
        handle = self.client.invoke(function, now=self.clock())
        while not handle.done:
            self.step()
        return handle.result()

    def step(self) -> None:
        """Perform one action, or take one event; if there is neither, wait for data or the next deadline."""
        connection_id = 0
        try:
            match self.client.next_action():
                case Connect(connection_id, _, (endpoint, *_)):
                    self.sockets[connection_id] = socket.create_connection((endpoint.host, endpoint.port), timeout=10)
                    self.client.connection_made(connection_id, endpoint=endpoint, now=self.clock())
                case Send(connection_id):
                    self.sockets[connection_id].sendall(self.client.data_to_send(connection_id, now=self.clock()))
                case Disconnect(connection_id, data) if connection_id in self.sockets:
                    with self.sockets.pop(connection_id) as sock:
                        sock.sendall(data)
                case None if self.client.next_event() is None:
                    deadline = self.client.next_deadline() or self.clock() + 60
                    ready = select.select(self.sockets.values(), [], [], max(0.0, deadline - self.clock()))[0]
                    for connection_id, sock in [each for each in self.sockets.items() if each[1] in ready]:
                        self.client.receive_data(connection_id, sock.recv(65536), now=self.clock())
                    self.client.handle_deadline(now=self.clock())
        except OSError as error:
            self.client.connection_failed(connection_id, str(error), now=self.clock())

    def close(self) -> None:
        """Close all connections."""
        self.client.close(now=self.clock())
        while self.sockets:
            self.step()
