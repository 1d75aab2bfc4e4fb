"""The encrypted envelope of MTProto 2.0.

    auth_key_id   8 bytes   which key
    msg_key      16 bytes   middle of SHA256(part of the key, plaintext with padding)
    AES-256-IGE of:
        salt          int64
        session_id    int64
        msg_id        int64
        seqno         int32
        length        int32
        body          `length` bytes
        padding       12 to 1024 random bytes, so that all is a multiple of 16

Nothing of the plaintext is read before its msg_key is verified (EN3). The kind of failure is reported only
locally: towards the peer every one of EN3 to EN6 ends the same way, with the connection closed and no byte sent (EN8).
"""

from __future__ import annotations

from collections.abc import Callable
from hmac import compare_digest
from struct import Struct

from sansio_tl.crypto.aes import ige_decrypt, ige_encrypt
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.crypto.kdf import aes_key_iv, message_key_large
from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.mtproto.message import DecryptedPacket, EncryptedPacket, Message
from sansio_tl.role import Role

_INNER = Struct("<qqqii")
_OUTER_SIZE = 24
_MIN_PADDING = 12
_MAX_PADDING = 1024


def encrypt_message(
    message: Message, *, auth_key: AuthKey, salt: int, session_id: int, sender: Role, entropy: Entropy
) -> EncryptedPacket:
    """Encrypt `message`; the padding is random in content and in length (EN9)."""
    body = message.body
    inner = _INNER.pack(salt, session_id, message.msg_id, message.seqno, len(body)) + body
    padding = _MIN_PADDING + (-len(inner) - _MIN_PADDING) % 16
    padding += 16 * (entropy(1)[0] & 15)
    plaintext = inner + entropy(padding)
    digest = message_key_large(auth_key.key, plaintext, sender)
    msg_key = digest[8:24]
    key, iv = aes_key_iv(auth_key.key, msg_key, sender)
    return EncryptedPacket(auth_key.id + msg_key + ige_encrypt(plaintext, key, iv), digest)


def decrypt_message(packet: bytes, find_key: Callable[[bytes], AuthKey | None], sender: Role) -> DecryptedPacket:
    """Decrypt a packet that `sender` made with the key that `find_key(auth_key_id)` knows.

    Raises RemoteProtocolError EN1 to EN6.
    """
    if len(packet) < _OUTER_SIZE + _INNER.size + 16 or len(packet) % 16 != _OUTER_SIZE % 16:
        raise RemoteProtocolError("EN1", f"no encrypted message has {len(packet)} bytes")
    auth_key = find_key(packet[:8])
    if auth_key is None:
        raise RemoteProtocolError("EN2", f"unknown auth_key_id {packet[:8].hex()}")
    msg_key = packet[8:_OUTER_SIZE]
    key, iv = aes_key_iv(auth_key.key, msg_key, sender)
    plaintext = ige_decrypt(packet[_OUTER_SIZE:], key, iv)
    digest = message_key_large(auth_key.key, plaintext, sender)
    if not compare_digest(digest[8:24], msg_key):
        raise RemoteProtocolError("EN3", "msg_key does not belong to the plaintext: tampered with, or the wrong key")
    salt, session_id, msg_id, seqno, length = _INNER.unpack_from(plaintext)
    if length % 4:
        raise RemoteProtocolError("EN4", f"the inner length {length} is not a multiple of 4")
    padding = len(plaintext) - _INNER.size - length
    if length < 0 or padding < 0:
        raise RemoteProtocolError("EN5", f"the inner length {length} exceeds what is there")
    if not _MIN_PADDING <= padding <= _MAX_PADDING:
        raise RemoteProtocolError("EN6", f"{padding} bytes of padding; 12 to 1024 are allowed")
    message = Message(msg_id, seqno, plaintext[_INNER.size : _INNER.size + length])
    return DecryptedPacket(auth_key, salt, session_id, message, digest)
