"""Encrypts messages with any fault in the envelope; what is not specified is correct."""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct

from sansio_tl.crypto.aes import ige_decrypt, ige_encrypt
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.crypto.kdf import aes_key_iv, message_key, message_key_large
from sansio_tl.entropy import Entropy
from sansio_tl.mtproto.message import DecryptedPacket, Message
from sansio_tl.role import Role

INNER = Struct("<qqqii")


def seal(
    message: Message,
    *,
    auth_key: AuthKey,
    salt: int,
    session_id: int,
    sender: Role,
    entropy: Entropy,
    padding: int | None = None,
    length: int | None = None,
    msg_key: Callable[[bytes], bytes] | None = None,
) -> bytes:
    """The packet of a message.

    `padding` is a number of bytes, which are completed to whole blocks; `length` the number that stands for the body's
    size; `msg_key` computes the message key from the padded plaintext.
    """
    body = message.body
    size = len(body) if length is None else length
    inner = INNER.pack(salt, session_id, message.msg_id, message.seqno, size) + body
    wanted = 12 if padding is None else padding
    plaintext = inner + entropy(wanted + (-len(inner) - wanted) % 16)
    key = message_key(auth_key.key, plaintext, sender) if msg_key is None else msg_key(plaintext)
    return auth_key.id + key + ige_encrypt(plaintext, *aes_key_iv(auth_key.key, key, sender))


def open_plaintext(packet: bytes, auth_key: AuthKey, sender: Role) -> bytes:
    """The plaintext of a packet with its padding, unchecked; ``b""`` if it is no whole number of blocks."""
    if len(packet) < 40 or len(packet) % 16 != 8:
        return b""
    return ige_decrypt(packet[24:], *aes_key_iv(auth_key.key, packet[8:24], sender))


def unchecked(packet: bytes, auth_key: AuthKey, sender: Role) -> DecryptedPacket:
    """The content of a packet whose padding or length is wrong."""
    plaintext = open_plaintext(packet, auth_key, sender)
    salt, session_id, msg_id, seqno, length = INNER.unpack_from(plaintext)
    message = Message(msg_id, seqno, plaintext[INNER.size : INNER.size + length])
    return DecryptedPacket(auth_key, salt, session_id, message, message_key_large(auth_key.key, plaintext, sender))
