"""A data center of the simulation: server connections, their stored state, and an application that executes
requests.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Protocol

from sansio_tl import errors, functions, types
from sansio_tl.connection.server import IncomingRequest, KeyStore, ServerConfig, ServerConnection, ServerSession
from sansio_tl.errors import RpcError
from sansio_tl.events import AuthKeyCreated, RequestCancelled, RequestReceived, SessionOpened
from sansio_tl.simulation.attacker.rogue_data_center import RogueDataCenter
from sansio_tl.simulation.host import SimHost, Timer
from sansio_tl.simulation.network import Link, Socket
from sansio_tl.simulation.requests import Arrival, Execution, SimRequest, number_of, size_demanded
from sansio_tl.simulation.rng import Rng
from sansio_tl.tl.objects import Function


class SimAccounts:
    """The home data centers of users, shared by all data centers."""

    def __init__(self) -> None:
        self.homes: dict[int, int] = {}
        """User id -> home data center of the account."""
        self.exported: dict[bytes, int] = {}
        """Exported authorizations that were not imported yet -> user id."""


class ServerObserver(Protocol):
    """Observes a data center."""

    def key_made(self, key: AuthKeyCreated) -> None:
        """A handshake has created a key."""

    def arrived(self, sim_request: SimRequest, request: IncomingRequest) -> None:
        """A data center has received a request."""

    def executed(self, sim_request: SimRequest, execution: Execution) -> None:
        """A data center has executed a request."""

    def failed(self, sim_request: SimRequest | None, error: RpcError) -> None:
        """A data center has answered with an error."""

    def server_stepped(self, server: SimServerDriver) -> None:
        """The server's end of a link has made a step."""


class SimDataCenter:
    """One data center."""

    def __init__(
        self,
        dc_id: int,
        config: ServerConfig,
        host: SimHost,
        *,
        requests: list[SimRequest],
        accounts: SimAccounts,
        observer: ServerObserver,
        rng: Rng,
    ) -> None:
        self.dc_id = dc_id
        self.config = config
        self.host = host
        self.keys = KeyStore()
        self.authorized: dict[bytes, int] = {}
        """Key id -> id of the user that is logged in with it."""
        self.drivers: list[SimServerDriver] = []
        self.memory = 0
        """How often sessions have been lost."""
        self.requests = requests
        self.accounts = accounts
        self.observer = observer
        self.rng = rng
        self.rogue: RogueDataCenter | None = None
        """Replaces its answers, if it is malicious."""
        self._process = 0
        self._accepted = 0

    def next_connection_id(self) -> int:
        """The number of a new connection, in traces."""
        self._accepted += 1
        return self._accepted

    # -- connections and faults -------------------------------------------------------------------------------------

    def accept(self, link: Link) -> None:
        """A client has connected."""
        self.drivers = [known for known in self.drivers if not known.over]
        self.drivers.append(SimServerDriver(self, link.server))

    def restart(self, *, forget_sessions: bool, forget_keys: bool) -> None:
        """Restart the process."""
        for driver in self.drivers:
            driver.drop()
        self.drivers.clear()
        if forget_keys or forget_sessions:
            self.memory += 1
            self._process += 1
            for record in self.keys.values():
                for session_id in list(record.sessions):
                    record.drop_session(session_id, self.host.now(), self.config.limits)
        if forget_keys:
            self.keys.clear()
            self.authorized.clear()

    def push(self, key_id: bytes, updates: types.TypeUpdates) -> ServerSession | None:
        """Push updates to a client over one of its sessions; returns the session, if there is one."""
        for driver in self.drivers:
            session = driver.push(key_id, updates)
            if session is not None:
                return session
        return None

    # -- requests ---------------------------------------------------------------------------------------------------

    def serve(self, driver: SimServerDriver, request: IncomingRequest) -> None:
        """Answer a request now or later. Raises TypeError for what cannot be executed (MS32), as applications would."""
        if not isinstance(request.query, Function):
            raise TypeError(f"cannot execute a {type(request.query).__name__}")
        number = number_of(request.query, request.wrappers)
        sim_request = None if number is None or not 0 <= number < len(self.requests) else self.requests[number]
        try:
            self._raise_rogue_error(sim_request)
            if sim_request is None:
                driver.answer(request, self._answer_own_query(request))
                return
            sim_request.arrivals.append(Arrival(self.dc_id, self.memory, request.msg_id))
            self.observer.arrived(sim_request, request)
            self._check_request(sim_request, request)
        except RpcError as error:
            self.observer.failed(sim_request, error)
            driver.fail(request, error)
            return
        self._execute(sim_request, request)
        if sim_request.takes:
            answer = partial(self._answer_delayed, driver, request, sim_request, self._process)
            self.host.call_at(self.host.now() + sim_request.takes, answer)
        else:
            driver.answer(request, self._answer(sim_request))

    def _raise_rogue_error(self, sim_request: SimRequest | None) -> None:
        """Raise the error of a malicious data center."""
        error = None if self.rogue is None else self.rogue.error(-1 if sim_request is None else sim_request.number)
        if error is not None:
            raise error

    def _answer(self, sim_request: SimRequest) -> object:
        odd = None
        if self.rogue is not None and isinstance(sim_request.answer, types.Config):
            odd = self.rogue.config(sim_request.answer)
        if odd is None:
            return sim_request.answer
        sim_request.odd_answers.append(odd)
        return odd

    def _execute(self, sim_request: SimRequest, request: IncomingRequest) -> None:
        if isinstance(sim_request.answer, types.auth.Authorization):
            self.authorized[request.session.record.identity] = sim_request.answer.user.id
        execution = Execution(
            self.host.true_time,
            self.dc_id,
            request.session.auth_key.id,
            request.session.id,
            self.memory,
            request.msg_id,
        )
        sim_request.executions.append(execution)
        self.observer.executed(sim_request, execution)

    def _answer_delayed(
        self, driver: SimServerDriver, request: IncomingRequest, sim_request: SimRequest, process: int
    ) -> None:
        if process == self._process:
            driver.answer(request, sim_request.answer)
            for other in self.drivers:
                other.pump()

    def _check_request(self, sim_request: SimRequest, request: IncomingRequest) -> None:
        """Raise the error of a request, if it has one."""
        user_id = self._user_id(request)
        answer = sim_request.answer
        if isinstance(answer, types.auth.Authorization):
            if self.accounts.homes[answer.user.id] != self.dc_id:
                raise errors.parse(303, f"USER_MIGRATE_{self.accounts.homes[answer.user.id]}")
        elif sim_request.needs_login and user_id is None:
            raise errors.AuthKeyUnregistered
        if sim_request.rpc_errors:
            raise sim_request.rpc_errors.pop(0)
        if sim_request.belongs_to not in (None, self.dc_id):
            raise errors.parse(303, f"FILE_MIGRATE_{sim_request.belongs_to}")

    def _answer_own_query(self, request: IncomingRequest) -> object:
        """Answer queries that a client sends by itself."""
        match request.query:
            case functions.auth.ExportAuthorization():
                user_id = self._user_id(request)
                if user_id is None:
                    raise errors.AuthKeyUnregistered
                token = self.rng(16)
                self.accounts.exported[token] = user_id
                return types.auth.ExportedAuthorization(id=user_id, bytes=token)
            case functions.auth.ImportAuthorization(bytes=token):
                user_id = self.accounts.exported.pop(token, None)
                if user_id is None:
                    raise errors.parse(400, "AUTH_BYTES_INVALID")
                self.authorized[request.session.record.identity] = user_id
                return types.auth.Authorization(user=types.User(id=user_id, self=True))
            case query if (size := size_demanded(query)) is not None:
                return types.help.DeepLinkInfo(message="!" * size)
            case _:
                raise errors.MethodInvalid

    def _user_id(self, request: IncomingRequest) -> int | None:
        return self.authorized.get(request.session.record.identity)


class SimServerDriver:
    """The server's end of a link, driven by the callbacks of a host."""

    def __init__(self, data_center: SimDataCenter, socket: Socket) -> None:
        self.connection = ServerConnection(
            data_center.config,
            data_center.keys,
            entropy=data_center.rng,
            now=data_center.host.now(),
            tracer=data_center.host.tracer(data_center.host.name),
            connection_id=data_center.next_connection_id(),
        )
        self.data_center = data_center
        self.socket = socket
        socket.host = data_center.host
        self.over = False
        self._timer: Timer | None = None
        socket.on_data = self._received
        socket.on_writable = self.pump
        socket.on_end = self._ended
        self.pump()

    def answer(self, request: IncomingRequest, result: Any) -> None:
        """Answer a request."""
        if not request.answered:
            self.connection.send_result(request, result, now=self.data_center.host.now())

    def fail(self, request: IncomingRequest, error: RpcError) -> None:
        """Answer a request with an error."""
        self.connection.send_error(request, error, now=self.data_center.host.now())

    def push(self, key_id: bytes, updates: types.TypeUpdates) -> ServerSession | None:
        """Push updates to a client; returns the session, if this connection has one of that client."""
        for session in self.connection.sessions:
            if session.record.identity == key_id and not self.connection.closed:
                self.connection.push(session, updates, now=self.data_center.host.now())
                self.pump()
                return session
        return None

    def drop(self) -> None:
        """The process ends."""
        self.socket.lose(self.connection.data_to_send(now=self.data_center.host.now()))
        self.connection.close(now=self.data_center.host.now())
        self._close()

    def pump(self) -> None:
        """Process events, write, and set the timer."""
        if self.over:
            return
        while (event := self.connection.next_event()) is not None:
            match event:
                case RequestReceived():
                    self.data_center.serve(self, event.request)
                case AuthKeyCreated():
                    self.data_center.observer.key_made(event)
                case SessionOpened() | RequestCancelled() | _:
                    pass
        if self.data_center.rogue is not None and not self.connection.closed:
            for session in self.connection.sessions:
                self.data_center.rogue.send_notice(session, list(session.requests))
        if self.socket.is_writable or self.connection.closed:
            data = self.connection.data_to_send(now=self.data_center.host.now())
            if data:
                self.socket.send(data)
            if self.connection.closed:
                self._close()
        self._set_timer()
        self.data_center.observer.server_stepped(self)

    def _set_timer(self) -> None:
        due = None if self.over else self.connection.next_deadline()
        if self._timer is not None:
            if self._timer.when == due:
                return
            self._timer.cancel()
        self._timer = None if due is None else self.data_center.host.call_at(due, partial(self._tick, due))

    def _tick(self, due: float) -> None:
        self._timer = None
        self.connection.handle_deadline(now=max(due, self.data_center.host.now()))
        self.pump()

    def _received(self, data: bytes) -> None:
        self.connection.receive_data(data, now=self.data_center.host.now())
        self.pump()

    def _ended(self, error: str | None) -> None:
        now = self.data_center.host.now()
        if error is None:
            self.connection.receive_data(b"", now=now)
        else:
            self.connection.close(now=now)
        self.pump()
        self._close()

    def _close(self) -> None:
        self.over = True
        self.socket.close()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
