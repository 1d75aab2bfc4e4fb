"""A client that sends what a case wants, to a server under test.

A case is a generator that yields what it waits for, and returns its judgement:

    def script(peer: FaultyClient) -> Script:
        yield from peer.connect()
        yield from peer.make_key()
        yield from peer.send(functions.mtproto.Ping(1))
        answer = yield from peer.receive(types.mtproto.Pong)
        ...

The driver connects, writes, and waits as the steps say, and sends what has arrived into the generator.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Any, TypeAlias, TypeVar

from sansio_tl import codec, functions, types
from sansio_tl.codec.index import LAYER
from sansio_tl.conformance.case import Ending, Finding, Judgement, TranscriptEntry
from sansio_tl.conformance.facts import LIMITS, expand
from sansio_tl.conformance.faulty_handshake import decrypted, draw_nonce
from sansio_tl.conformance.sealing import open_plaintext, seal
from sansio_tl.crypto.aes import ige_encrypt
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.crypto.factorization import factorize
from sansio_tl.crypto.kdf import handshake_key_iv
from sansio_tl.crypto.modular import power
from sansio_tl.crypto.rsa import RsaPublicKey, rsa_pad
from sansio_tl.entropy import Entropy
from sansio_tl.errors import RemoteProtocolError
from sansio_tl.framing import Framing, Packet, QuickAck, TransportErrorReceived
from sansio_tl.framing.factory import client_framing
from sansio_tl.framing.proxy_secret import ProxySecret
from sansio_tl.mtproto.container import join
from sansio_tl.mtproto.envelope import decrypt_message
from sansio_tl.mtproto.handshake_common import derive_auth_key, first_salt, minimal_bytes, open_inner
from sansio_tl.mtproto.message import DecryptedPacket, Message
from sansio_tl.mtproto.message_ids import Numbering
from sansio_tl.mtproto.plain_message import NO_AUTH_KEY, seal_plain
from sansio_tl.role import Role
from sansio_tl.tl.errors import DecodeError
from sansio_tl.tl.objects import TLObject

T = TypeVar("T")
ANSWER_TIME = 5.0
"""Seconds in which a server answers."""
MAX_TRANSCRIPT = 400


@dataclass(frozen=True, slots=True)
class OpenConnection:
    """Open a new connection; an open one is closed before."""


@dataclass(frozen=True, slots=True)
class Write:
    """Write bytes, in pieces with pauses between them if there are several."""

    pieces: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class WaitForBytes:
    """Wait for bytes, at most so long."""

    seconds: float


@dataclass(frozen=True, slots=True)
class EnterCode:
    """Get the code that the server has sent to a phone number."""

    phone: str = field(repr=False)
    phone_code_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Received:
    """What a step gave: bytes, ``b""`` for a connection that the server has closed, None for nothing.

    For `EnterCode`: the code, or None if there is none.
    """

    data: bytes | None = field(repr=False)
    now: float


ScriptStep: TypeAlias = OpenConnection | Write | WaitForBytes | EnterCode
Doing: TypeAlias = Generator[ScriptStep, Received, T]
Script: TypeAlias = Generator[ScriptStep, Received, Judgement]
ClientEdit = Callable[[Any, "FaultyClient"], Any]


@dataclass(frozen=True, slots=True)
class RpcAnswer:
    """An rpc_result."""

    msg_id: int
    """Of the request."""
    body: bytes = field(repr=False)


class HandshakeRefusedError(Exception):
    """The server did not answer a step of the handshake."""

    def __init__(self, step: str) -> None:
        super().__init__(step)
        self.step = step


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerTarget:
    """What is known of a server under test."""

    public_key: RsaPublicKey
    dc_id: int = 2
    api_id: int = 1
    api_hash: str = field(default="hash", repr=False)
    layer: int = LAYER
    phone: str = field(default="", repr=False)
    """The number of an account, for cases that need one; empty: they are unreachable."""
    password: str = field(default="", repr=False)
    """Of that account; empty: it has no two-step verification."""
    proxy_secret: ProxySecret | None = field(default=None, repr=False)
    """A secret of kind `ee` with which clients may connect; None: the cases about fake TLS are unreachable."""


class FaultyClient:
    """A client of the suite."""

    def __init__(self, target: ServerTarget, *, entropy: Entropy, now: float) -> None:
        self.target = target
        self.entropy = entropy
        self.now = now
        self.started_at = now
        self.closed = True
        """Whether there is no connection."""
        self.transport_error: int | None = None
        """The transport error code that has arrived last."""
        self.auth_key: AuthKey | None = None
        self.session_id = 0
        self.salt = 0
        self.offset = 0.0
        """Server time less ours, in seconds."""
        self.packets: list[DecryptedPacket] = []
        """The encrypted packets of the server."""
        self.plaintexts: list[bytes] = []
        """Their plaintexts, with the padding."""
        self.messages: list[Message] = []
        """Their messages, containers taken apart."""
        self.plain: list[bytes] = []
        """The unencrypted messages that were not read yet."""
        self.quick_acks: list[bytes] = []
        self.error: str | None = None
        """What the server did wrong in the framing or the envelope."""
        self.transcript: list[TranscriptEntry] = []
        self.numbering = Numbering()
        self.nonce = self.server_nonce = self.new_nonce = b""
        self._sealed = b""
        """The encrypted part of the message of the handshake that is sent next, before it was encrypted."""
        self.res_pq: types.mtproto.ResPQ | None = None
        self.dh_inner: types.mtproto.ServerDHInnerData | None = None
        self._plain_numbering = Numbering()
        self._framing: Framing | None = None
        self.frames_sent = 0
        """Packets written on this connection."""
        self._connection = 0
        self._read = 0

    # -- connections ----------------------------------------------------------------------------------------------

    def connect(self, framing: str = "intermediate") -> Doing[None]:
        """Open a new connection."""
        factory = client_framing(framing, entropy=self.entropy, now=self.now, dc=self.target.dc_id)
        self._framing = factory(Role.CLIENT, LIMITS)
        self._connection += 1
        self.frames_sent = 0
        self.transport_error = None
        self.note(None, f"connecting, with the {framing} framing")
        got = yield OpenConnection()
        self.now = got.now
        self.closed = got.data is None

    def write(self, data: bytes, *, piece_size: int | None = None) -> Doing[None]:
        """Write bytes."""
        if self.closed or not data:
            return
        size = piece_size or len(data)
        got = yield Write(tuple(data[at : at + size] for at in range(0, len(data), size)))
        self.now = got.now

    def write_packet(
        self, packet: bytes, note: str, *, quick_ack: bool = False, piece_size: int | None = None
    ) -> Doing[None]:
        """Write a packet."""
        if self._framing is None or self.closed:
            return
        key = self.auth_key if self.auth_key is not None and packet[:8] == self.auth_key.id else None
        plaintext = b"" if key is None else open_plaintext(packet, key, Role.CLIENT)
        if packet[:8] == NO_AUTH_KEY:
            plaintext, self._sealed = self._sealed, b""
        self.note(Role.CLIENT, note, packet, plaintext)
        self.frames_sent += 1
        self._framing.send_packet(packet, quick_ack=quick_ack)
        yield from self.write(self._framing.data_to_send(), piece_size=piece_size)

    def pass_time(self, seconds: float) -> Doing[None]:
        """Receive whatever comes, for so long, or until the server closes the connection."""
        until = self.now + seconds
        while not self.closed and self.now < until:
            yield from self._wait(until - self.now)

    def _wait(self, seconds: float) -> Doing[None]:
        got = yield WaitForBytes(max(seconds, 0.001))
        self.now = got.now
        if got.data is None or self._framing is None:
            return
        try:
            if got.data:
                self._framing.receive_data(got.data)
            else:
                self.closed = True
                self.note(None, "the server closed the connection")
            while (event := self._framing.next_event()) is not None:
                self._on_event(event)
        except RemoteProtocolError as error:
            self.error = str(error)
            self.note(None, f"the server broke a rule: {error}")

    def _on_event(self, event: object) -> None:
        match event:
            case TransportErrorReceived():
                self.transport_error = event.code
                self.note(Role.SERVER, f"transport error {event.code}")
            case QuickAck():
                self.quick_acks.append(event.token)
                self.note(Role.SERVER, "quick acknowledgement", event.token)
            case Packet() if event.payload[:8] == NO_AUTH_KEY:
                self.note(Role.SERVER, "unencrypted message", event.payload, self._opened(event.payload))
                self.plain.append(event.payload)
            case Packet():
                self._on_encrypted(event.payload)
            case _:
                pass

    def _opened(self, packet: bytes) -> bytes:
        """The encrypted part of server_DH_params_ok, decrypted; empty for anything else."""
        try:
            answer = codec.decode(packet[20:])
        except DecodeError:
            return b""
        if not isinstance(answer, types.mtproto.ServerDHParamsOk):
            return b""
        return decrypted(answer.encrypted_answer, *handshake_key_iv(self.server_nonce, self.new_nonce))

    def _on_encrypted(self, packet: bytes) -> None:
        key = self.auth_key
        if key is None:
            self.note(Role.SERVER, "packet with an unknown key", packet)
            return
        opened = decrypt_message(packet, lambda key_id: key if key_id == key.id else None, Role.SERVER)
        plaintext = open_plaintext(packet, key, Role.SERVER)
        self.note(Role.SERVER, "encrypted packet", packet, plaintext)
        self.packets.append(opened)
        self.plaintexts.append(plaintext)
        self.messages += [message for message, _ in expand(opened.message)]

    def note(self, sender: Role | None, note: str, packet: bytes = b"", plaintext: bytes = b"") -> None:
        """Add to the transcript."""
        if len(self.transcript) < MAX_TRANSCRIPT:
            entry = TranscriptEntry(self.now - self.started_at, self._connection, sender, note, packet, plaintext)
            self.transcript.append(entry)

    @property
    def has_leading_zero(self) -> bool:
        """Whether a number of the handshake begins with a zero byte, by chance: some servers drop it."""
        return self.server_nonce[:1] == b"\0" or (self.auth_key is not None and self.auth_key.key[:1] == b"\0")

    @property
    def ending(self) -> Ending:
        """How the connection has ended."""
        if self.transport_error is not None:
            return Ending.REJECTED
        return Ending.CLOSED if self.closed else Ending.OPEN

    # -- messages -------------------------------------------------------------------------------------------------

    def next_id(self, seconds: float = 0.0) -> int:
        """A fresh message id."""
        return self.numbering.next_id(self.now + self.offset + seconds)

    def message(
        self, body: TLObject | bytes, *, content: bool = True, msg_id: int | None = None, seqno: int | None = None
    ) -> Message:
        """A message; what is not specified is correct."""
        return Message(
            self.next_id() if msg_id is None else msg_id,
            self.numbering.next_seqno(content_related=content) if seqno is None else seqno,
            body if isinstance(body, bytes) else codec.encode(body),
        )

    def container(self, *messages: Message, msg_id: int | None = None) -> Message:
        """A container of messages."""
        return self.message(join(list(messages)), content=False, msg_id=msg_id)

    def packet(self, message: Message, **faults: Any) -> bytes:
        """A packet of a message; `faults` are arguments of `seal`."""
        if self.auth_key is None:
            raise HandshakeRefusedError("the handshake")
        known: dict[str, Any] = {"auth_key": self.auth_key, "salt": self.salt, "session_id": self.session_id}
        known |= {"sender": Role.CLIENT, "entropy": self.entropy} | faults
        return seal(message, **known)

    def send(self, body: TLObject | bytes | Message, note: str = "encrypted packet", **faults: Any) -> Doing[Message]:
        """Send a message, or a body in one."""
        message = body if isinstance(body, Message) else self.message(body)
        yield from self.write_packet(self.packet(message, **faults), note)
        return message

    def receive(
        self, kind: type[T], seconds: float = ANSWER_TIME, *, where: Callable[[T], bool] = lambda _: True
    ) -> Doing[T | None]:
        """Wait for a value of that type that is not read yet; None if the time is over or the connection closed."""
        until = self.now + seconds
        seen = self._read
        while True:
            for at in range(seen, len(self.messages)):
                value = value_of(self.messages[at])
                if isinstance(value, kind) and where(value):
                    return value
            seen = len(self.messages)
            if self.closed or self.now >= until:
                return None
            yield from self._wait(until - self.now)

    def mark_read(self) -> None:
        """`receive` looks only at what arrives from now on."""
        self._read = len(self.messages)

    def results_of(self, msg_id: int) -> list[bytes]:
        """The answers to a request that have arrived, encoded."""
        values = (value_of(message) for message in self.messages)
        return [value.body for value in values if isinstance(value, RpcAnswer) and value.msg_id == msg_id]

    # -- the handshake --------------------------------------------------------------------------------------------

    def make_key(self, edits: Mapping[str, ClientEdit] | None = None, *, expires_in: int | None = None) -> Doing[None]:
        """A handshake; afterwards there is a new session. `edits` change what is sent.

        They are named ``req_pq``, ``inner`` (p_q_inner_data), ``rsa`` (its encryption), ``req_dh``, ``client_inner``,
        ``plain``, ``encrypted`` and ``set_dh``. Raises HandshakeRefusedError for a step without an answer.
        """
        changes = edits or {}

        def edit(name: str, value: Any) -> Any:
            return changes[name](value, self) if name in changes else value

        self.nonce = self.entropy(16)
        answer = yield from self._ask("req_pq_multi", edit("req_pq", functions.mtproto.ReqPqMulti(self.nonce)))
        if not isinstance(answer, types.mtproto.ResPQ):
            raise HandshakeRefusedError("req_pq_multi")
        self.res_pq, self.server_nonce, self.new_nonce = answer, answer.server_nonce, draw_nonce(self.entropy, 32)
        p, q = (minimal_bytes(prime) for prime in factorize(int.from_bytes(answer.pq, "big")))
        numbers = (answer.pq, p, q, self.nonce, self.server_nonce, self.new_nonce, self.target.dc_id)
        inner: Any = (
            types.mtproto.PQInnerDataDc(*numbers)
            if expires_in is None
            else types.mtproto.PQInnerDataTempDc(*numbers, expires_in)
        )
        self._sealed = codec.encode(edit("inner", inner))
        sealed = rsa_pad(self._sealed, self.target.public_key, self.entropy)
        request = functions.mtproto.ReqDHParams(
            self.nonce, self.server_nonce, p, q, self.target.public_key.fingerprint, edit("rsa", sealed)
        )
        answer = yield from self._ask("req_DH_params", edit("req_dh", request))
        if not isinstance(answer, types.mtproto.ServerDHParamsOk):
            raise HandshakeRefusedError("req_DH_params")
        yield from self._set_dh(answer, edit)

    def _set_dh(self, answer: types.mtproto.ServerDHParamsOk, edit: Callable[[str, Any], Any]) -> Doing[None]:
        key_iv = handshake_key_iv(self.server_nonce, self.new_nonce)
        try:
            group = codec.decode(open_inner(answer.encrypted_answer, *key_iv))
        except RemoteProtocolError as error:
            self.note(None, f"server_DH_params_ok cannot be read: {error}")
            raise HandshakeRefusedError("req_DH_params with an answer that can be read") from None
        if not isinstance(group, types.mtproto.ServerDHInnerData):
            raise HandshakeRefusedError("req_DH_params")
        self.dh_inner = group
        self.offset = group.server_time - self.now
        prime, b = int.from_bytes(group.dh_prime, "big"), int.from_bytes(self.entropy(256), "big")
        g_b = minimal_bytes(power(group.g, b, prime))
        inner = edit("client_inner", types.mtproto.ClientDHInnerData(self.nonce, self.server_nonce, 0, g_b))
        data = codec.encode(inner)
        plain = sha1(data, usedforsecurity=False).digest() + data
        plain = edit("plain", plain + self.entropy(-len(plain) % 16))
        self._sealed = plain
        request = functions.mtproto.SetClientDHParams(
            self.nonce, self.server_nonce, edit("encrypted", ige_encrypt(plain, *key_iv))
        )
        done = yield from self._ask("set_client_DH_params", edit("set_dh", request))
        if not isinstance(done, types.mtproto.DhGenOk):
            raise HandshakeRefusedError("set_client_DH_params")
        self.auth_key = derive_auth_key(power(int.from_bytes(group.g_a, "big"), b, prime))
        self.salt = first_salt(self.new_nonce, self.server_nonce)
        self.new_session()

    def new_session(self) -> None:
        """The next messages are in a new session."""
        self.session_id = int.from_bytes(self.entropy(8), "little", signed=True)
        numbering = Numbering()
        numbering.continue_ids_of(self.numbering)
        self.numbering = numbering

    def send_plain(self, body: TLObject | bytes, note: str, **changes: int) -> Doing[None]:
        """Send an unencrypted message; `changes` are ``msg_id`` and ``length``."""
        encoded = body if isinstance(body, bytes) else codec.encode(body)
        msg_id = changes.get("msg_id", self._plain_numbering.next_id(self.now))
        packet = bytearray(seal_plain(msg_id, encoded))
        if "length" in changes:
            packet[16:20] = changes["length"].to_bytes(4, "little", signed=True)
        yield from self.write_packet(bytes(packet), note)

    def _ask(self, step: str, body: TLObject | bytes) -> Doing[object]:
        yield from self.send_plain(body, step)
        answer = yield from self.receive_plain()
        if answer is None:
            raise HandshakeRefusedError(step)
        return answer

    def receive_plain(self, seconds: float = ANSWER_TIME) -> Doing[object]:
        """The next unencrypted message; None if there is none."""
        until = self.now + seconds
        while not self.plain:
            if self.closed or self.transport_error is not None or self.now >= until:
                return None
            yield from self._wait(until - self.now)
        try:
            return codec.decode(self.plain.pop(0)[20:])
        except DecodeError:
            return None


def value_of(message: Message) -> object:
    """The value of a message of the server; RpcAnswer for an rpc_result. None if it is unknown."""
    if message.constructor == types.mtproto.RpcResult.ID.to_bytes(4, "little"):
        return RpcAnswer(int.from_bytes(message.body[4:12], "little", signed=True), message.body[12:])
    try:
        return codec.decode(message.body)
    except DecodeError:
        return None


def not_reached(reason: str) -> Judgement:
    """The case could not be carried out."""
    return Judgement(Finding.NOT_REACHED, reason)
