"""An attacker that knows the key and the protocol: it encrypts any message, with fresh ids and valid sequence numbers.

The engine under test is driven as an adapter drives it: every event is taken, and its output is fetched.
"""

from __future__ import annotations

from random import Random
from typing import Protocol

from sansio_tl import Config, Connection, codec, errors, functions
from sansio_tl.connection.server import KeyRecord, KeyStore, ServerConfig, ServerConnection
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors import ProtocolError, TransportError
from sansio_tl.events import ConnectionClosed, Event, RequestReceived
from sansio_tl.framing import AutoDetectFraming, Intermediate, Packet
from sansio_tl.limits import Limits
from sansio_tl.mtproto.container import CONTAINER, join, split
from sansio_tl.mtproto.envelope import decrypt_message, encrypt_message
from sansio_tl.mtproto.message import Message
from sansio_tl.role import Role
from sansio_tl.tl.objects import TLObject
from tests.helpers.rsa_key import rsa_key

NOW = 1_790_000_000.0
KEY = AuthKey(Random("key").randbytes(256))
SALT = 7
TICK = 1 / 1024
"""Seconds between two messages of the attacker."""


class Victim(Protocol):
    """The engine under attack."""

    @property
    def closed(self) -> bool: ...
    def receive_data(self, data: bytes, *, now: float) -> None: ...
    def next_event(self) -> Event | None: ...
    def data_to_send(self, *, now: float) -> bytes: ...
    def next_deadline(self) -> float | None: ...
    def handle_deadline(self, *, now: float) -> None: ...


class Attacker:
    """Makes the bytes of an attack. What it makes is a client's or a server's, against the other role."""

    def __init__(self, role: Role, inflated: int = Limits().max_inflated_size) -> None:
        """What it packs with gzip has `inflated` bytes before."""
        self.role = role
        self.inflated = inflated - 4096
        self.wire = Intermediate(role)
        self.session = 5
        self.requests: list[int] = []
        """The message ids of the requests that a client under attack has out."""
        self._last = int(NOW * 2**32)
        self._content = 0
        self._entropy = Random("enemy").randbytes

    def victim(self) -> Victim:
        """A fresh engine of the other role; a client has three requests out."""
        if self.role is Role.CLIENT:
            keys = KeyStore()
            keys[KEY.id] = KeyRecord(KEY, SALT, created_at=NOW)
            config = ServerConfig(private_keys=(rsa_key(),), framing=AutoDetectFraming)
            return ServerConnection(config, keys, entropy=Random("server").randbytes, now=NOW)
        client = Connection(Config(api_id=1, public_keys=()), auth_key=KEY, entropy=Random("client").randbytes, now=NOW)
        for _ in range(3):
            client.invoke(functions.help.GetNearestDc(), now=NOW)
        self._learn(client.data_to_send(now=NOW))
        return client

    def _learn(self, sent: bytes) -> None:
        wire = Intermediate(Role.SERVER)
        wire.receive_data(sent)
        while isinstance(packet := wire.next_event(), Packet):
            opened = decrypt_message(packet.payload, lambda _: KEY, Role.CLIENT)
            self.session, message = opened.session_id, opened.message
            for each in split(message.body, Limits()) if message.constructor == CONTAINER else [message]:
                if each.content_related:
                    self.requests.append(each.msg_id)

    # --- its messages -----------------------------------------------------------------------------------------------

    def next_id(self) -> int:
        """A fresh message id, a tick later."""
        self._last += int(TICK * 2**32)
        return self._last & ~3 | (1 if self.role is Role.SERVER else 0)

    def pass_time(self, seconds: float) -> None:
        """From now on its ids are made so much later."""
        self._last += int(seconds * 2**32)

    def message(self, body: TLObject | bytes, *, content: bool = True) -> Message:
        """A message with the numbers that it should have."""
        data = body if isinstance(body, bytes) else codec.encode(body)
        seqno = 2 * self._content + content
        self._content += content
        return Message(self.next_id(), seqno, data)

    def packet(self, body: TLObject | bytes, *, content: bool = True, session: int | None = None) -> bytes:
        """The bytes of one message."""
        return self.packet_of(self.message(body, content=content), session=session)

    def container(self, *messages: Message) -> bytes:
        """The bytes of a container."""
        return self.packet_of(Message(self.next_id(), 2 * self._content, join(list(messages))))

    def packet_of(self, message: Message, *, session: int | None = None) -> bytes:
        """Seal and frame a message."""
        sealed = encrypt_message(
            message,
            auth_key=KEY,
            salt=SALT,
            session_id=self.session if session is None else session,
            sender=self.role,
            entropy=self._entropy,
        )
        self.wire.send_packet(sealed.packet)
        return self.wire.data_to_send()

    def random(self, size: int) -> bytes:
        """Bytes that mean nothing."""
        return self._entropy(size)


def drain(victim: Victim, now: float) -> tuple[int, ProtocolError | TransportError | None]:
    """Take all events as an application would, and the victim's output; how many bytes, and why it ended."""
    ended: ProtocolError | TransportError | None = None
    while (event := victim.next_event()) is not None:
        if isinstance(event, ConnectionClosed):
            ended = event.error
        elif isinstance(event, RequestReceived) and isinstance(victim, ServerConnection) and not victim.closed:
            victim.send_error(event.request, errors.parse(400, "METHOD_INVALID"), now=now)
    return len(victim.data_to_send(now=now)), ended
