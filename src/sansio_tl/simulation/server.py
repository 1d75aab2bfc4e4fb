"""A data center of the simulation: server connections, what they remember, and an application that does errands."""

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
    """Who lives where, shared by all data centers."""

    def __init__(self) -> None:
        self.homes: dict[int, int] = {}
        """User id -> the data center where the account lives."""
        self.exported: dict[bytes, int] = {}
        """What auth.exportAuthorization has given out and nobody has taken in yet -> user id."""


class Witness(Protocol):
    """Whoever wants to know what happens in a data center."""

    def key_made(self, key: AuthKeyCreated) -> None:
        """A handshake has made a key."""

    def arrived(self, errand: SimRequest, request: IncomingRequest) -> None:
        """A data center is asked to do an errand."""

    def executed(self, errand: SimRequest, execution: Execution) -> None:
        """A data center has done an errand."""

    def refused(self, errand: SimRequest | None, error: RpcError) -> None:
        """A data center has answered with an error."""

    def server_stepped(self, server: ServerLink) -> None:
        """Something has happened at the server's end of a link."""


class SimDataCenter:
    """One data center."""

    def __init__(
        self,
        dc_id: int,
        config: ServerConfig,
        machine: SimHost,
        *,
        errands: list[SimRequest],
        accounts: SimAccounts,
        witness: Witness,
        dice: Rng,
    ) -> None:
        self.dc_id = dc_id
        self.config = config
        self.machine = machine
        self.keys = KeyStore()
        self.authorized: dict[bytes, int] = {}
        """Key id -> user id of who is logged in with it."""
        self.links: list[ServerLink] = []
        self.memory = 0
        """How often sessions have been forgotten."""
        self.errands = errands
        self.accounts = accounts
        self.witness = witness
        self.dice = dice
        self.rogue: RogueDataCenter | None = None
        """What it says instead of the truth, if it is malicious."""
        self._process = 0

    # -- what happens to it -----------------------------------------------------------------------------------------

    def welcome(self, link: Link) -> None:
        """A client has connected."""
        self.links = [known for known in self.links if not known.over]
        self.links.append(ServerLink(self, link.server))

    def restart(self, *, forget_sessions: bool, forget_keys: bool) -> None:
        """The process ends and another one begins."""
        for link in self.links:
            link.drop()
        self.links.clear()
        if forget_keys or forget_sessions:
            self.memory += 1
            self._process += 1
            for record in self.keys.values():
                for session_id in list(record.sessions):
                    record.drop_session(session_id, self.machine.now(), self.config.limits)
        if forget_keys:
            self.keys.clear()
            self.authorized.clear()

    def push(self, key_id: bytes, updates: types.TypeUpdates) -> ServerSession | None:
        """Tell a client something unasked over one of its sessions; the session, if there is one."""
        for link in self.links:
            session = link.push(key_id, updates)
            if session is not None:
                return session
        return None

    # -- what it does -----------------------------------------------------------------------------------------------

    def serve(self, link: ServerLink, request: IncomingRequest) -> None:
        """Answer a request now or later. Raises TypeError for what cannot be executed (MS32), as applications would."""
        if not isinstance(request.query, Function):
            raise TypeError(f"a server is asked to execute a {type(request.query).__name__}")
        number = number_of(request.query, request.wrappers)
        errand = None if number is None or not 0 <= number < len(self.errands) else self.errands[number]
        try:
            self._mislead(errand)
            if errand is None:
                link.answer(request, self._own_business(request))
                return
            errand.arrivals.append(Arrival(self.dc_id, self.memory, request.msg_id))
            self.witness.arrived(errand, request)
            self._admit(errand, request)
        except RpcError as error:
            self.witness.refused(errand, error)
            link.fail(request, error)
            return
        self._execute(errand, request)
        if errand.takes:
            answer = partial(self._answer_late, link, request, errand, self._process)
            self.machine.call_at(self.machine.now() + errand.takes, answer)
        else:
            link.answer(request, self._answer(errand))

    def _mislead(self, errand: SimRequest | None) -> None:
        """Raise the error that a malicious data center answers with."""
        error = None if self.rogue is None else self.rogue.refusal(-1 if errand is None else errand.number)
        if error is not None:
            raise error

    def _answer(self, errand: SimRequest) -> object:
        odd = None
        if self.rogue is not None and isinstance(errand.answer, types.Config):
            odd = self.rogue.config(errand.answer)
        if odd is None:
            return errand.answer
        errand.odd_answers.append(odd)
        return odd

    def _execute(self, errand: SimRequest, request: IncomingRequest) -> None:
        if isinstance(errand.answer, types.auth.Authorization):
            self.authorized[request.session.record.identity] = errand.answer.user.id
        execution = Execution(
            self.machine.true_time,
            self.dc_id,
            request.session.auth_key.id,
            request.session.id,
            self.memory,
            request.msg_id,
        )
        errand.executions.append(execution)
        self.witness.executed(errand, execution)

    def _answer_late(self, link: ServerLink, request: IncomingRequest, errand: SimRequest, process: int) -> None:
        if process == self._process:
            link.answer(request, errand.answer)
            for other in self.links:
                other.pump()

    def _admit(self, errand: SimRequest, request: IncomingRequest) -> None:
        """Raise the error that a request for an errand gets, if it gets one."""
        user_id = self._who(request)
        answer = errand.answer
        if isinstance(answer, types.auth.Authorization):
            if self.accounts.homes[answer.user.id] != self.dc_id:
                raise errors.parse(303, f"USER_MIGRATE_{self.accounts.homes[answer.user.id]}")
        elif errand.needs_login and user_id is None:
            raise errors.AuthKeyUnregistered
        if errand.refusals:
            raise errand.refusals.pop(0)
        if errand.belongs_to not in (None, self.dc_id):
            raise errors.parse(303, f"FILE_MIGRATE_{errand.belongs_to}")

    def _own_business(self, request: IncomingRequest) -> object:
        """What a client asks of itself."""
        match request.query:
            case functions.auth.ExportAuthorization():
                user_id = self._who(request)
                if user_id is None:
                    raise errors.AuthKeyUnregistered
                token = self.dice(16)
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

    def _who(self, request: IncomingRequest) -> int | None:
        return self.authorized.get(request.session.record.identity)


class ServerLink:
    """The server's end of a link, driven by the callbacks of a machine."""

    def __init__(self, data_center: SimDataCenter, socket: Socket) -> None:
        self.connection = ServerConnection(
            data_center.config, data_center.keys, entropy=data_center.dice, now=data_center.machine.now()
        )
        self.data_center = data_center
        self.socket = socket
        socket.machine = data_center.machine
        self.over = False
        self._timer: Timer | None = None
        socket.on_data = self._received
        socket.on_room = self.pump
        socket.on_end = self._ended
        self.pump()

    def answer(self, request: IncomingRequest, result: Any) -> None:
        """Answer a request."""
        if not request.answered:
            self.connection.send_result(request, result, now=self.data_center.machine.now())

    def fail(self, request: IncomingRequest, error: RpcError) -> None:
        """Answer a request with an error."""
        self.connection.send_error(request, error, now=self.data_center.machine.now())

    def push(self, key_id: bytes, updates: types.TypeUpdates) -> ServerSession | None:
        """Tell a client something unasked; the session, if this link carries one of that client."""
        for session in self.connection.sessions:
            if session.record.identity == key_id and not self.connection.closed:
                self.connection.push(session, updates, now=self.data_center.machine.now())
                self.pump()
                return session
        return None

    def drop(self) -> None:
        """The process ends."""
        self.socket.lose(self.connection.data_to_send(now=self.data_center.machine.now()))
        self.connection.close(now=self.data_center.machine.now())
        self._close()

    def pump(self) -> None:
        """Deal with events, write, and set the timer."""
        if self.over:
            return
        while (event := self.connection.next_event()) is not None:
            match event:
                case RequestReceived():
                    self.data_center.serve(self, event.request)
                case AuthKeyCreated():
                    self.data_center.witness.key_made(event)
                case SessionOpened() | RequestCancelled() | _:
                    pass
        if self.data_center.rogue is not None and not self.connection.closed:
            for session in self.connection.sessions:
                self.data_center.rogue.speak(session, list(session.requests))
        if self.socket.has_room or self.connection.closed:
            data = self.connection.data_to_send(now=self.data_center.machine.now())
            if data:
                self.socket.send(data)
            if self.connection.closed:
                self._close()
        self._set_timer()
        self.data_center.witness.server_stepped(self)

    def _set_timer(self) -> None:
        due = None if self.over else self.connection.next_deadline()
        if self._timer is not None:
            if self._timer.when == due:
                return
            self._timer.cancel()
        self._timer = None if due is None else self.data_center.machine.call_at(due, partial(self._tick, due))

    def _tick(self, due: float) -> None:
        self._timer = None
        self.connection.handle_deadline(now=max(due, self.data_center.machine.now()))
        self.pump()

    def _received(self, data: bytes) -> None:
        self.connection.receive_data(data, now=self.data_center.machine.now())
        self.pump()

    def _ended(self, error: str | None) -> None:
        now = self.data_center.machine.now()
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
