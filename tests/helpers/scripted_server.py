"""A client's session under test, and a server whose messages the test chooses."""

from __future__ import annotations

from math import inf
from typing import Any

from sansio_tl import codec, functions, types
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.events import Event
from sansio_tl.limits import Limits
from sansio_tl.mtproto.client.bad_messages import NewSession
from sansio_tl.mtproto.client.request import RequestHandle
from sansio_tl.mtproto.client.session import ClientSession
from sansio_tl.mtproto.container import CONTAINER, join, split
from sansio_tl.mtproto.envelope import decrypt_message, encrypt_message
from sansio_tl.mtproto.message import DecryptedPacket, Message
from sansio_tl.role import Role
from sansio_tl.tl.objects import TLObject
from tests.helpers.connected_pair import NOW, client_config
from tests.helpers.entropy import SeededEntropy

KEY = AuthKey(SeededEntropy("auth key")(256))
NEAREST = types.NearestDc(country="NL", this_dc=2, nearest_dc=2)
_INTERNAL = {
    kind.ID.to_bytes(4, "little")
    for kind in (functions.mtproto.DestroySession, functions.mtproto.GetFutureSalts, types.mtproto.MsgsAck)
}


def msg_id(seconds: float, low_bits: int = 1) -> int:
    """A message id of the server, made `seconds` after NOW."""
    return int((NOW + seconds) * 2**32) & ~3 | low_bits


class ScriptedServer:
    """Holds the session under test; decrypts what the session sends and encrypts what the test sends."""

    def __init__(self, *, synchronised: bool = True, **settings: Any) -> None:
        self.limits = Limits(**{"ack_batch_size": 1} | settings)  # acknowledgements show with whatever is sent next
        self.session = ClientSession(
            KEY,
            salt=1,
            init_connection_prefix=client_config().init_connection_prefix(),
            limits=self.limits,
            entropy=SeededEntropy("session"),
            now=NOW,
        )
        if synchronised:
            self.session.clock.synchronise(NOW, NOW)
        self.now = NOW
        self.packets: list[DecryptedPacket] = []
        """Every envelope of the session."""
        self._last_id = msg_id(0)
        self._entropy = SeededEntropy("peer")

    def invoke(self) -> RequestHandle[Any]:
        """Let the session ask something."""
        return self.session.invoke(functions.help.GetNearestDc())

    def initialise(self) -> None:
        """Answer a request, so that later ones carry no initConnection."""
        self.invoke()
        (asked,) = self.receive_requests()
        self.send(result(asked.msg_id))
        self.receive()
        self.events()
        self.packets.clear()

    def receive(self) -> list[Message]:
        """What the session has to send, containers taken apart."""
        messages: list[Message] = []
        for packet in self.session.packets_to_send(self.now):
            opened = self.decrypt(packet.data)
            self.packets.append(opened)
            message = opened.message
            messages += split(message.body, self.limits) if message.constructor == CONTAINER else [message]
        return messages

    def receive_requests(self) -> list[Message]:
        """What the session has to send, less the service messages with which it keeps itself in order."""
        return [message for message in self.receive() if message.constructor not in _INTERNAL]

    def next_id(self, low_bits: int = 1) -> int:
        """A fresh message id."""
        self._last_id = max(self._last_id + 4, msg_id(self.now - NOW)) & ~3
        return self._last_id | low_bits

    def send(
        self, value: TLObject | bytes, *, at: int | None = None, seqno: int = 1, session: int | None = None
    ) -> int:
        """Deliver a message to the session; returns its id."""
        at = self.next_id() if at is None else at
        self.session.receive_packet(self.encrypt(value, at=at, seqno=seqno, session=session), self.now)
        return at

    def encrypt(
        self, value: TLObject | bytes, *, at: int | None = None, seqno: int = 1, session: int | None = None
    ) -> bytes:
        """The packet with which the server would say it."""
        body = value if isinstance(value, bytes) else codec.encode(value)
        return encrypt_message(
            Message(self.next_id() if at is None else at, seqno, body),
            auth_key=KEY,
            salt=0,
            session_id=self.session.session_id if session is None else session,
            sender=Role.SERVER,
            entropy=self._entropy,
        ).packet

    def decrypt(self, packet: bytes) -> DecryptedPacket:
        """Decrypt a packet of the session."""
        return decrypt_message(packet, lambda _: KEY, Role.CLIENT)

    def send_container(self, *messages: Message, at: int | None = None) -> int:
        """Deliver a container."""
        return self.send(join(list(messages)), at=at, seqno=0)

    def events(self) -> list[Event]:
        """The events of the session since the last call."""
        return self.session.take_events()

    def begin_session(self, server_time: float = inf) -> None:
        """Have the session replaced, as if the server had refused it."""
        self.session._start_new_session(NewSession(server_time, keep_ids_rising=True))

    def acknowledged(self) -> list[int]:
        """Force what is owed out and return the message ids that were acknowledged."""
        self.now += self.limits.ack_delay
        ids: list[int] = []
        for message in self.receive():
            value = codec.decode(message.body)
            if isinstance(value, types.mtproto.MsgsAck):
                ids += value.msg_ids
        return ids


def result(req_msg_id: int, value: TLObject | bytes = NEAREST) -> bytes:
    """The body of an rpc_result."""
    body = value if isinstance(value, bytes) else codec.encode(value)
    return types.mtproto.RpcResult.ID.to_bytes(4, "little") + req_msg_id.to_bytes(8, "little", signed=True) + body
