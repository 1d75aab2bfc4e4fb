"""A malicious client: it has a valid key, and sends invalid messages."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from struct import pack

from sansio_tl import codec, functions, types
from sansio_tl.client.actions import Endpoint
from sansio_tl.codec.index import LAYER
from sansio_tl.connection.server import KeyRecord
from sansio_tl.mtproto.container import join
from sansio_tl.mtproto.envelope import encrypt_message
from sansio_tl.mtproto.message import Message
from sansio_tl.role import Role
from sansio_tl.simulation.faults import Deeds
from sansio_tl.simulation.frame_parser import TAGS, framed
from sansio_tl.simulation.host import SimHost
from sansio_tl.simulation.network import Socket
from sansio_tl.simulation.requests import demand
from sansio_tl.simulation.rng import Rng

_FRAMING = "intermediate"
_STAYS = 20.0
_NO_QUERIES = (
    bytes.fromhex("b5757299"),  # boolTrue
    bytes.fromhex("379779bc"),  # boolFalse
    pack("<Ii", 0x1CB5C415, 0),  # an empty vector
    codec.encode(types.UserEmpty(id=1)),
    codec.encode(types.mtproto.MsgsAck(msg_ids=[1])),
    codec.encode(functions.mtproto.Ping(ping_id=1)),
    b"\xff\xff\xff\xff",
    b"",
)
_QUERY = functions.help.GetNearestDc()
_DEEDS = {
    "_no_query": "values that are no queries, in wrappers or compressed",
    "_odd_service": "service messages about messages that were never sent",
    "_odd_order": "impossible ids, sequence numbers and orders",
    "_odd_container": "containers with contents that no container may have",
    "_unacknowledged": "ten to sixty requests whose answers it does not acknowledge",
}
_ONE_ID = (4, 0, -1, 1 << 62, -(1 << 63))


class RogueClient:
    """Connects now and then, and sends invalid messages with its key."""

    def __init__(
        self,
        host: SimHost,
        endpoint: Endpoint,
        record: KeyRecord,
        *,
        rng: Rng,
        deeds: Deeds,
    ) -> None:
        self.others: list[int] = []
        """Session ids of other clients, known to the attacker."""
        self._host = host
        self._endpoint = endpoint
        self._record = record
        self._rng = rng
        self._deeds = deeds
        self._sessions: list[RogueSession] = []
        self._socket: Socket | None = None

    def attack(self) -> None:
        """Connect, send a few messages, listen for a while and close."""
        socket = self._host.connect(self._endpoint)
        session = self._open_session()
        socket.on_open = lambda: socket.send(TAGS[_FRAMING] + b"".join(self._service_messages(session)))
        self._host.call_at(self._host.now() + self._rng.around(_STAYS) + 1.0, socket.close)

    def _open_session(self) -> RogueSession:
        """A new session, or an old one."""
        if not self._sessions or self._rng.chance(0.5):
            ids = [*self.others, 0, int.from_bytes(self._rng(8), "little", signed=True)]
            self._sessions.append(RogueSession(self._record, self._rng.pick(ids), self._rng))
        return self._rng.pick(self._sessions)

    def _service_messages(self, session: RogueSession) -> list[bytes]:
        subjects: tuple[Callable[[RogueSession], bytes], ...] = (
            self._no_query,
            self._no_query,
            self._odd_service,
            self._odd_order,
            self._odd_container,
            self._unacknowledged,
            self._unacknowledged,
        )
        session.now = self._host.now()
        chosen = list(dict.fromkeys(self._rng.pick(subjects) for _ in range(1 + self._rng.below(5))))
        self._deeds.update(f"client with a key: {_DEEDS[subject.__name__]}" for subject in chosen)
        return [framed(subject(session), _FRAMING) for subject in chosen]

    def _no_query(self, session: RogueSession) -> bytes:
        """Values that are no queries in the place of a query, bare or compressed."""
        body = self._wrapped(self._rng.pick(_NO_QUERIES))
        if self._rng.chance(0.3):
            packed = zlib.compress(body)
            body = codec.encode(types.mtproto.GzipPacked(packed_data=packed))
        return session.packet(session.message(body))

    def _wrapped(self, inner: bytes) -> bytes:
        query = codec.encode(_QUERY)
        wrappers = (
            functions.InvokeWithLayer(layer=self._rng.pick((LAYER, 1, 0, -1, 1 << 30)), query=_QUERY),
            functions.InvokeWithoutUpdates(query=_QUERY),
            functions.InvokeAfterMsg(msg_id=self._rng.pick(_ONE_ID), query=_QUERY),
            functions.InvokeAfterMsgs(msg_ids=[4, 8, 4], query=_QUERY),
            functions.InitConnection(
                api_id=1,
                device_model="\x1b[2J",
                system_version="",
                app_version="",
                system_lang_code="",
                lang_pack="",
                lang_code="",
                query=_QUERY,
            ),
        )
        body = inner
        for _ in range(self._rng.pick((0, 1, 1, 2, 40))):
            body = codec.encode(self._rng.pick(wrappers)).removesuffix(query) + body
        return body

    def _odd_service(self, session: RogueSession) -> bytes:
        """Service messages about messages that were never sent."""
        number, ids = self._rng.pick(_ONE_ID), [self._rng.pick(_ONE_ID) for _ in range(self._rng.pick((0, 1, 9000)))]
        bodies = (
            types.mtproto.MsgsAck(msg_ids=ids),
            types.mtproto.MsgsStateReq(msg_ids=ids),
            types.mtproto.MsgResendReq(msg_ids=ids),
            types.mtproto.MsgResendAnsReq(msg_ids=ids),
            types.mtproto.NewSessionCreated(first_msg_id=number, unique_id=number, server_salt=number),
            types.mtproto.BadServerSalt(bad_msg_id=number, bad_msg_seqno=1, error_code=48, new_server_salt=number),
            types.mtproto.MsgsStateInfo(req_msg_id=number, info=bytes(range(256))),
            functions.mtproto.RpcDropAnswer(req_msg_id=number),
            functions.mtproto.GetFutureSalts(num=self._rng.pick((-(1 << 31), 0, (1 << 31) - 1))),
            functions.mtproto.DestroySession(session_id=self._rng.pick([*self.others, number])),
            functions.mtproto.PingDelayDisconnect(ping_id=number, disconnect_delay=self._rng.pick((-5, 0, 1 << 30))),
            functions.mtproto.HttpWait(max_delay=-1, wait_after=1 << 30, max_wait=self._rng.pick((-1, 1 << 30))),
            functions.mtproto.ReqPqMulti(nonce=bytes(16)),
            functions.auth.BindTempAuthKey(
                perm_auth_key_id=number,
                nonce=number,
                expires_at=self._rng.pick((0, -1, (1 << 31) - 1)),
                encrypted_message=b"",
            ),
        )
        return session.packet(
            session.message(codec.encode(self._rng.pick(bodies)), content_related=self._rng.chance(0.6))
        )

    def _odd_order(self, session: RogueSession) -> bytes:
        """Invalid numbers, and requests that wait for each other."""
        message = session.message(codec.encode(_QUERY))
        follower = functions.InvokeAfterMsg(msg_id=self._rng.pick((message.msg_id, message.msg_id + 4)), query=_QUERY)
        match self._rng.below(4):
            case 0:
                message = Message(message.msg_id | self._rng.below(4), message.seqno, message.body)
            case 1:
                message = Message(message.msg_id, self._rng.pick((-1, 0, (1 << 31) - 1)), message.body)
            case 2:
                message = Message(self._rng.pick(_ONE_ID), message.seqno, message.body)
            case _:
                message = Message(message.msg_id, message.seqno, codec.encode(follower))
        return session.packet(message)

    def _odd_container(self, session: RogueSession) -> bytes:
        """Containers with contents that no container may have."""
        inner = session.message(codec.encode(_QUERY))
        match self._rng.below(5):
            case 0:
                body = join([inner, inner])
            case 1:
                body = join([Message(inner.msg_id, 0, join([inner]))])
            case 2:
                body = join([inner])[:-4]
            case 3:
                body = join([Message(inner.msg_id + (1 << 32), 1, inner.body)])
            case _:
                body = join([])
        return session.packet(session.message(body, content_related=self._rng.chance(0.2)))

    def _unacknowledged(self, session: RogueSession) -> bytes:
        """Many requests with large answers, none of which it ever acknowledges."""
        size, times = self._rng.pick(((0, 60), (4000, 30), (40_000, 10), (40_000, 10)))
        body = codec.encode(demand(size))
        return session.packet(
            session.message(join([session.message(body) for _ in range(times)]), content_related=False)
        )


class RogueSession:
    """One session of the rogue client."""

    def __init__(self, record: KeyRecord, session_id: int, rng: Rng) -> None:
        self.now = 0.0
        self._record = record
        self._session_id = session_id
        self._rng = rng
        self._last_id = 0
        self._content_related = 0

    def message(self, body: bytes, *, content_related: bool = True) -> Message:
        """The next message, with a valid id and sequence number."""
        self._last_id = max(self._last_id + 4, int(self.now * (1 << 32)) & ~3)
        message = Message(self._last_id, 2 * self._content_related + content_related, body)
        self._content_related += content_related
        return message

    def packet(self, message: Message) -> bytes:
        """The encrypted message."""
        return encrypt_message(
            message,
            auth_key=self._record.auth_key,
            salt=self._record.salt(self.now),
            session_id=self._session_id,
            sender=Role.CLIENT,
            entropy=self._rng,
        ).packet
