"""A driver for `Client` made of plain sockets: what an adapter does, without its threads and its care."""

import select
import socket
from collections.abc import Callable
from typing import Any, TypeVar

from sansio_tl.client import Client, Dial, HangUp
from sansio_tl.events import OutcomeUnknown, RequestFailed, ResultReceived
from sansio_tl.tl.objects import Function

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
                case Dial(link=link, endpoints=[endpoint, *_]):
                    try:
                        self.sockets[link] = socket.create_connection((endpoint.host, endpoint.port), timeout=10)
                    except OSError as error:
                        self.client.link_failed(link, str(error), now=self.clock())
                    else:
                        self.client.link_up(link, now=self.clock())
                case HangUp(link=link):
                    self.sockets.pop(link).close()
        for link, sock in self.sockets.items():
            sock.sendall(self.client.data_to_send(link, now=self.clock()))

    def wait(self) -> None:
        """Wait for bytes or for time, and tell the client."""
        deadline = self.client.next_deadline()
        seconds = 60.0 if deadline is None else max(0.0, deadline - self.clock())
        ready: list[Any] = select.select(list(self.sockets.values()), [], [], seconds)[0]
        for link, sock in list(self.sockets.items()):
            if sock in ready:
                self.client.receive_data(link, sock.recv(65536), now=self.clock())
        self.client.handle_deadline(now=self.clock())

    def leave(self) -> None:
        """Hang up everywhere."""
        self.client.close(now=self.clock())
        self.obey()
