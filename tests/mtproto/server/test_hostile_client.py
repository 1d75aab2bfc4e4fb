"""A server and clients that hold a key but no rule: arbitrary messages over two links, in any order, at any time.

Whatever comes, only events come out and no other exception; what is remembered stays bounded; each request is executed
at most once and none waits for ever; ids rise; only what came is acknowledged.
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
from tests.mtproto.caller import QUERY, Caller, Line, acknowledged, client_id
from tests.mtproto.noise import IDS, LONGS, SEQNOS, Seen, Template, bodies
from tests.pair import NOW

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
        self.caller = Caller(**LIMITS)
        self.lines: list[Line] = [self.caller.line, self.caller.another_line()]
        self.ids = [client_id(0)]
        """Ids of messages of both sides that were seen."""
        self.own = [client_id(0)]
        """Ids of the clients' messages."""
        self.prompt: dict[int, set[int]] = {}
        """Session id -> ids of the content-related messages that were sent in it."""
        self.open: list[tuple[Line, IncomingRequest]] = []
        """Requests that the application has not answered, each with the link that told of it."""
        self.executed: set[tuple[ServerSession, int]] = set()
        self.seen: dict[tuple[int, int], Message] = {}
        """What the server has said, by session id and message id."""
        self.opened: dict[int, ServerSession] = {}

    # -- the clients ----------------------------------------------------------------------------------------------

    def draw_up(self, spec: _Spec) -> Message:
        where, seqno, template = spec
        now = client_id(self.caller.now - NOW)
        match where:
            case Seen():
                msg_id = where.among(self.own)
            case float():
                msg_id = now + (int(where * 2**32) & ~3)
            case None:
                msg_id = self.caller.next_id()
            case _:
                msg_id = where
        msg_id = min(max(msg_id, -(1 << 63)), (1 << 63) - 1)
        message = Message(
            msg_id, self.caller.next_seqno(content_related=True) if seqno is None else seqno, template(self.ids)
        )
        self.ids.append(message.msg_id)
        return message

    def say(self, line: int, session: int, message: Message, *inside: Message, salt: int | None = None) -> None:
        for one in (message, *inside):
            if one.content_related:
                self.prompt.setdefault(session, set()).add(one.msg_id)
        self.caller.session_id = session
        self.caller.send(message, line=self.lines[line], salt=salt)

    @rule(line=LINES, session=SESSIONS, specs=st.lists(SPECS, min_size=1, max_size=6))
    def messages(self, line: int, session: int, specs: list[_Spec]) -> None:
        for spec in specs:
            self.say(line, session, self.draw_up(spec))

    @rule(line=LINES, session=SESSIONS, salt=LONGS, spec=SPECS)
    def a_message_with_any_salt(self, line: int, session: int, salt: int, spec: _Spec) -> None:
        self.say(line, session, self.draw_up(spec), salt=salt)

    @rule(line=LINES, session=SESSIONS, specs=st.lists(SPECS, max_size=6), own=SPECS)
    def a_container(self, line: int, session: int, specs: list[_Spec], own: _Spec) -> None:
        children = [self.draw_up(spec) for spec in specs]
        container = structs.replace(self.draw_up(own), body=join(children))
        self.say(line, session, container, *children)

    @rule(line=LINES, session=SESSIONS, count=st.integers(1, 5))
    def honest_requests(self, line: int, session: int, count: int) -> None:
        for _ in range(count):
            self.say(line, session, self.draw_up((None, None, lambda ids: codec.encode(QUERY))))

    @rule(line=LINES)
    def another_link(self, line: int) -> None:
        self.lines[line].hang_up()
        self.collect(self.lines[line])
        self.lines[line] = self.caller.another_line()

    # -- the application ------------------------------------------------------------------------------------------

    @rule(which=st.lists(st.integers(0, 20), max_size=6), fail=st.booleans())
    def answer_some(self, which: list[int], *, fail: bool) -> None:
        for number in which[: len(self.open)]:
            self.settle(*self.open.pop(number % len(self.open)), fail=fail)

    def settle(self, line: Line, request: IncomingRequest, *, fail: bool) -> None:
        if fail or not isinstance(request.query, type(QUERY)):
            line.server.send_error(request, errors.parse(400, "PEER_ID_INVALID"), now=self.caller.now)
        else:
            line.answer(request)

    @rule(line=LINES)
    def push(self, line: int) -> None:
        server = self.lines[line].server
        if not server.closed:
            for session in server.sessions:
                server.push(session, types.UpdatesTooLong(), now=self.caller.now)

    @rule(seconds=st.one_of(st.floats(0, 20), st.floats(0, 4000)))
    def time_passes(self, seconds: float) -> None:
        self.caller.now += seconds

    # -- what must be ---------------------------------------------------------------------------------------------

    @invariant()
    def only_events_come_out_and_all_is_right(self) -> None:
        for number, line in enumerate(self.lines):
            line.server.handle_deadline(now=self.caller.now)
            self.collect(line)
            if line.server.closed:
                self.lines[number] = self.caller.another_line()
            else:
                deadline = line.server.next_deadline()
                assert deadline is None or deadline > self.caller.now, "a deadline that was met comes again at once"
        sessions = self.caller.record.sessions
        assert len(sessions) <= 3
        for session in sessions.values():
            self.check_bounds(session)

    def collect(self, line: Line) -> None:
        for event in line.events():
            if isinstance(event, RequestReceived):
                request = event.request
                assert isinstance(request.query, Function)
                assert (request.session, request.msg_id) not in self.executed
                self.executed.add((request.session, request.msg_id))
                self.open.append((line, request))
            if isinstance(event, ConnectionClosed):
                assert line.server.closed
        for packet in line.packets():
            self.check_said(packet)

    def check_said(self, packet: bytes) -> None:
        from sansio_tl.mtproto.container import CONTAINER, split
        from sansio_tl.mtproto.envelope import decrypt_message
        from sansio_tl.role import Role

        opened = decrypt_message(packet, lambda _: self.caller.key, Role.SERVER)
        session = self.caller.record.sessions.get(opened.session_id)
        if session is not None and self.opened.get(opened.session_id) is not session:
            self.opened[opened.session_id] = session  # a new session numbers its messages anew
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
        assert named <= self.prompt.get(opened.session_id, set()), "acknowledged what never came"

    def check_bounds(self, session: ServerSession) -> None:
        assert len(session.requests) <= 7
        assert len(session._window._ids) <= 8
        assert len(session._order._ids) <= 8
        if session.link is not None:
            assert not session.outbox._queue
            session.outbox._forget_old(self.caller.now)
        assert len(session.outbox._unowned) <= 10 + len(session.outbox._queue) + 30
        assert len(session.outbox._sent) <= 7 + len(session.outbox._unowned)
        assert len(session.backlog) <= 7

    def teardown(self) -> None:
        """When the application answers everything, nothing goes on waiting."""
        while self.open:
            self.settle(*self.open.pop(0), fail=False)
            for line in self.lines:
                self.collect(line)
        for session in self.caller.record.sessions.values():
            backlog = {request.msg_id for request in session.backlog}
            assert all(request.answered or request.msg_id in backlog for request in session.requests.values())


HostileClient.TestCase.settings = settings(stateful_step_count=30)
TestHostileClient = HostileClient.TestCase
