"""A driver of `Client` for Twisted."""

from collections.abc import Callable
from typing import Any, TypeVar

from twisted.internet.base import DelayedCall
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IConnector
from twisted.internet.protocol import ClientFactory, Protocol, connectionDone
from twisted.python.failure import Failure

from sansio_tl import Client, Endpoint, Function
from sansio_tl.client import Action, ClientEvent, Connect, Disconnect, Send

R = TypeVar("R")


class Connection(ClientFactory, Protocol):
    """A connection, and the factory that makes it."""

    transport: Any

    def __init__(self, driver: "Driver", connection_id: int, endpoint: Endpoint) -> None:
        self.driver, self.client, self.id, self.endpoint = driver, driver.client, connection_id, endpoint
        self.connector: Any = driver.reactor.connectTCP(endpoint.host, endpoint.port, self)

    def buildProtocol(self, addr: IAddress | None) -> Protocol:
        return self

    def clientConnectionFailed(self, connector: IConnector, reason: Failure) -> None:
        self.connectionLost(reason)

    def connectionMade(self) -> None:
        self.driver.call(self.client.connection_made, self.id, endpoint=self.endpoint)

    def dataReceived(self, data: bytes) -> None:
        self.driver.call(self.client.receive_data, self.id, data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.driver.call(self.client.connection_failed, self.id, reason.getErrorMessage())


class Driver:
    """Performs the actions of a client, and passes it data and time. Call `pump` after you have used the client."""

    def __init__(
        self, client: Client, clock: Callable[[], float], on_event: Callable[[ClientEvent], None], reactor: Any
    ) -> None:
        self.client, self.clock, self.on_event, self.reactor = client, clock, on_event, reactor
        self.connections: dict[int, Connection] = {}
        self.timer: DelayedCall | None = None

    def invoke(self, function: Function[R]) -> Deferred[R]:
        """Make a request."""
        done: Deferred[None] = Deferred()
        handle = self.client.invoke(function, on_done=lambda _: done.callback(None), now=self.clock())
        self.pump()
        return done.addCallback(lambda _: handle.result())

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
        if self.timer is not None and self.timer.active():
            self.timer.cancel()
        if (deadline := self.client.next_deadline()) is not None:
            seconds = max(0.0, deadline - self.clock())
            self.timer = self.reactor.callLater(seconds, self.call, self.client.handle_deadline)

    def perform(self, action: Action) -> None:
        """Perform an action."""
        match action:
            case Connect(connection_id, endpoints=(endpoint, *_)):
                self.connections[connection_id] = Connection(self, connection_id, endpoint)
            case Send(connection_id):
                data = self.client.data_to_send(connection_id, now=self.clock())
                self.connections[connection_id].transport.write(data)
            case Disconnect(connection_id, data) if connection_id in self.connections:
                connection = self.connections.pop(connection_id)
                if connection.connected:
                    connection.transport.write(data)
                connection.connector.disconnect()
