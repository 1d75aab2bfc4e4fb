"""A minimal driver for `Client` with blocking sockets, for one request at a time."""

import select
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from sansio_tl import Client, Endpoint, Function
from sansio_tl.client import Connect, Disconnect
from sansio_tl.events import OutcomeUnknown, RequestFailed, ResultReceived

R = TypeVar("R")


class Driver:
    """Opens and closes sockets for a client, and moves its bytes while a request is unanswered."""

    def __init__(self, client: Client, clock: Callable[[], float]) -> None:
        self.client = client
        self.clock = clock
        self.sockets: dict[int, socket.socket] = {}

    def invoke(self, function: Function[R]) -> R:
        """Make a request, and wait for its answer."""
        handle = self.client.invoke(function, now=self.clock())
        while True:
            self.perform_actions()
            while (event := self.client.next_event()) is not None:
                match event:
                    case ResultReceived(handle=ours, result=result) if ours is handle:
                        return result  # type: ignore[no-any-return]
                    case RequestFailed(handle=ours, error=error) if ours is handle:
                        raise error
                    case OutcomeUnknown(handle=ours, reason=reason) if ours is handle:
                        raise ConnectionError(reason)
            self.wait()

    def perform_actions(self) -> None:
        """Perform the client's actions, then send its output."""
        while (action := self.client.next_action()) is not None:
            match action:
                case Connect(connection_id=connection_id, endpoints=endpoints):
                    self.connect(connection_id, endpoints)
                case Disconnect(connection_id=connection_id, data=data):
                    self.disconnect(connection_id, data)
        for connection_id, sock in list(self.sockets.items()):
            try:
                sock.sendall(self.client.data_to_send(connection_id, now=self.clock()))
            except OSError as error:
                self.report_failure(connection_id, error)

    def connect(self, connection_id: int, endpoints: tuple[Endpoint, ...]) -> None:
        """Connect to the first reachable endpoint."""
        reason = "no endpoint"
        for endpoint in endpoints:
            try:
                self.sockets[connection_id] = socket.create_connection((endpoint.host, endpoint.port), timeout=10)
            except OSError as error:
                reason = f"{endpoint.host} port {endpoint.port}: {error}"
            else:
                self.client.connection_made(connection_id, endpoint=endpoint, now=self.clock())
                return
        self.client.connection_failed(connection_id, reason, now=self.clock())

    def disconnect(self, connection_id: int, data: bytes) -> None:
        """Send the last bytes and close; the peer may have closed before."""
        if (sock := self.sockets.pop(connection_id, None)) is not None:
            with sock, suppress(OSError):
                sock.sendall(data)

    def report_failure(self, connection_id: int, error: OSError) -> None:
        """Close a broken socket, and report it to the client."""
        self.sockets.pop(connection_id).close()
        self.client.connection_failed(connection_id, f"the connection broke: {error}", now=self.clock())

    def wait(self) -> None:
        """Wait for data or the next deadline, and pass it to the client."""
        deadline = self.client.next_deadline()
        seconds = 60.0 if deadline is None else max(0.0, deadline - self.clock())
        ready: list[Any] = select.select(list(self.sockets.values()), [], [], seconds)[0]
        for connection_id, sock in list(self.sockets.items()):
            if sock in ready:
                try:
                    self.client.receive_data(connection_id, sock.recv(65536), now=self.clock())
                except OSError as error:
                    self.report_failure(connection_id, error)
        self.client.handle_deadline(now=self.clock())

    def close(self) -> None:
        """Close all connections."""
        self.client.close(now=self.clock())
        self.perform_actions()
