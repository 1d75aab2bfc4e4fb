"""A client and several data centers, connected in memory: every byte arrives, at once and in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sansio_tl import Client, ClientConfig, Config, Endpoint, functions, types
from sansio_tl.client import Compute, Connect, Disconnect, FetchConfig, Send
from sansio_tl.client.account_state import AccountState
from sansio_tl.client.connection_manager import ConnectionManager
from sansio_tl.client.dc_session import DcSession
from sansio_tl.client.event_handler import EventHandler
from sansio_tl.client.events import ClientEvent
from sansio_tl.connection.server import IncomingRequest, KeyStore, ServerConfig, ServerConnection
from sansio_tl.crypto.rsa import RsaPrivateKey
from sansio_tl.errors import RpcError
from sansio_tl.events import AuthKeyDestroyed, RequestReceived
from sansio_tl.framing import Intermediate
from sansio_tl.limits import Limits
from tests.helpers.entropy import SeededEntropy
from tests.helpers.rsa_key import rsa_key

NOW = 1_790_000_000.0
ME = types.User(id=7, self=True)
AUTHORIZATION = types.auth.Authorization(user=ME)
NEAREST = types.NearestDc(country="NL", this_dc=2, nearest_dc=2)
Application = Callable[[int, IncomingRequest], object]


@dataclass
class FakeDataCenter:
    """A data center."""

    dc_id: int
    keys: KeyStore = field(default_factory=KeyStore)
    requests: list[IncomingRequest] = field(default_factory=list)
    reachable: bool = True
    """Whether connections can be opened; otherwise they fail at once."""
    answers: bool = True
    """Whether anything is received of the attempt to open one."""
    private_key: RsaPrivateKey = field(default_factory=rsa_key)
    clock_ahead: float = 0.0
    """Its clock minus the client's, in seconds."""


class InMemoryNetwork:
    """A client and its data centers, on a clock that the test advances."""

    def __init__(
        self, application: Application | None = None, *, snapshot: dict[str, Any] | None = None, **settings: Any
    ) -> None:
        self.now = NOW
        self.data_centers = {dc_id: FakeDataCenter(dc_id) for dc_id in (1, 2, 4)}
        self.application = application or (lambda dc_id, request: NEAREST)
        self.connections: dict[int, tuple[FakeDataCenter, ServerConnection]] = {}
        self.connects: list[tuple[float, int]] = []
        """The times and data centers of all connects."""
        self.refused_hosts: set[str] = set()
        """Where no connection is opened: the driver goes on to the next endpoint."""
        self.connected_to: list[Endpoint] = []
        self.disconnects: list[Disconnect] = []
        self.fetches: list[FetchConfig] = []
        self.to_send: set[int] = set()
        """The connections for which the client has returned `Send`, and which have not written since."""
        self.second_connections: dict[int, int] = {}
        """Second connections -> the connections beside which they were opened."""
        self.events: list[ClientEvent] = []
        self.hold_events = False
        """Whether the client's events are left in its queue."""
        self.server_limits = Limits()
        """Of the connections that servers accept from now on."""
        self._entropy = SeededEntropy(settings.pop("seed", "world"))
        lifetime = settings.pop("temporary_key_lifetime", None)
        tracer = settings.pop("tracer", None)
        connection = Config(
            api_id=1,
            public_keys=(rsa_key().public_key,),
            limits=settings.pop("limits", Limits()),
            temporary_key_lifetime=lifetime,
            offload=settings.pop("offload", False),
            framing=settings.pop("framing", Intermediate),
        )
        endpoints = {dc_id: (Endpoint("192.0.2.1", dc_id),) for dc_id in self.data_centers}
        self.config = ClientConfig(
            connection_config=connection, endpoints=settings.pop("endpoints", endpoints), **settings
        )
        self.client = Client(self.config, snapshot=snapshot, entropy=self._entropy, now=self.now, tracer=tracer)

    def invoke(self, function: Any = None, **where: Any) -> Any:
        """Make a request and let everything settle."""
        handle = self.client.invoke(function or functions.help.GetNearestDc(), now=self.now, **where)
        self.settle()
        return handle

    def log_in(self) -> None:
        """Let a bot log in."""
        application, self.application = self.application, lambda dc_id, request: AUTHORIZATION
        self.invoke(functions.auth.ImportBotAuthorization(0, 1, "hash", "token"))
        self.application = application
        assert self.client.user_id == 7
        self.take_events()

    def authorize(self, dc_id: int, *, authorized: bool = True) -> None:
        """Let the account be known in a data center without an import, or unknown."""
        self.manager.ensure_dc_state(dc_id).set_authorized(authorized=authorized)

    @property
    def sessions(self) -> Sequence[DcSession]:
        """The client's sessions with data centers."""
        return self.manager.sessions

    @property
    def manager(self) -> ConnectionManager:
        """The part of the client that holds the sessions and addresses of data centers."""
        return self.client._connections

    @property
    def account(self) -> AccountState:
        """The part of the client that holds who is logged in."""
        return self.client._account

    @property
    def event_handler(self) -> EventHandler:
        """The part of the client that takes the events of sessions."""
        return self.client._event_handler

    def settle(self) -> None:
        """Let everything happen that needs no time."""
        moved = True
        while moved:
            moved = self.perform_actions()
            for conn in list(self.connections):
                moved |= self.exchange(conn)
            moved |= self.open_second_connections()
        while not self.hold_events and (event := self.client.next_event()) is not None:
            self.events.append(event)

    def advance(self, seconds: float) -> None:
        """Let time pass, deadline by deadline."""
        until = self.now + seconds
        self.settle()
        while (deadline := self.next_deadline()) is not None and deadline <= until:
            self.now = max(self.now, deadline)
            self.client.handle_deadline(now=self.now)
            for data_center, connection in list(self.connections.values()):
                connection.handle_deadline(now=self.now + data_center.clock_ahead)
            self.settle()
        self.now = until
        self.settle()

    def next_deadline(self) -> float | None:
        due = [self.client.next_deadline()]
        due += [
            None if (at := connection.next_deadline()) is None else at - data_center.clock_ahead
            for data_center, connection in self.connections.values()
        ]
        return min((at for at in due if at is not None), default=None)

    def take_events(self) -> list[ClientEvent]:
        """The client's events since last asked."""
        events, self.events = self.events, []
        return events

    def drop_connections(self, dc_id: int) -> None:
        """Lose the connections to a data center."""
        for conn, (data_center, _) in list(self.connections.items()):
            if data_center.dc_id == dc_id:
                del self.connections[conn]
                self.client.receive_data(conn, b"", now=self.now)
        self.settle()

    def perform_actions(self) -> bool:
        action = self.client.next_action()
        if action is None:
            return False
        if isinstance(action, Connect):
            self.connects.append((self.now, action.dc_id))
            endpoint = next(each for each in action.endpoints if each.host not in self.refused_hosts)
            data_center = self.data_centers[endpoint.port]
            if not data_center.reachable:
                self.client.connection_failed(action.connection_id, "no route", now=self.now)
                return True
            if not data_center.answers:
                return True
            self.connections[action.connection_id] = (data_center, self.accept(data_center))
            self.connected_to.append(endpoint)
            self.client.connection_made(action.connection_id, endpoint=endpoint, now=self.now)
        elif isinstance(action, Send):
            self.to_send.add(action.connection_id)
        elif isinstance(action, Compute):
            self.client.receive_computed(action, action.job(), now=self.now)
        elif isinstance(action, FetchConfig):
            self.fetches.append(action)
        else:
            self.disconnects.append(action)
            self.connections.pop(action.connection_id, None)
            self.to_send.discard(action.connection_id)
            self.second_connections.pop(action.connection_id, None)
        return True

    def accept(self, data_center: FakeDataCenter) -> ServerConnection:
        config = ServerConfig(
            private_keys=(data_center.private_key,), dc_id=data_center.dc_id, limits=self.server_limits
        )
        return ServerConnection(config, data_center.keys, entropy=self._entropy, now=self.now + data_center.clock_ahead)

    def open_second_connections(self) -> bool:
        """Open a second connection beside each one that wants it."""
        opened = False
        for conn, (data_center, _) in list(self.connections.items()):
            if self.client.wants_second_connection(conn):
                second = self.client.second_connection_made(conn, now=self.now)
                assert second is not None
                self.second_connections[second] = conn
                self.connections[second] = (data_center, self.accept(data_center))
                opened = True
        return opened

    def exchange(self, conn: int) -> bool:
        if conn not in self.connections:
            return False
        data_center, server = self.connections[conn]
        theirs = self.now + data_center.clock_ahead
        up = b""
        if conn in self.to_send:
            self.to_send.remove(conn)
            up = self.client.data_to_send(conn, now=self.now)
        if up:
            server.receive_data(up, now=theirs)
        while (event := server.next_event()) is not None:
            if isinstance(event, RequestReceived):
                self._answer(data_center, server, event.request)
            elif isinstance(event, AuthKeyDestroyed):
                pass
        down = server.data_to_send(now=theirs)
        if down:
            self.client.receive_data(conn, down, now=self.now)
        if server.closed and conn in self.connections:
            del self.connections[conn]
            self.client.receive_data(conn, b"", now=self.now)
        return bool(up or down)

    def _answer(self, data_center: FakeDataCenter, server: ServerConnection, request: IncomingRequest) -> None:
        data_center.requests.append(request)
        result = self.application(data_center.dc_id, request)
        if isinstance(result, RpcError):
            server.send_error(request, result, now=self.now + data_center.clock_ahead)
        elif result is not None:
            server.send_result(request, result, now=self.now + data_center.clock_ahead)


def sample(kind: Any, **fields: Any) -> Any:
    """A value with zeros, empty strings and False where nothing is given."""
    blanks = {"int": 0, "str": "", "bool": False, "bytes": b"", "float": 0.0}
    required = kind.__struct_fields__[: len(kind.__struct_fields__) - len(kind.__struct_defaults__)]
    given = {name: blanks[kind.__annotations__[name]] for name in required if name not in fields}
    return kind(**given | fields)
