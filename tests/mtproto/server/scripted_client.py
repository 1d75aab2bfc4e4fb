"""A client whose messages the test chooses, over one or more connections to the server."""

from __future__ import annotations

from typing import Any

from sansio_tl import codec, functions, types
from sansio_tl.connection.server import (
    IncomingRequest,
    KeyRecord,
    KeyStore,
    ServerConfig,
    ServerConnection,
    ServerSession,
)
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.events import Event, RequestReceived
from sansio_tl.framing import Framing, Intermediate, Packet, QuickAck, TransportErrorReceived
from sansio_tl.limits import Limits
from sansio_tl.mtproto.container import CONTAINER, join, split
from sansio_tl.mtproto.envelope import decrypt_message, encrypt_message
from sansio_tl.mtproto.message import Message, quick_ack_token
from sansio_tl.role import Role
from sansio_tl.tl.objects import TLObject
from tests.helpers.connected_pair import NOW, key_record
from tests.helpers.entropy import SeededEntropy
from tests.helpers.rsa_key import rsa_key

SESSION = -0x5E5510
QUERY = functions.help.GetNearestDc()
ANSWER = types.NearestDc(country="NL", this_dc=2, nearest_dc=2)
_RPC_RESULT = types.mtproto.RpcResult.ID.to_bytes(4, "little")


def client_id(seconds: float, low_bits: int = 0) -> int:
    """A message id of a client, made `seconds` after NOW."""
    return int((NOW + seconds) * 2**32) & ~3 | low_bits


class ScriptedConnection:
    """One connection to the server, from the client's side."""

    def __init__(self, client: ScriptedClient, framing: Any = Intermediate) -> None:
        self.server = ServerConnection(client.config, client.keys, entropy=SeededEntropy("server"), now=client.now)
        self.transport_errors: list[int] = []
        """Transport error codes that came."""
        self.quick_acks: list[bytes] = []
        self._caller = client
        self._framing: Framing = framing(Role.CLIENT, client.limits)

    def send_packet(self, packet: bytes, *, quick_ack: bool = False) -> None:
        """Deliver a packet to the server."""
        self._framing.send_packet(packet, quick_ack=quick_ack)
        self.server.receive_data(self._framing.data_to_send(), now=self._caller.now)

    def packets(self) -> list[bytes]:
        """The packets that the server has to send."""
        self._framing.receive_data(self.server.data_to_send(now=self._caller.now))
        packets: list[bytes] = []
        while (received := self._framing.next_event()) is not None:
            match received:
                case Packet():
                    packets.append(received.payload)
                case TransportErrorReceived():
                    self.transport_errors.append(received.code)
                case QuickAck():
                    self.quick_acks.append(received.token)
        return packets

    def outer_messages(self) -> list[Message]:
        """What the server has to send, decrypted."""
        return [decrypt_message(packet, lambda _: self._caller.key, Role.SERVER).message for packet in self.packets()]

    def messages(self) -> list[Message]:
        """What the server has to send, containers taken apart."""
        messages: list[Message] = []
        for message in self.outer_messages():
            messages += split(message.body, Limits()) if message.constructor == CONTAINER else [message]
        return messages

    def values(self) -> list[Any]:
        """The same, decoded, less the announcement of the session."""
        values: list[Any] = [codec.decode(message.body) for message in self.messages()]
        return [value for value in values if not isinstance(value, types.mtproto.NewSessionCreated)]

    def answers(self) -> dict[int, Any]:
        """The results of requests by the message ids that they answer."""
        return results(self.messages())

    def events(self) -> list[Event]:
        """The events of the server's application since the last call."""
        events: list[Event] = []
        while (event := self.server.next_event()) is not None:
            events.append(event)
        return events

    def requests(self) -> list[IncomingRequest]:
        """The requests among the events."""
        return [event.request for event in self.events() if isinstance(event, RequestReceived)]

    def answer(self, *requests: IncomingRequest, result: object = ANSWER) -> None:
        """Let the application answer."""
        for request in requests:
            self.server.send_result(request, result, now=self._caller.now)

    def disconnect(self) -> None:
        """The client closes the connection."""
        self.server.receive_data(b"", now=self._caller.now)


class ScriptedClient:
    """A client's key, session and numbers; `connection` is the connection that is used unless a test names another."""

    def __init__(self, record: KeyRecord | None = None, *, session_id: int = SESSION, **limits: Any) -> None:
        self.limits = Limits(**{"ack_batch_size": 1} | limits)  # acknowledgements show with whatever is sent next
        self.record = record or key_record()
        self.keys = KeyStore()
        self.keys[self.record.auth_key.id] = self.record
        self.config = ServerConfig(private_keys=(rsa_key(),), limits=self.limits)
        self.now = NOW
        self.session_id = session_id
        self.last_id = 0
        self._content_related = 0
        self._entropy = SeededEntropy("caller")
        self.connection = ScriptedConnection(self)

    @property
    def key(self) -> AuthKey:
        """The auth key."""
        return self.record.auth_key

    @property
    def session(self) -> ServerSession:
        """The server's side of the session."""
        return self.record.sessions[self.session_id]

    def open_connection(self) -> ScriptedConnection:
        """A further connection; the first one stays open."""
        return ScriptedConnection(self)

    def next_id(self) -> int:
        """A fresh message id."""
        self.last_id = max(self.last_id + 4, client_id(self.now - NOW))
        return self.last_id

    def next_seqno(self, *, content_related: bool) -> int:
        """The sequence number that fits."""
        seqno = 2 * self._content_related + content_related
        self._content_related += content_related
        return seqno

    def message(
        self,
        value: TLObject | bytes,
        *,
        at: int | None = None,
        seqno: int | None = None,
        content_related: bool | None = None,
    ) -> Message:
        """A message with the numbers that fit, unless others are given."""
        body = value if isinstance(value, bytes) else codec.encode(value)
        if content_related is None:
            content_related = body[:4] not in _NOT_CONTENT_RELATED
        if seqno is None:
            seqno = self.next_seqno(content_related=content_related)
        return Message(self.next_id() if at is None else at, seqno, body)

    def send_message(
        self,
        message: Message,
        *,
        salt: int | None = None,
        connection: ScriptedConnection | None = None,
        quick_ack: bool = False,
    ) -> bytes:
        """Seal a message and deliver it; returns the token of its quick acknowledgement."""
        sealed = encrypt_message(
            message,
            auth_key=self.key,
            salt=self.record.salt(self.now) if salt is None else salt,
            session_id=self.session_id,
            sender=Role.CLIENT,
            entropy=self._entropy,
        )
        (connection or self.connection).send_packet(sealed.packet, quick_ack=quick_ack)
        return quick_ack_token(sealed.msg_key_large)

    def send(
        self,
        value: TLObject | bytes = QUERY,
        *,
        at: int | None = None,
        seqno: int | None = None,
        content_related: bool | None = None,
        salt: int | None = None,
        connection: ScriptedConnection | None = None,
    ) -> int:
        """Deliver a value as a message; returns its id."""
        message = self.message(value, at=at, seqno=seqno, content_related=content_related)
        self.send_message(message, salt=salt, connection=connection)
        return message.msg_id

    def send_container(self, *messages: Message, at: int | None = None, seqno: int | None = None) -> int:
        """Deliver a container."""
        return self.send(join(list(messages)), at=at, seqno=seqno)

    def start_session(self) -> None:
        """Let the session begin and its announcement be received and acknowledged, so that a test sees only its own."""
        self.send(functions.mtproto.Ping(0), content_related=False)
        self.acknowledge(*self.connection.messages())
        self.connection.events()

    def acknowledge(self, *messages: Message) -> None:
        """Acknowledge those that want it."""
        expected = [message.msg_id for message in messages if message.content_related]
        self.send(types.mtproto.MsgsAck(expected))

    def acknowledged(self) -> list[int]:
        """Force out what the server owes and return the message ids that were acknowledged."""
        self.now += self.limits.ack_delay
        return acknowledged(self.connection.messages())


_NOT_CONTENT_RELATED = {CONTAINER, types.mtproto.MsgsAck.ID.to_bytes(4, "little")}


def results(messages: list[Message]) -> dict[int, Any]:
    """Results of requests by the message ids that they answer."""
    return {
        int.from_bytes(message.body[4:12], "little", signed=True): codec.decode(message.body[12:])
        for message in messages
        if message.constructor == _RPC_RESULT
    }


def acknowledged(messages: list[Message]) -> list[int]:
    """The ids in all the acknowledgements among the messages."""
    ids: list[int] = []
    for message in messages:
        value = codec.decode(message.body) if message.constructor != _RPC_RESULT else None
        if isinstance(value, types.mtproto.MsgsAck):
            ids += value.msg_ids
    return ids
