"""A driver of `Client` for Qt (PySide6)."""

from collections.abc import Callable
from math import ceil
from typing import TypeVar

from PySide6.QtCore import QTimer
from PySide6.QtNetwork import QTcpSocket

from sansio_tl import Client, Function, RequestHandle
from sansio_tl.client import Action, ClientEvent, Connect, Disconnect, Send

R = TypeVar("R")


class Driver:
    """Performs the actions of a client, and passes it data and time. Call `pump` after you have used the client."""

    def __init__(self, client: Client, clock: Callable[[], float], on_event: Callable[[ClientEvent], None]) -> None:
        self.client, self.clock, self.on_event = client, clock, on_event
        self.sockets: dict[int, QTcpSocket] = {}
        self.timer = QTimer(singleShot=True)
        self.timer.timeout.connect(lambda: self.call(self.client.handle_deadline))

    def invoke(self, function: Function[R], on_result: Callable[[RequestHandle[R]], None]) -> None:
        """Make a request; `on_result` gets its handle when it is done."""
        self.call(self.client.invoke, function, on_done=on_result)

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
        if (deadline := self.client.next_deadline()) is not None:
            self.timer.start(max(0, ceil((deadline - self.clock()) * 1000)))

    def perform(self, action: Action) -> None:
        """Perform an action."""
        client = self.client
        match action:
            case Connect(connection_id, endpoints=(endpoint, *_)):
                sock = self.sockets[connection_id] = QTcpSocket()
                sock.connected.connect(lambda: self.call(client.connection_made, connection_id, endpoint=endpoint))
                sock.readyRead.connect(lambda: self.call(client.receive_data, connection_id, sock.readAll().data()))
                sock.errorOccurred.connect(lambda error: self.call(client.connection_failed, connection_id, error.name))
                sock.connectToHost(endpoint.host, endpoint.port)
            case Send(connection_id):
                self.sockets[connection_id].write(client.data_to_send(connection_id, now=self.clock()))
            case Disconnect(connection_id, data) if connection_id in self.sockets:
                sock = self.sockets.pop(connection_id)
                sock.blockSignals(True)
                sock.write(data)
                sock.disconnectFromHost()
