"""A server and clients with a key that break every rule: arbitrary messages over two connections, in any order.

Whatever comes, only events come out and no other exception; what is remembered stays bounded; each request is executed
at most once and none waits forever; ids rise; only what came is acknowledged.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec import structs

from sansio_tl import codec, errors, types
from sansio_tl.connection.server import IncomingRequest, ServerSession
from sansio_tl.events import ConnectionClosed, RequestReceived
from sansio_tl.limits import Limits
from sansio_tl.mtproto.container import join
from sansio_tl.mtproto.message import Message
from sansio_tl.tl.objects import Function
from tests.helpers.connected_pair import NOW
from tests.mtproto.arbitrary_messages import IDS, LONGS, SEQNOS, Seen, Template, bodies
from tests.mtproto.server.scripted_client import QUERY, ScriptedClient, ScriptedConnection, acknowledged, client_id

LIMITS: dict[str, Any] = {
    "replay_window": 8,
    "max_unacked_responses": 6,
    "max_sessions_per_key": 3,
    "max_remembered_unowned": 10,
    "max_ids_per_message": 20,
    "max_container_messages": 5,
}
SESSIONS = st.sampled_from([1, 1, 1, 1, 1, 1, 2, 3, 4, 5])
LINES = st.integers(0, 1)
_Spec: TypeAlias = "tuple[Seen | float | int | None, int | None, Template]"
_WHERE = st.one_of(st.none(), st.none(), IDS, st.floats(-400, 60))
SPECS = st.tuples(_WHERE, st.one_of(st.none(), SEQNOS), bodies())
"""A message: its id (the next one, one that was seen, so many seconds from now, or any), its seqno, its body."""


class HostileClient(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.client = ScriptedClient(**LIMITS)
        self.connections: list[ScriptedConnection] = [self.client.connection, self.client.open_connection()]
        self.ids = [client_id(0)]
        """Ids of messages of both sides that were seen."""
        self.own = [client_id(0)]
        """Ids of the clients' messages."""
        self.content_ids: dict[int, set[int]] = {}
        """Session id -> ids of the content-related messages that were sent in it."""
        self.open: list[tuple[ScriptedConnection, IncomingRequest]] = []
        """Requests that the application has not answered, each with the connection that reported it."""
        self.executed: set[tuple[ServerSession, int]] = set()
        self.seen: dict[tuple[int, int], Message] = {}
        """What the server has sent, by session id and message id."""
        self.opened: dict[int, ServerSession] = {}

    # -- the clients ----------------------------------------------------------------------------------------------

    def draw_up(self, spec: _Spec) -> Message:
        where, seqno, template = spec
        now = client_id(self.client.now - NOW)
        match where:
            case Seen():
                msg_id = where.among(self.own)
            case float():
                msg_id = now + (int(where * 2**32) & ~3)
            case None:
                msg_id = self.client.next_id()
            case _:
                msg_id = where
        msg_id = min(max(msg_id, -(1 << 63)), (1 << 63) - 1)
        message = Message(
            msg_id, self.client.next_seqno(content_related=True) if seqno is None else seqno, template(self.ids)
        )
        self.ids.append(message.msg_id)
        return message

    def send(self, connection: int, session: int, message: Message, *inside: Message, salt: int | None = None) -> None:
        for one in (message, *inside):
            if one.content_related:
                self.content_ids.setdefault(session, set()).add(one.msg_id)
        self.client.session_id = session
        self.client.send_message(message, connection=self.connections[connection], salt=salt)

    @rule(connection=LINES, session=SESSIONS, specs=st.lists(SPECS, min_size=1, max_size=6))
    def messages(self, connection: int, session: int, specs: list[_Spec]) -> None:
        for spec in specs:
            self.send(connection, session, self.draw_up(spec))

    @rule(connection=LINES, session=SESSIONS, salt=LONGS, spec=SPECS)
    def a_message_with_any_salt(self, connection: int, session: int, salt: int, spec: _Spec) -> None:
        self.send(connection, session, self.draw_up(spec), salt=salt)

    @rule(connection=LINES, session=SESSIONS, specs=st.lists(SPECS, max_size=6), own=SPECS)
    def a_container(self, connection: int, session: int, specs: list[_Spec], own: _Spec) -> None:
        children = [self.draw_up(spec) for spec in specs]
        container = structs.replace(self.draw_up(own), body=join(children))
        self.send(connection, session, container, *children)

    @rule(connection=LINES, session=SESSIONS, count=st.integers(1, 5))
    def honest_requests(self, connection: int, session: int, count: int) -> None:
        for _ in range(count):
            self.send(connection, session, self.draw_up((None, None, lambda ids: codec.encode(QUERY))))

    @rule(connection=LINES)
    def another_link(self, connection: int) -> None:
        self.connections[connection].disconnect()
        self.collect(self.connections[connection])
        self.connections[connection] = self.client.open_connection()

    # -- the application ------------------------------------------------------------------------------------------

    @rule(which=st.lists(st.integers(0, 20), max_size=6), fail=st.booleans())
    def answer_some(self, which: list[int], *, fail: bool) -> None:
        for number in which[: len(self.open)]:
            self.settle(*self.open.pop(number % len(self.open)), fail=fail)

    def settle(self, connection: ScriptedConnection, request: IncomingRequest, *, fail: bool) -> None:
        if fail or not isinstance(request.query, type(QUERY)):
            connection.server.send_error(request, errors.parse(400, "PEER_ID_INVALID"), now=self.client.now)
        else:
            connection.answer(request)

    @rule(connection=LINES)
    def push(self, connection: int) -> None:
        server = self.connections[connection].server
        if not server.closed:
            for session in server.sessions:
                server.push(session, types.UpdatesTooLong(), now=self.client.now)

    @rule(seconds=st.one_of(st.floats(0, 20), st.floats(0, 4000)))
    def time_passes(self, seconds: float) -> None:
        self.client.now += seconds

    # -- what must be ---------------------------------------------------------------------------------------------

    @invariant()
    def only_events_come_out_and_all_is_right(self) -> None:
        for number, connection in enumerate(self.connections):
            connection.server.handle_deadline(now=self.client.now)
            self.collect(connection)
            if connection.server.closed:
                self.connections[number] = self.client.open_connection()
            else:
                deadline = connection.server.next_deadline()
                assert deadline is None or deadline > self.client.now, "a deadline that was met comes again at once"
        sessions = self.client.record.sessions
        assert len(sessions) <= 3
        for session in sessions.values():
            self.check_bounds(session)

    def collect(self, connection: ScriptedConnection) -> None:
        for event in connection.events():
            if isinstance(event, RequestReceived):
                request = event.request
                assert isinstance(request.query, Function)
                assert (request.session, request.msg_id) not in self.executed
                self.executed.add((request.session, request.msg_id))
                self.open.append((connection, request))
            if isinstance(event, ConnectionClosed):
                assert connection.server.closed
        for packet in connection.packets():
            self.check_sent(packet)

    def check_sent(self, packet: bytes) -> None:
        from sansio_tl.mtproto.container import CONTAINER, split
        from sansio_tl.mtproto.envelope import decrypt_message
        from sansio_tl.role import Role

        opened = decrypt_message(packet, lambda _: self.client.key, Role.SERVER)
        session = self.client.record.sessions.get(opened.session_id)
        if session is not None and self.opened.get(opened.session_id) is not session:
            self.opened[opened.session_id] = session  # a new session numbers its messages again
            self.seen = {key: message for key, message in self.seen.items() if key[0] != opened.session_id}
        message = opened.message
        messages = split(message.body, Limits()) if message.constructor == CONTAINER else []
        for one in (*messages, message):
            self.ids.append(one.msg_id)
            key = (opened.session_id, one.msg_id)
            if key in self.seen:
                assert self.seen[key] == one, "two messages under one id"
            else:
                newest = max((msg_id for known, msg_id in self.seen if known == opened.session_id), default=0)
                assert one.msg_id > newest, "ids do not rise"
                assert one.msg_id & 1
            self.seen[key] = one
        named = set(acknowledged(messages or [message]))
        assert named <= self.content_ids.get(opened.session_id, set()), "acknowledged what never came"

    def check_bounds(self, session: ServerSession) -> None:
        assert len(session.requests) <= 7
        assert session.received.window_ids <= 8
        assert session.received.order_ids <= 8
        if session.connection is not None:
            assert session.outbox.queued == 0
            session.outbox.forget_old(self.client.now)
        assert session.outbox.remembered_unowned <= 10 + session.outbox.queued + 30
        assert session.outbox.remembered <= 7 + session.outbox.remembered_unowned
        assert len(session.backlog) <= 7

    def teardown(self) -> None:
        """When the application answers everything, nothing goes on waiting."""
        while self.open:
            self.settle(*self.open.pop(0), fail=False)
            for connection in self.connections:
                self.collect(connection)
        for session in self.client.record.sessions.values():
            backlog = {request.msg_id for request in session.backlog}
            assert all(request.answered or request.msg_id in backlog for request in session.requests.values())


HostileClient.TestCase.settings = settings(stateful_step_count=30)
TestHostileClient = HostileClient.TestCase
