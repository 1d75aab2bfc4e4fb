"""A data center for a client under test. It is correct, except for what the behavior of a case changes.

    run = ClientRun(behavior, data_center, entropy=os.urandom, now=now)
    connection = run.accept(now=now)
    connection.receive_data(data, now=now);  pieces = connection.pieces_to_send(now=now)
    run.judge(now=now) -> Judgement | None

Every packet between the client and the embedded data center is decrypted, shown to the behavior, which may change it,
and recorded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sansio_tl.conformance.case import Ending, Finding, Judgement, TranscriptEntry
from sansio_tl.conformance.facts import LIMITS, ClientMessage, ConnectionFacts, body_of, expand
from sansio_tl.conformance.faulty_handshake import Edit, FaultyHandshake
from sansio_tl.conformance.sealing import open_plaintext, seal, unchecked
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.entropy import Entropy
from sansio_tl.errors import RemoteProtocolError
from sansio_tl.framing import (
    AutoDetectFraming,
    Framing,
    Intermediate,
    Packet,
    QuickAck,
    TransportErrorReceived,
)
from sansio_tl.framing.proxy_secret import ProxySecret
from sansio_tl.framing.stream import StreamFraming
from sansio_tl.framing.wrapper import FramingWrapper
from sansio_tl.mtproto.envelope import decrypt_message
from sansio_tl.mtproto.handshake_common import HandshakeResult
from sansio_tl.mtproto.message import DecryptedPacket, Message
from sansio_tl.mtproto.message_ids import SERVER_ANSWER, Numbering
from sansio_tl.mtproto.plain_message import NO_AUTH_KEY, seal_plain
from sansio_tl.mtproto.server.key_record import KeyRecord
from sansio_tl.role import Role
from sansio_tl.testing.connection import DataCenterConnection
from sansio_tl.testing.data_center import DataCenter
from sansio_tl.testing.events import LoggedIn

_UNKNOWN_KEY = -404
_QUIET = 4.0
"""Seconds without a sign of the client, after which it counts as not going on."""
_TOLERATED = frozenset({"EN4", "EN6"})
"""Faults of a client's envelope that are noted, and do not end the connection."""
_MOST_PIECES = 80
"""Pieces in which a write is cut; the rest of it is one more."""
MAX_TRANSCRIPT = 400
"""Entries of a transcript; a client that repeats itself adds no more."""


class SuiteDataCenter(DataCenter):
    """An embedded data center whose keys the suite makes and knows."""

    def adopt(self, negotiated: HandshakeResult, *, now: float) -> None:
        """Keep a key that a handshake of the suite has made."""
        expires_at = None if negotiated.expires_in is None else now + negotiated.expires_in
        self._keys[negotiated.auth_key.id] = KeyRecord(
            negotiated.auth_key, negotiated.server_salt, created_at=now, expires_at=expires_at
        )
        self.key_made(now=now)

    def key(self, key_id: bytes) -> AuthKey | None:
        """The key with that id."""
        record = self._keys.get(key_id)
        return None if record is None else record.auth_key


class ServerBehavior:
    """A correct data center."""

    quiet = _QUIET
    """Seconds without a sign of the client after the fault, until `on_quiet` judges."""
    piece_size: int | None = None
    """The size of the first pieces in which bytes are written; None: all at once."""
    phone_suffix = "0000"
    """The last four digits of the test number that the client logs in with: how it behaves."""

    # -- what it does ---------------------------------------------------------------------------------------------

    def on_connect(self, link: ServedConnection) -> None:
        """A client has connected."""

    def handshake_edits(self, link: ServedConnection) -> Mapping[str, Edit]:
        """The changes of the answers of a handshake that begins."""
        return {}

    def on_handshake(self, link: ServedConnection, handshake: FaultyHandshake) -> None:
        """A handshake begins."""

    def send_handshake_answer(self, link: ServedConnection, handshake: FaultyHandshake, answer: bytes) -> None:
        """Send an answer of a handshake."""
        link.send_plain(answer, "answer of the handshake")

    def forwards(self, link: ServedConnection, opened: DecryptedPacket) -> bool:
        """Whether the data center gets this packet of the client."""
        return True

    def on_client_message(self, link: ServedConnection, sent: ClientMessage) -> None:
        """The client has sent a message."""

    def on_server_packet(
        self, link: ServedConnection, packet: bytes, opened: DecryptedPacket, messages: Sequence[Message]
    ) -> bool:
        """The data center sends a packet with these messages; True if it is not to be sent as it is."""
        return False

    def on_tick(self, link: ServedConnection) -> None:
        """Some time has passed; called several times a second."""

    def cut(self, data: bytes) -> list[bytes]:
        """The pieces in which bytes are written."""
        size = self.piece_size
        if size is None:
            return [data]
        cut, rest = data[: _MOST_PIECES * size], data[_MOST_PIECES * size :]
        pieces = [cut[at : at + size] for at in range(0, len(cut), size)]
        return [*pieces, rest] if rest else pieces

    # -- how the client is judged ---------------------------------------------------------------------------------

    def decide(self, run: ClientRun) -> Judgement | None:
        """The judgement as soon as it is certain, called after every event."""
        return None

    def on_quiet(self, run: ClientRun) -> Judgement | None:
        """The judgement when the client has done nothing for `quiet` seconds after the fault; None to go on waiting."""
        return None

    def on_end(self, run: ClientRun) -> Judgement:
        """The judgement when the client has ended, or has not in its time."""
        if not run.connections:
            return Judgement(Finding.NOT_REACHED, "the client did not connect")
        if run.exit_status == 0 and run.logged_in:
            return Judgement(Finding.CORRECT, "the client completed its program")
        if run.exit_status == 0:
            finding = Finding.NOT_REACHED if run.fault_at is None else Finding.VIOLATED
            return Judgement(finding, "the client exited with status 0 without a login")
        if run.exit_status is None:
            last = f"; its last packet was {run.steps[-1][0]}" if run.steps and not run.logged_in else ""
            return Judgement(Finding.VIOLATED, f"the client did not end in time{last}")
        return Judgement(Finding.VIOLATED, f"the client exited with status {run.exit_status}")


class ClientRun:
    """One run of a client under test."""

    def __init__(
        self,
        behavior: ServerBehavior,
        data_center: SuiteDataCenter,
        *,
        entropy: Entropy,
        now: float,
        patience: float = 1.0,
        proxy_secret: ProxySecret | None = None,
    ) -> None:
        """`patience`: by how much a client may be slower than usual, on a busy machine.

        `proxy_secret`: clients may connect as to an MTProxy with it.
        """
        self.patience = patience
        self.proxy_secrets = () if proxy_secret is None else (proxy_secret,)
        self.behavior = behavior
        self.data_center = data_center
        self.entropy = entropy
        self.started_at = now
        self.now = now
        self.connections: list[ConnectionFacts] = []
        self.handshakes: list[FaultyHandshake] = []
        self.steps: list[tuple[str, int]] = []
        """What the client has done: the step's name and the connection's number, in order."""
        self.messages: list[ClientMessage] = []
        """The encrypted messages of the client, containers taken apart."""
        self.packets: list[tuple[float, DecryptedPacket, bytes]] = []
        """Its encrypted packets: time, content, plaintext."""
        self.sent_by_server: list[Message] = []
        """The messages that it was sent, as the data center or the case made them, containers taken apart."""
        self.last_activity = now
        """When the client sent or did something last."""
        self.fault_at: float | None = None
        """When the fault of the case happened."""
        self.exit_status: int | None = None
        self.logged_in = False
        """Whether the data center has seen a login to its end."""
        self.marks: dict[str, int] = {}
        """Message ids that a behavior has noted, for its judgement."""
        self.transcript: list[TranscriptEntry] = []
        self._live: list[ServedConnection] = []

    def accept(self, *, now: float) -> ServedConnection:
        """The client has connected."""
        self.now = self.last_activity = now
        facts = ConnectionFacts(len(self.connections) + 1, now)
        self.connections.append(facts)
        self.note(facts.number, None, "connection opened")
        connection = ServedConnection(self, facts)
        self._live.append(connection)
        return connection

    @property
    def live(self) -> list[ServedConnection]:
        """The open connections."""
        return [connection for connection in self._live if not connection.closed]

    def exited(self, status: int, *, now: float) -> None:
        """The client's process has ended; a negative status is the signal that has ended it."""
        self.now = now
        self.exit_status = status
        self.note(0, None, f"the client exited with status {status}")

    def judge(self, *, now: float) -> Judgement | None:
        """The judgement, if it is certain already or the client has ended."""
        self.now = now
        if self.exit_status is not None:
            return self.conclude(now=now)
        found = self.behavior.decide(self)
        if found is not None:
            return found
        if (
            self.fault_at is not None
            and now - max(self.fault_at, self.last_activity) > self.behavior.quiet * self.patience
        ):
            return self.behavior.on_quiet(self)
        return None

    def conclude(self, *, now: float) -> Judgement:
        """The judgement when the client has ended or its time is up."""
        self.now = now
        if self.exit_status is not None and self.exit_status < 0:
            return Judgement(Finding.VIOLATED, f"the client crashed with signal {-self.exit_status}")
        return self.behavior.decide(self) or self.behavior.on_end(self)

    @property
    def has_leading_zero(self) -> bool:
        """Whether a number of a handshake begins with a zero byte, by chance."""
        return any(handshake.has_leading_zero for handshake in self.handshakes)

    @property
    def ending(self) -> Ending:
        """How the client has ended."""
        if self.exit_status is not None:
            if self.exit_status < 0:
                return Ending.CRASHED
            return Ending.EXITED if self.exit_status else Ending.COMPLETED
        if self.fault_at is None:
            return Ending.HUNG if not self.connections or self.live else Ending.CLOSED
        if any(facts.opened_at > self.fault_at for facts in self.connections):
            return Ending.RECONNECTED
        return Ending.OPEN if self.live else Ending.CLOSED

    # -- used by connections and behaviors ------------------------------------------------------------------------

    def note(
        self, connection: int, sender: Role | None, note: str, packet: bytes = b"", plaintext: bytes = b""
    ) -> None:
        """Add to the transcript."""
        if len(self.transcript) < MAX_TRANSCRIPT:
            entry = TranscriptEntry(self.now - self.started_at, connection, sender, note, packet, plaintext)
            self.transcript.append(entry)

    def fault(self, what: str, connection: int = 0) -> None:
        """The fault of the case happens now."""
        if self.fault_at is None:
            self.fault_at = self.now
        self.note(connection, None, f"fault: {what}")

    def client_has(self, data: bytes) -> bool:
        """Whether the client has sent these bytes in an encrypted message."""
        return any(data in body_of(sent.message) for sent in self.messages)

    def took_step(self, name: str, since: float | None = None) -> bool:
        """Whether the client has done this step, on the connection where the fault happened."""
        return any(step == name for step, _ in self.steps)


class ServedConnection:
    """One connection of the client."""

    def __init__(self, run: ClientRun, facts: ConnectionFacts) -> None:
        self.facts = facts
        self.run = run
        self.key: AuthKey | None = None
        """The key of the last packet."""
        self.session_id = 0
        self.salt = 0
        """Of the data center's last message."""
        self.extra_messages = 0
        """Messages that a behavior has added."""
        self.closed = False
        self.framing: Framing = AutoDetectFraming(LIMITS, entropy=run.entropy, now=run.now, secrets=run.proxy_secrets)
        self.inner: DataCenterConnection = run.data_center.accept(now=run.now)
        self._to_inner = Intermediate(Role.CLIENT, LIMITS)
        self._plain_numbering = Numbering()
        self._handshake: FaultyHandshake | None = None
        self._pieces: list[bytes] = []
        run.behavior.on_connect(self)

    # -- the driver's side ----------------------------------------------------------------------------------------

    def receive_data(self, data: bytes, *, now: float) -> None:
        """Process bytes of the client; ``b""``: it has closed the connection."""
        run = self.run
        run.now = run.last_activity = now
        if self.closed:
            return
        if not data:
            self.facts.closed_by_client = True
            self.lost(now=now)
            return
        try:
            self.framing.receive_data(data)
            while (event := self.framing.next_event()) is not None and not self.closed:
                self.facts.framing = self.framing.kind
                if isinstance(event, Packet):
                    self._on_packet(event, now)
        except RemoteProtocolError as error:
            self.facts.error = str(error)
            run.note(self.facts.number, None, f"the client broke a rule: {error}")
            self.close()

    def lost(self, *, now: float) -> None:
        """The connection is gone."""
        if self.closed:
            return
        self.run.now = self.run.last_activity = now
        self.run.note(self.facts.number, None, "the client closed the connection")
        self.closed = True
        self.inner.receive_data(b"", now=now)

    def pieces_to_send(self, *, now: float) -> list[bytes]:
        """What is to be written now, each piece by itself with a pause after it if there are several."""
        self.run.now = now
        if not self.closed:
            self._pump(now)
        data = self.framing.data_to_send()
        if data:
            self._pieces += self.run.behavior.cut(data)
        pieces, self._pieces = self._pieces, []
        return pieces

    def next_deadline(self) -> float | None:
        """When `handle_deadline` is due."""
        return None if self.closed else self.inner.next_deadline()

    def handle_deadline(self, *, now: float) -> None:
        """Process the passing of time."""
        self.run.now = now
        if self.closed:
            return
        self.inner.handle_deadline(now=now)
        self.run.behavior.on_tick(self)
        if self.inner.closed:
            self.close()

    # -- the behavior's side --------------------------------------------------------------------------------------

    def close(self) -> None:
        """Close the connection after sending what is queued."""
        if not self.closed:
            self._pump(self.run.now)
            self.closed = self.facts.closed_by_us = True
            self.run.note(self.facts.number, None, "the server closed the connection")
            self.inner.receive_data(b"", now=self.run.now)

    def send_packet(self, packet: bytes, note: str) -> None:
        """Send any packet."""
        key = self.key if self.key is not None and packet[:8] == self.key.id else None
        plaintext = b"" if key is None else open_plaintext(packet, key, Role.SERVER)
        if packet[:8] == NO_AUTH_KEY and self._handshake is not None:
            plaintext = self._handshake.sealed
        self.run.note(self.facts.number, Role.SERVER, note, packet, plaintext)
        self.framing.send_packet(packet)

    def send_raw(self, data: bytes, note: str) -> None:
        """Write bytes in place of a packet of the framing; an outer framing wraps them as it would a packet."""
        self.run.note(self.facts.number, Role.SERVER, note, data[:64])
        inner = self.innermost()
        if inner is not None:
            inner._out.append(data)  # noqa: SLF001  no framing offers to break its own rules

    def innermost(self) -> StreamFraming | None:
        """The framing that the client's packets have."""
        framing: Framing | None = self.framing
        while isinstance(framing, FramingWrapper):
            framing = framing._inner  # noqa: SLF001
        return framing if isinstance(framing, StreamFraming) else None

    def send_plain(self, body: bytes, note: str, *, msg_id: int | None = None, length: int | None = None) -> None:
        """Send an unencrypted message."""
        number = self._plain_numbering.next_id(self.run.now, SERVER_ANSWER) if msg_id is None else msg_id
        packet = bytearray(seal_plain(number, body))
        if length is not None:
            packet[16:20] = length.to_bytes(4, "little", signed=True)
        self.send_packet(bytes(packet), note)

    def send_transport_error(self, code: int) -> None:
        """Send a transport error code."""
        self.run.note(self.facts.number, Role.SERVER, f"transport error {code}")
        self.framing.send_transport_error(code)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _on_packet(self, packet: Packet, now: float) -> None:
        if packet.payload[:8] == NO_AUTH_KEY:
            self._on_plain(packet.payload, now)
        else:
            self._on_encrypted(packet, now)

    def _on_plain(self, packet: bytes, now: float) -> None:
        run = self.run
        if len(packet) < 24:
            run.note(self.facts.number, Role.CLIENT, "unencrypted message", packet)
            raise RemoteProtocolError("HS17", f"an unencrypted message of {len(packet)} bytes")
        body = packet[20:]
        step = _STEPS.get(body[:4], "another unencrypted message")
        run.steps.append((step, self.facts.number))
        if self._handshake is None or step == "req_pq":
            edits = run.behavior.handshake_edits(self)
            self._handshake = FaultyHandshake(edits, run.data_center.private_key, run.entropy, now)
            run.behavior.on_handshake(self, self._handshake)
            run.handshakes.append(self._handshake)
        handshake = self._handshake
        before = handshake.applied
        try:
            answer = handshake.receive(body)
        finally:
            run.note(self.facts.number, Role.CLIENT, "unencrypted message", packet, handshake.opened)
        if handshake.applied and not before:
            run.fault("a changed answer", self.facts.number)
        if handshake.negotiated is not None:
            run.data_center.adopt(handshake.negotiated, now=now)
        run.behavior.send_handshake_answer(self, handshake, answer)

    def _on_encrypted(self, packet: Packet, now: float) -> None:
        run = self.run
        key = run.data_center.key(packet.payload[:8])
        if key is None:
            run.note(self.facts.number, Role.CLIENT, "packet with an unknown key", packet.payload)
            run.steps.append(("unknown key", self.facts.number))
            self.send_transport_error(_UNKNOWN_KEY)
            return
        try:
            opened = decrypt_message(packet.payload, lambda _: key, Role.CLIENT)
            is_correct = True
        except RemoteProtocolError as error:
            if error.check not in _TOLERATED:
                raise
            self.facts.error = str(error)
            opened, is_correct = unchecked(packet.payload, key, Role.CLIENT), False
        plaintext = open_plaintext(packet.payload, key, Role.CLIENT)
        self.key, self.session_id = key, opened.session_id
        run.note(self.facts.number, Role.CLIENT, "encrypted packet", packet.payload, plaintext)
        run.steps.append(("encrypted", self.facts.number))
        run.packets.append((now, opened, plaintext))
        for message, inside in expand(opened.message):
            sent = ClientMessage(now, self.facts.number, message, opened, plaintext, inside)
            run.messages.append(sent)
            run.behavior.on_client_message(self, sent)
        if not self.closed and run.behavior.forwards(self, opened):
            if is_correct:
                self.forward(packet)
            else:
                self.forward_resealed(opened)
        self._pump(now)

    def forward(self, packet: Packet) -> None:
        """Let the data center have a packet of the client."""
        self._to_inner.send_packet(packet.payload, quick_ack=packet.quick_ack)
        self.inner.receive_data(self._to_inner.data_to_send(), now=self.run.now)

    def forward_resealed(self, opened: DecryptedPacket) -> None:
        """Let the data center have a packet of the client with the salt that it expects, and a correct padding."""
        made = seal(
            opened.message,
            auth_key=opened.auth_key,
            salt=self.salt or opened.salt,
            session_id=opened.session_id,
            sender=Role.CLIENT,
            entropy=self.run.entropy,
        )
        self.forward(Packet(made))

    def _pump(self, now: float) -> None:
        """Take what the data center sends, and note a login."""
        while (happened := self.run.data_center.next_event()) is not None:
            self.run.logged_in |= isinstance(happened, LoggedIn)
        data = self.inner.data_to_send(now=now)
        if not data:
            return
        self._to_inner.receive_data(data)
        while (event := self._to_inner.next_event()) is not None:
            match event:
                case TransportErrorReceived():
                    self.send_transport_error(event.code)
                case QuickAck():
                    if self.framing.supports_quick_ack:
                        self.framing.send_quick_ack(event.token)
                case Packet():
                    self._on_server_packet(event.payload)

    def _on_server_packet(self, packet: bytes) -> None:
        run = self.run
        key = run.data_center.key(packet[:8]) or self.key
        if key is None:
            return
        self.key = key
        opened = decrypt_message(packet, lambda _: key, Role.SERVER)
        self.session_id, self.salt = opened.session_id, opened.salt
        messages = [message for message, _ in expand(opened.message)]
        run.sent_by_server += messages
        if not run.behavior.on_server_packet(self, packet, opened, messages):
            self.send_packet(packet, "encrypted packet")


_STEPS = {
    bytes.fromhex(constructor): name
    for constructor, name in (
        ("f18e7ebe", "req_pq"),
        ("78974660", "req_pq"),
        ("bee412d7", "req_DH_params"),
        ("1f5f04f5", "set_client_DH_params"),
    )
}
