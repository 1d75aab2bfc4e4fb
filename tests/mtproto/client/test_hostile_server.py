"""A client and a server with its key that breaks every rule: arbitrary messages at any time, over several connections.

Whatever comes, only events come out and no other exception; what is remembered stays bounded; each request ends once;
ids and sequence numbers are right; only what came is acknowledged.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec import structs

from sansio_tl import Connection, codec, functions, types
from sansio_tl.connection.client import RequestHandle
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors import ProtocolError, TransportError
from sansio_tl.events import ConnectionClosed, OutcomeUnknown, RequestFailed, ResultReceived
from sansio_tl.framing import Intermediate, Packet
from sansio_tl.limits import Limits
from sansio_tl.mtproto.client.session import ClientSession
from sansio_tl.mtproto.container import CONTAINER, join, split
from sansio_tl.mtproto.envelope import decrypt_message, encrypt_message
from sansio_tl.mtproto.message import Message
from sansio_tl.role import Role
from tests.helpers.connected_pair import NOW, client_config
from tests.helpers.entropy import SeededEntropy
from tests.mtproto.arbitrary_messages import IDS, LONGS, QUERIES, SEQNOS, Seen, Template, answers, bodies

KEY = AuthKey(SeededEntropy("auth key")(256))
LIMITS = Limits(
    replay_window=8,
    max_pending_requests=10,
    max_remembered_unowned=10,
    max_ids_per_message=20,
    max_container_messages=5,
    max_resends=2,
)
_Spec: TypeAlias = "tuple[Seen | float | int | None, int | None, Template]"
_WHERE = st.one_of(st.none(), st.none(), st.none(), IDS, st.floats(-400, 60))
SPECS = st.tuples(_WHERE, st.one_of(st.none(), SEQNOS), st.one_of(bodies(), answers()))
"""A message: its id (the next one, one that was seen, so many seconds from now, or any), its seqno, its body."""
ACKS = types.mtproto.MsgsAck.ID.to_bytes(4, "little")


class HostileServer(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.config = client_config(limits=LIMITS)
        self.session = ClientSession(
            KEY,
            salt=1,
            init_connection_prefix=self.config.init_connection_prefix(),
            limits=LIMITS,
            entropy=SeededEntropy("session"),
            now=NOW,
        )
        self.session.clock.synchronise(NOW, NOW)
        self.entropy = SeededEntropy("server")
        self.open: list[RequestHandle[Any]] = []
        """Requests without an outcome."""
        self.over: set[RequestHandle[Any]] = set()
        self.ids = [self.id_at(0)]
        """Ids of messages of both sides that were seen."""
        self.own = [self.id_at(0)]
        """Ids of the server's messages."""
        self.sent: dict[int, Message] = {}
        """What the client has sent in its present session."""
        self.prompt: set[int] = set()
        """Ids of content-related messages that the client was sent."""
        self.last_id = 0
        self.session_ids = [self.session.session_id]
        self.connect()

    def connect(self) -> None:
        self.link = Connection(
            self.config, auth_key=KEY, session=self.session, entropy=SeededEntropy("link"), now=self.now
        )
        self.framing = Intermediate(Role.SERVER, LIMITS)

    def id_at(self, seconds: float) -> int:
        return int((self.now + seconds) * 2**32) & ~3 | 1

    # -- the user -------------------------------------------------------------------------------------------------

    @rule(number=st.integers(1, 4), ordered=st.booleans(), quick_ack=st.booleans(), ping=st.booleans())
    def invoke(self, number: int, *, ordered: bool, quick_ack: bool, ping: bool) -> None:
        for _ in range(number):
            if len(self.open) == LIMITS.max_pending_requests:
                return
            after = self.open[-1] if ordered and self.open else None
            function: Any = functions.mtproto.Ping(number) if ping else QUERIES[number % len(QUERIES)]
            self.open.append(self.link.invoke(function, after=after, quick_ack=quick_ack, now=self.now))

    @rule(number=st.integers(0, 9))
    def cancel(self, number: int) -> None:
        if self.open:
            handle = self.open.pop(number % len(self.open))
            self.over.add(handle)
            self.link.cancel(handle, now=self.now)

    @rule(seconds=st.one_of(st.floats(0, 20), st.floats(0, 400)))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    # -- the server -----------------------------------------------------------------------------------------------

    def draw_up(self, spec: _Spec) -> Message:
        where, seqno, template = spec
        match where:
            case Seen():
                msg_id = where.among(self.own)
            case float():
                msg_id = self.id_at(where)
            case None:
                msg_id = self.last_id = max(self.last_id + 4, self.id_at(0))
            case _:
                msg_id = where | 1
        message = Message(msg_id, 1 if seqno is None else seqno, template(self.ids))
        self.ids.append(message.msg_id)
        self.own.append(message.msg_id)
        if message.content_related:
            self.prompt.add(message.msg_id)
        self.prompt.update(announced(message.body))
        return message

    def say(self, message: Message, session_id: int | None = None) -> None:
        sealed = encrypt_message(
            message,
            auth_key=KEY,
            salt=0,
            session_id=self.session.session_id if session_id is None else session_id,
            sender=Role.SERVER,
            entropy=self.entropy,
        )
        packet = sealed.packet
        self.link.receive_data(len(packet).to_bytes(4, "little") + packet, now=self.now)

    @rule(specs=st.lists(SPECS, min_size=1, max_size=6))
    def messages(self, specs: list[_Spec]) -> None:
        for spec in specs:
            self.say(self.draw_up(spec))

    @rule(specs=st.lists(SPECS, max_size=6), own=SPECS)
    def a_container(self, specs: list[_Spec], own: _Spec) -> None:
        children = [self.draw_up(spec) for spec in specs]
        self.say(structs.replace(self.draw_up(own), body=join(children)))

    @rule(spec=SPECS, session=st.one_of(st.integers(0, 6), LONGS))
    def a_message_of_another_session(self, spec: _Spec, session: int) -> None:
        known = 0 <= session < len(self.session_ids)
        self.say(self.draw_up(spec), self.session_ids[session] if known else session)

    @rule(data=st.binary(min_size=4, max_size=40), token=st.booleans())
    def bytes_of_no_message(self, data: bytes, *, token: bool) -> None:
        if token:
            self.link.receive_data(data[:3] + b"\x80", now=self.now)
        else:
            data = data[: len(data) & ~3]
            self.link.receive_data(len(data).to_bytes(4, "little") + data, now=self.now)

    @rule()
    def disconnect(self) -> None:
        self.link.receive_data(b"", now=self.now)

    # -- what must be ---------------------------------------------------------------------------------------------

    @invariant()
    def only_events_come_out_and_all_is_right(self) -> None:
        self.link.handle_deadline(now=self.now)
        self.collect()
        if self.link.closed:
            self.connect()
            self.link.handle_deadline(now=self.now)
            self.collect()
        deadline = self.link.next_deadline()
        assert deadline is None or deadline > self.now, "a deadline that was met comes again at once"
        self.check_bounds()

    def collect(self) -> None:
        while (event := self.link.next_event()) is not None:
            if isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown):
                assert event.handle not in self.over, "two outcomes"
                self.open.remove(event.handle)
                self.over.add(event.handle)
            if isinstance(event, ConnectionClosed):
                assert event.error is None or isinstance(event.error, ProtocolError | TransportError)
        self.framing.receive_data(self.link.data_to_send(now=self.now))
        while (received := self.framing.next_event()) is not None:
            assert isinstance(received, Packet)
            self.check_sent(received.payload)

    def check_sent(self, packet: bytes) -> None:
        opened = decrypt_message(packet, lambda _: KEY, Role.CLIENT)
        assert opened.session_id == self.session.session_id
        if opened.session_id != self.session_ids[-1]:
            self.session_ids.append(opened.session_id)
            self.sent.clear()
        message = opened.message
        messages = split(message.body, LIMITS) if message.constructor == CONTAINER else []
        for one in (*messages, message):
            self.ids.append(one.msg_id)
            assert one.msg_id & 3 == 0
            if one.msg_id in self.sent:
                assert self.sent[one.msg_id] == one, "two messages under one id"
            else:
                last = next(reversed(self.sent.values()), None)
                assert last is None or (one.msg_id > last.msg_id and one.seqno >= last.seqno), "ids do not rise"
            self.sent[one.msg_id] = one
            if one.constructor == ACKS:
                acks = codec.decode(one.body)
                assert isinstance(acks, types.mtproto.MsgsAck)
                assert self.prompt >= set(acks.msg_ids), "acknowledged what never came"

    def check_bounds(self) -> None:
        session = self.session
        assert {pending.handle for pending in session.pending() if not pending.internal} == set(self.open)
        assert len(session.pending()) <= LIMITS.max_pending_requests + 2
        counts = session.counts()
        assert counts.queued == 0
        assert counts.remembered_unowned <= LIMITS.max_remembered_unowned + 60
        ids = sum(len(pending.sent_ids) for pending in session.pending())
        assert counts.remembered <= ids + counts.remembered_unowned
        assert all(len(pending.sent_ids) <= LIMITS.max_resends + 3 for pending in session.pending())
        assert counts.window_ids <= LIMITS.replay_window
        assert counts.pending_acks <= LIMITS.max_pending_acks

    def teardown(self) -> None:
        """Requests without an outcome end when the session is abandoned."""
        self.session.close("the test is over")
        self.collect()
        assert self.open == []


def announced(body: bytes) -> list[int]:
    """The answer that a message announces; an unneeded one is acknowledged unseen (MS21)."""
    try:
        value = codec.decode(body)
    except ProtocolError:
        return []
    kinds = types.mtproto.MsgDetailedInfo | types.mtproto.MsgNewDetailedInfo
    return [value.answer_msg_id] if isinstance(value, kinds) else []


HostileServer.TestCase.settings = settings(stateful_step_count=30)
TestHostileServer = HostileServer.TestCase
