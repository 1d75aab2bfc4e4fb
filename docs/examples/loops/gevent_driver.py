"""A driver of `Client` for gevent, without monkey patches."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from gevent import Greenlet, event, queue, socket, spawn, spawn_later

from sansio_tl import Client, Function
from sansio_tl.client import Action, ClientEvent, Connect, Disconnect, Send

R = TypeVar("R")


class Driver:
    """Performs the actions of a client, and passes it data and time. Call `pump` after you have used the client."""

    def __init__(self, client: Client, clock: Callable[[], float], on_event: Callable[[ClientEvent], None]) -> None:
        self.client, self.clock, self.on_event = client, clock, on_event
        self.orders: dict[int, queue.Queue[bytes | None]] = {}
        self.timer: Any = Greenlet()

    def invoke(self, function: Function[R]) -> R:
        """Make a request, and wait for its outcome."""
        done = event.Event()
        handle = self.client.invoke(function, on_done=lambda _: done.set(), now=self.clock())
        self.pump()
        done.wait()
        return handle.result()

    def call(self, method: Callable[..., object], *args: object, **more: object) -> None:
        """Call a method of the client."""
        method(*args, **more, now=self.clock())
        self.pump()

    def pump(self) -> None:
        """Perform all actions, report all events, and set the timer."""
        while (action := self.client.next_action()) is not None:
            self.perform(action)
        while (event := self.client.next_event()) is not None:
            self.on_event(event)
        self.timer.kill(block=False)
        if (deadline := self.client.next_deadline()) is not None:
            seconds = max(0.0, deadline - self.clock())
            self.timer = spawn_later(seconds, lambda: spawn(self.call, self.client.handle_deadline))

    def perform(self, action: Action) -> None:
        """Perform an action."""
        match action:
            case Connect(connection_id):
                self.orders[connection_id] = queue.Queue()
                spawn(self.carry, action, self.orders[connection_id])
            case Send(connection_id):
                self.orders[connection_id].put(None)
            case Disconnect(connection_id, data) if connection_id in self.orders:
                self.orders.pop(connection_id).put(data)

    def carry(self, connect: Connect, orders: "queue.Queue[bytes | None]") -> None:
        """Connect, and send until the client disconnects."""
        endpoint = connect.endpoints[0]
        try:
            sock = socket.create_connection((endpoint.host, endpoint.port))
        except OSError as error:
            return self.call(self.client.connection_failed, connect.connection_id, str(error))
        with sock, suppress(OSError):  # `receive` reports it
            spawn(self.receive, connect.connection_id, sock)
            self.call(self.client.connection_made, connect.connection_id, endpoint=endpoint)
            while (last := orders.get()) is None:
                sock.sendall(self.client.data_to_send(connect.connection_id, now=self.clock()))
            sock.sendall(last)

    def receive(self, connection_id: int, sock: socket.socket) -> None:
        """Receive until the end of the connection."""
        try:
            while data := sock.recv(65536):
                self.call(self.client.receive_data, connection_id, data)
            self.call(self.client.receive_data, connection_id, b"")
        except OSError as error:
            self.call(self.client.connection_failed, connection_id, str(error))
