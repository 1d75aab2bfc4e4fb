"""A minimal driver for `Client` with blocking sockets: it moves bytes while a request is unanswered."""

import select
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from sansio_tl import Client, Function
from sansio_tl.client import Compute, Connect, Disconnect, Send

R = TypeVar("R")


class Driver:
    """Performs the actions of a client, and passes it data and deadlines."""

    def __init__(self, client: Client, clock: Callable[[], float]) -> None:
        self.client, self.clock = client, clock
        self.sockets: dict[int, socket.socket] = {}

    def invoke(self, function: Function[R]) -> R:
        """Make a request, and wait for its outcome."""
        handle = self.client.invoke(function, now=self.clock())
        self.act()
        while not handle.done:
            self.wait()
            self.act()
        return handle.result()

    def act(self) -> None:
        """Perform the client's actions, and take its events."""
        while (action := self.client.next_action()) is not None:
            if isinstance(action, Compute):
                self.client.receive_computed(action, action.job(), now=self.clock())
                continue
            try:
                self.perform(action)
            except OSError as error:
                self.client.connection_failed(action.connection_id, str(error), now=self.clock())
        while self.client.next_event() is not None:
            pass  # updates, and a SnapshotChanged after which client.snapshot() should be saved

    def perform(self, action: Connect | Send | Disconnect) -> None:
        """Perform an action that concerns a connection."""
        match action:
            case Connect(connection_id, _, endpoints):
                for endpoint in endpoints:
                    with suppress(OSError):
                        sock = socket.create_connection((endpoint.host, endpoint.port), timeout=5)
                        self.sockets[connection_id] = sock
                        self.client.connection_made(connection_id, endpoint=endpoint, now=self.clock())
                        return
                raise ConnectionError("no endpoint can be reached")
            case Send(connection_id):
                self.sockets[connection_id].sendall(self.client.data_to_send(connection_id, now=self.clock()))
            case Disconnect(connection_id, data) if connection_id in self.sockets:
                with self.sockets.pop(connection_id) as sock, suppress(OSError):
                    sock.sendall(data)

    def wait(self) -> None:
        """Wait for data or the next deadline, and pass it to the client."""
        deadline = self.client.next_deadline()
        seconds = None if deadline is None else max(0.0, deadline - self.clock())
        ready, _, _ = select.select(self.sockets.values(), [], [], seconds)
        for connection_id in [each for each, sock in self.sockets.items() if sock in ready]:
            try:
                data = self.sockets[connection_id].recv(65536)
                self.client.receive_data(connection_id, data, now=self.clock())
            except OSError as error:
                self.client.connection_failed(connection_id, str(error), now=self.clock())
        self.client.handle_deadline(now=self.clock())

    def close(self) -> None:
        """Close all connections."""
        self.client.close(now=self.clock())
        self.act()
