"""Decrypts packets for the monitor, which has the keys.

Independent of `sansio_tl.mtproto`, so that the engine is not checked by itself.
"""

from __future__ import annotations

from hashlib import sha256
from struct import Struct, error, iter_unpack
from typing import NamedTuple

from sansio_tl.crypto.aes import ige_decrypt

CONTAINER = 0x73F1F8DC
MSGS_ACK = 0x62D6B459
RPC_RESULT = 0xF35C6D01
NEW_SESSION_CREATED = 0x9EC20908
BAD_MSG_NOTIFICATION = 0xA7EFF811
BAD_SERVER_SALT = 0xEDAB447B
DESTROY_SESSION = 0xE7512126
MSG_DETAILED_INFO = 0x276D3EC6
MSG_NEW_DETAILED_INFO = 0x809DB6DF
_VECTOR = 0x1CB5C415

_HEAD = Struct("<qqqii")
_CHILD = Struct("<qii")
_IDS = Struct("<Iii")


class WatchedMessage(NamedTuple):
    """One message as it was transmitted."""

    msg_id: int
    seqno: int
    kind: int
    """The constructor id of its body."""
    body: bytes


class WatchedPacket(NamedTuple):
    """The content of one encrypted packet."""

    key_id: bytes
    session_id: int
    outer: WatchedMessage
    inner: tuple[WatchedMessage, ...]
    """The messages in it if it is a container."""
    padding: int

    @property
    def messages(self) -> tuple[WatchedMessage, ...]:
        """The messages in the order of their numbers: a container after its children."""
        return (*self.inner, self.outer)


def open_packet(payload: bytes, key: bytes, *, from_client: bool) -> WatchedPacket:
    """Decrypt and parse a packet. Raises ValueError if it was not made with this key in this direction."""
    x = 0 if from_client else 8
    msg_key = payload[8:24]
    a = sha256(msg_key + key[x : x + 36]).digest()
    b = sha256(key[40 + x : 76 + x] + msg_key).digest()
    plain = ige_decrypt(payload[24:], a[:8] + b[8:24] + a[24:], b[:8] + a[8:24] + b[24:])
    if sha256(key[88 + x : 120 + x] + plain).digest()[8:24] != msg_key:
        raise ValueError("the msg_key is not that of the plaintext")
    _, session_id, msg_id, seqno, length = _HEAD.unpack_from(plain)
    body = plain[_HEAD.size : _HEAD.size + length]
    if len(body) != length:
        raise ValueError("the length exceeds the data")
    outer = WatchedMessage(msg_id, seqno, _kind(body), body)
    inner = tuple(_children(body)) if outer.kind == CONTAINER else ()
    return WatchedPacket(payload[:8], session_id, outer, inner, len(plain) - _HEAD.size - length)


def ids_in(body: bytes) -> list[int]:
    """The message ids in an msgs_ack."""
    try:
        _, vector, count = _IDS.unpack_from(body)
    except error:
        raise ValueError("an msgs_ack without a vector") from None
    if vector != _VECTOR or len(body) != _IDS.size + 8 * count:
        raise ValueError("an msgs_ack without a valid vector")
    return [msg_id for (msg_id,) in iter_unpack("<q", body[_IDS.size :])]


def first_long(body: bytes) -> int:
    """The first field of a body, where it is a long: bad_msg_id, req_msg_id, session_id ..."""
    return int.from_bytes(body[4:12], "little", signed=True)


def answer_named(message: WatchedMessage) -> int | None:
    """The id of an answer that a server has and does not send, if the message announces one."""
    at = {MSG_DETAILED_INFO: 12, MSG_NEW_DETAILED_INFO: 4}.get(message.kind)
    return None if at is None else int.from_bytes(message.body[at : at + 8], "little", signed=True)


def _kind(body: bytes) -> int:
    return int.from_bytes(body[:4], "little")


def _children(body: bytes) -> list[WatchedMessage]:
    count = int.from_bytes(body[4:8], "little")
    found: list[WatchedMessage] = []
    at = 8
    for _ in range(count):
        msg_id, seqno, size = _CHILD.unpack_from(body, at)
        at += _CHILD.size
        inner = body[at : at + size]
        at += size
        found.append(WatchedMessage(msg_id, seqno, _kind(inner), inner))
    if at != len(body):
        raise ValueError("a container that does not end with its last message")
    return found
