"""A driver for `Client` made of plain sockets: what an adapter does, without its threads and its care."""

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
    """Dials and hangs up as the client says, and carries its bytes while somebody asks."""

    def __init__(self, client: Client, clock: Callable[[], float]) -> None:
        self.client = client
        self.clock = clock
        self.sockets: dict[int, socket.socket] = {}

    def ask(self, function: Function[R]) -> R:
        """Make one request, over whatever links it takes."""
        handle = self.client.invoke(function, now=self.clock())
        while True:
            self.obey()
            while (event := self.client.next_event()) is not None:
                match event:
                    case ResultReceived(handle=ours, result=result) if ours is handle:
                        return result  # type: ignore[no-any-return]
                    case RequestFailed(handle=ours, error=error) if ours is handle:
                        raise error
                    case OutcomeUnknown(handle=ours, reason=reason) if ours is handle:
                        raise ConnectionError(reason)
            self.wait()

    def obey(self) -> None:
        """Do what the client wants done, and send what it has to say."""
        while (action := self.client.next_action()) is not None:
            match action:
                case Connect(connection_id=link, endpoints=endpoints):
                    self.dial(link, endpoints)
                case Disconnect(connection_id=link, data=data):
                    self.hang_up(link, data)
        for link, sock in list(self.sockets.items()):
            try:
                sock.sendall(self.client.data_to_send(link, now=self.clock()))
            except OSError as error:
                self.lose(link, error)

    def dial(self, link: int, endpoints: tuple[Endpoint, ...]) -> None:
        """Connect to the first endpoint that can be reached."""
        reason = "no endpoint"
        for endpoint in endpoints:
            try:
                self.sockets[link] = socket.create_connection((endpoint.host, endpoint.port), timeout=10)
            except OSError as error:
                reason = f"{endpoint.host} port {endpoint.port}: {error}"
            else:
                self.client.connection_made(link, endpoint=endpoint, now=self.clock())
                return
        self.client.connection_failed(link, reason, now=self.clock())

    def hang_up(self, link: int, data: bytes) -> None:
        """Say the last words and close; the peer may have closed already."""
        if (sock := self.sockets.pop(link, None)) is not None:
            with sock, suppress(OSError):
                sock.sendall(data)

    def lose(self, link: int, error: OSError) -> None:
        """The connection broke."""
        self.sockets.pop(link).close()
        self.client.connection_failed(link, f"the connection broke: {error}", now=self.clock())

    def wait(self) -> None:
        """Wait for bytes or for time, and tell the client."""
        deadline = self.client.next_deadline()
        seconds = 60.0 if deadline is None else max(0.0, deadline - self.clock())
        ready: list[Any] = select.select(list(self.sockets.values()), [], [], seconds)[0]
        for link, sock in list(self.sockets.items()):
            if sock in ready:
                try:
                    self.client.receive_data(link, sock.recv(65536), now=self.clock())
                except OSError as error:
                    self.lose(link, error)
        self.client.handle_deadline(now=self.clock())

    def leave(self) -> None:
        """Hang up everywhere."""
        self.client.close(now=self.clock())
        self.obey()
