"""A peer that knows the auth key and sends arbitrary messages: for tests, fuzzers and attack scripts.

An engine does not send what violates the protocol. `RawPeer` does: it creates messages with any body, id, sequence
number, salt and session, encrypts them with the right key, and frames them, so that they pass the envelope and reach
the session, the service messages and the queries. Everything that is not specified is correct, so that one thing is
wrong at a time.
"""

from __future__ import annotations

from sansio_tl import codec
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.entropy import Entropy
from sansio_tl.framing import Framing, Intermediate, Packet
from sansio_tl.limits import Limits
from sansio_tl.mtproto.container import CONTAINER, deflate, join, split
from sansio_tl.mtproto.envelope import decrypt_message, encrypt_message
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.message_ids import CLIENT_MESSAGE, SERVER_ANSWER, SERVER_OTHER, Numbering
from sansio_tl.role import Role
from sansio_tl.tl.objects import TLObject

__all__ = ["Message", "RawPeer"]


class RawPeer:
    """One end of a connection. Its methods return bytes for the engine at the other end, or decode what that sends."""

    def __init__(
        self,
        role: Role,
        auth_key: AuthKey,
        *,
        entropy: Entropy,
        now: float,
        session_id: int = 0,
        salt: int = 0,
        framing: Framing | None = None,
    ) -> None:
        """`role` is the role of this peer. A server learns the session's id from what it receives.

        `framing` is intermediate by default, and must have the same role.
        """
        self.role = role
        self.auth_key = auth_key
        self.session_id = session_id
        """The session of the next messages, 64 bits, signed."""
        self.salt = salt
        """The salt of the next messages, 64 bits, signed."""
        self.now = now
        """The server time of the next messages, in seconds since the Unix epoch; message ids derive from it."""
        self._framing = framing or Intermediate(role)
        self._numbering = Numbering()
        self._entropy = entropy

    def next_id(self, *, answer: bool = False) -> int:
        """A fresh message id at `now` (MS7); `send_result` only matters for a server."""
        kind = CLIENT_MESSAGE if self.role is Role.CLIENT else SERVER_ANSWER if answer else SERVER_OTHER
        return self._numbering.next_id(self.now, kind)

    def message(
        self,
        body: TLObject | bytes,
        *,
        content_related: bool = True,
        answer: bool = False,
        msg_id: int | None = None,
        seqno: int | None = None,
    ) -> Message:
        """A message; `msg_id` and `seqno` override the right ones. An explicit seqno does not advance the counter."""
        return Message(
            self.next_id(answer=answer) if msg_id is None else msg_id,
            self._numbering.next_seqno(content_related=content_related) if seqno is None else seqno,
            body if isinstance(body, bytes) else codec.encode(body),
        )

    def container(self, *messages: Message, msg_id: int | None = None) -> Message:
        """A container (MS12). Its own id is created last, and so is the highest."""
        return self.message(join(list(messages)), content_related=False, msg_id=msg_id)

    def gzipped(self, body: TLObject | bytes) -> bytes:
        """A body as gzip_packed."""
        return deflate(body if isinstance(body, bytes) else codec.encode(body))

    def packet(self, message: Message, *, session_id: int | None = None, salt: int | None = None) -> bytes:
        """An encrypted message: the payload of a framing."""
        return encrypt_message(
            message,
            auth_key=self.auth_key,
            salt=self.salt if salt is None else salt,
            session_id=self.session_id if session_id is None else session_id,
            sender=self.role,
            entropy=self._entropy,
        ).packet

    def frame(self, packet: bytes) -> bytes:
        """The bytes of any packet on the connection, also a replay; the first ones announce the framing."""
        self._framing.send_packet(packet)
        return self._framing.data_to_send()

    def send(self, message: Message | TLObject | bytes) -> bytes:
        """A message, or a body for one, encrypted and framed."""
        return self.frame(self.packet(message if isinstance(message, Message) else self.message(message)))

    def receive(self, data: bytes) -> list[Message]:
        """The messages that the engine has sent, containers expanded; unencrypted ones are skipped.

        Raises RemoteProtocolError for what no engine may send.
        """
        self._framing.receive_data(data)
        messages: list[Message] = []
        while (event := self._framing.next_event()) is not None:
            if isinstance(event, Packet) and event.payload[:8] == self.auth_key.id:
                opened = decrypt_message(event.payload, lambda _: self.auth_key, self._peers_role)
                if self.role is Role.SERVER:
                    self.session_id = opened.session_id
                message = opened.message
                messages += split(message.body, Limits()) if message.constructor == CONTAINER else [message]
        return messages

    @property
    def _peers_role(self) -> Role:
        return Role.SERVER if self.role is Role.CLIENT else Role.CLIENT
