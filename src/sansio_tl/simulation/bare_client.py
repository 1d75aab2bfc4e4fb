"""Clients that use a bare `Connection`: each connection stands alone and settles its requests when it ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sansio_tl.client.actions import Endpoint
from sansio_tl.config import Config
from sansio_tl.connection.client import Connection
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors import TransportError
from sansio_tl.errors.protocol import LocalProtocolError, RemoteProtocolError
from sansio_tl.events import ConnectionClosed, OutcomeUnknown, RequestFailed, ResultReceived
from sansio_tl.mtproto.client.request import RequestHandle
from sansio_tl.simulation.client import ClientObserver
from sansio_tl.simulation.driver import CONNECT_TIMEOUT
from sansio_tl.simulation.host import SimHost, Timer
from sansio_tl.simulation.network import Socket
from sansio_tl.simulation.requests import RequestStatus, SimRequest
from sansio_tl.simulation.rng import Rng

_PAUSE = 2.0
"""Mean time in seconds before it reconnects."""
_UNKNOWN_KEY_LIMIT = 3
"""Consecutive reports of an unknown key after which the client checks whether the key is lost."""


class BareClient:
    """Uses one `Connection` after another."""

    def __init__(
        self,
        name: str,
        config: Config,
        endpoint: Endpoint,
        host: SimHost,
        *,
        auth_key: AuthKey | None,
        is_lost: Callable[[bytes], bool],
        observer: ClientObserver,
        rng: Rng,
    ) -> None:
        self.name = name
        self.host = host
        self.connection: Connection | None = None
        self.waiting: dict[RequestHandle[Any], SimRequest] = {}
        """Unanswered requests."""
        self._config = config
        self._endpoint = endpoint
        self._auth_key = auth_key
        self._is_lost = is_lost
        self._observer = observer
        self._rng = rng
        self._handles: dict[SimRequest, RequestHandle[Any]] = {}
        self._postponed: list[SimRequest] = []
        self._unknown_key_count = 0
        self._connections = 0
        self._socket: Socket | None = None
        self._timer: Timer | None = None
        self._connect_timer: Timer | None = None

    def start(self) -> None:
        """Connect."""
        socket = self._socket = self.host.connect(self._endpoint)
        socket.on_open = self._opened
        socket.on_data = self._received
        socket.on_writable = self._pump
        socket.on_end = self._ended
        self._connect_timer = self.host.call_at(self.host.now() + CONNECT_TIMEOUT, self._connect_failed)

    def invoke(self, sim_request: SimRequest) -> None:
        """Send a request as soon as there is a connection."""
        connection = self.connection
        if connection is None or connection.closed:
            self._postponed.append(sim_request)
            return
        after = None if sim_request.after is None else self._handles.get(sim_request.after)
        try:
            handle = connection.invoke(
                sim_request.function, after=after, quick_ack=sim_request.quick_ack, now=self.host.now()
            )
        except LocalProtocolError:
            sim_request.state = RequestStatus.ABANDONED
            return
        self.waiting[handle] = sim_request
        self._handles[sim_request] = handle
        self._pump()

    def abandon(self, sim_request: SimRequest) -> None:
        """Cancel a request."""
        handle = self._handles.get(sim_request)
        if sim_request in self._postponed:
            self._postponed.remove(sim_request)
            sim_request.state = RequestStatus.CANCELLED
        elif self.connection is not None and handle in self.waiting:
            sim_request.state = RequestStatus.CANCELLED
            del self.waiting[handle]
            self.connection.cancel(handle, now=self.host.now())
            self._pump()

    def _opened(self) -> None:
        if self._connect_timer is not None:
            self._connect_timer.cancel()
        self._connections += 1
        self.connection = Connection(
            self._config,
            auth_key=self._auth_key,
            entropy=self._rng,
            now=self.host.now(),
            tracer=self.host.tracer(f"{self.name}, connection {self._connections}"),
        )
        self._observer.started(self)
        postponed, self._postponed = self._postponed, []
        for sim_request in postponed:
            self.invoke(sim_request)
        self._pump()

    def _pump(self) -> None:
        connection, socket = self.connection, self._socket
        if connection is None or socket is None:
            return
        while (event := connection.next_event()) is not None:
            sim_request = None
            if isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown):
                sim_request = self.waiting.pop(event.handle, None)
            self._observer.client_event(self, event, sim_request)
            if isinstance(event, ResultReceived):
                self._unknown_key_count = 0
            if isinstance(event, ConnectionClosed):
                self._keep_key(connection, event.error)
                self._reconnect(connection)
                return
        if socket.is_writable and (data := connection.data_to_send(now=self.host.now())):
            socket.send(data)
        self._set_timer(connection)

    def _keep_key(self, connection: Connection, error: Exception | None) -> None:
        """Keep the key, unless the data center has reported it as unknown repeatedly."""
        unknown = isinstance(error, TransportError) and error.code == -404
        self._unknown_key_count += unknown or (isinstance(error, RemoteProtocolError) and error.check == "HS18")
        self._auth_key = connection.auth_key
        if (
            self._unknown_key_count >= _UNKNOWN_KEY_LIMIT
            and self._auth_key is not None
            and self._is_lost(self._auth_key.id)
        ):
            self._auth_key, self._unknown_key_count = None, 0

    def _reconnect(self, connection: Connection) -> None:
        if self._socket is not None:
            self._socket.send(connection.data_to_send(now=self.host.now()))
            self._socket.close()
        self._socket = self.connection = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.host.call_at(self.host.now() + self._rng.around(_PAUSE), self.start)

    def _set_timer(self, connection: Connection) -> None:
        due = connection.next_deadline()
        if self._timer is not None:
            if self._timer.when == due:
                return
            self._timer.cancel()
        self._timer = None if due is None else self.host.call_at(due, lambda: self._tick(connection, due))

    def _tick(self, connection: Connection, due: float) -> None:
        self._timer = None
        connection.handle_deadline(now=max(due, self.host.now()))
        self._pump()

    def _received(self, data: bytes) -> None:
        if self.connection is not None:
            self.connection.receive_data(data, now=self.host.now())
            self._pump()

    def _ended(self, error: str | None) -> None:
        connection = self.connection
        if connection is None:
            self._connect_failed()
            return
        if error is None:
            connection.receive_data(b"", now=self.host.now())
        else:
            connection.close(now=self.host.now())
        self._pump()

    def _connect_failed(self) -> None:
        if self._connect_timer is not None:
            self._connect_timer.cancel()
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self.host.call_at(self.host.now() + self._rng.around(_PAUSE), self.start)
