"""Customers that use a bare `Connection`: each link is a life of its own, and ends with everything settled."""

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
from sansio_tl.simulation.client import Audience
from sansio_tl.simulation.driver import CONNECT_TIMEOUT
from sansio_tl.simulation.host import SimHost, Timer
from sansio_tl.simulation.network import Socket
from sansio_tl.simulation.requests import RequestStatus, SimRequest
from sansio_tl.simulation.rng import Rng

_PAUSE = 2.0
"""Seconds before it dials again, on average."""
_DOUBTS = 3
"""How often in a row the data center must detach_owner a key before its owner asks people whether that is so."""


class BareClient:
    """Uses one `Connection` after another."""

    def __init__(
        self,
        name: str,
        config: Config,
        endpoint: Endpoint,
        machine: SimHost,
        *,
        auth_key: AuthKey | None,
        is_lost: Callable[[bytes], bool],
        audience: Audience,
        dice: Rng,
    ) -> None:
        self.name = name
        self.machine = machine
        self.connection: Connection | None = None
        self.waiting: dict[RequestHandle[Any], SimRequest] = {}
        """What it waits for."""
        self._config = config
        self._endpoint = endpoint
        self._auth_key = auth_key
        self._is_lost = is_lost
        self._audience = audience
        self._dice = dice
        self._handles: dict[SimRequest, RequestHandle[Any]] = {}
        self._postponed: list[SimRequest] = []
        self._disowned = 0
        self._socket: Socket | None = None
        self._timer: Timer | None = None
        self._patience: Timer | None = None

    def start(self) -> None:
        """Connect."""
        socket = self._socket = self.machine.dial(self._endpoint)
        socket.on_open = self._opened
        socket.on_data = self._received
        socket.on_room = self._pump
        socket.on_end = self._ended
        self._patience = self.machine.call_at(self.machine.now() + CONNECT_TIMEOUT, self._give_up)

    def ask(self, errand: SimRequest) -> None:
        """Send an errand on its way, as soon as there is a link."""
        connection = self.connection
        if connection is None or connection.closed:
            self._postponed.append(errand)
            return
        after = None if errand.after is None else self._handles.get(errand.after)
        try:
            handle = connection.invoke(errand.function, after=after, quick_ack=errand.quick_ack, now=self.machine.now())
        except LocalProtocolError:
            errand.state = RequestStatus.ABANDONED
            return
        self.waiting[handle] = errand
        self._handles[errand] = handle
        self._pump()

    def lose_patience(self, errand: SimRequest) -> None:
        """Do not wait for an errand any longer."""
        handle = self._handles.get(errand)
        if errand in self._postponed:
            self._postponed.remove(errand)
            errand.state = RequestStatus.CANCELLED
        elif self.connection is not None and handle in self.waiting:
            errand.state = RequestStatus.CANCELLED
            del self.waiting[handle]
            self.connection.cancel(handle, now=self.machine.now())
            self._pump()

    def _opened(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
        self.connection = Connection(self._config, auth_key=self._auth_key, entropy=self._dice, now=self.machine.now())
        self._audience.started(self)
        postponed, self._postponed = self._postponed, []
        for errand in postponed:
            self.ask(errand)
        self._pump()

    def _pump(self) -> None:
        connection, socket = self.connection, self._socket
        if connection is None or socket is None:
            return
        while (event := connection.next_event()) is not None:
            errand = None
            if isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown):
                errand = self.waiting.pop(event.handle, None)
            self._audience.told(self, event, errand)
            if isinstance(event, ResultReceived):
                self._disowned = 0
            if isinstance(event, ConnectionClosed):
                self._keep_key(connection, event.error)
                self._dial_again(connection)
                return
        if socket.has_room and (data := connection.data_to_send(now=self.machine.now())):
            socket.send(data)
        self._set_timer(connection)

    def _keep_key(self, connection: Connection, error: Exception | None) -> None:
        """Go on with the key, unless the data center does not seem to know it any more."""
        unknown = isinstance(error, TransportError) and error.code == -404
        self._disowned += unknown or (isinstance(error, RemoteProtocolError) and error.check == "HS18")
        self._auth_key = connection.auth_key
        if self._disowned >= _DOUBTS and self._auth_key is not None and self._is_lost(self._auth_key.id):
            self._auth_key, self._disowned = None, 0

    def _dial_again(self, connection: Connection) -> None:
        if self._socket is not None:
            self._socket.send(connection.data_to_send(now=self.machine.now()))
            self._socket.close()
        self._socket = self.connection = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.machine.call_at(self.machine.now() + self._dice.around(_PAUSE), self.start)

    def _set_timer(self, connection: Connection) -> None:
        due = connection.next_deadline()
        if self._timer is not None:
            if self._timer.when == due:
                return
            self._timer.cancel()
        self._timer = None if due is None else self.machine.call_at(due, lambda: self._tick(connection, due))

    def _tick(self, connection: Connection, due: float) -> None:
        self._timer = None
        connection.handle_deadline(now=max(due, self.machine.now()))
        self._pump()

    def _received(self, data: bytes) -> None:
        if self.connection is not None:
            self.connection.receive_data(data, now=self.machine.now())
            self._pump()

    def _ended(self, error: str | None) -> None:
        connection = self.connection
        if connection is None:
            self._give_up()
            return
        if error is None:
            connection.receive_data(b"", now=self.machine.now())
        else:
            connection.close(now=self.machine.now())
        self._pump()

    def _give_up(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self.machine.call_at(self.machine.now() + self._dice.around(_PAUSE), self.start)
