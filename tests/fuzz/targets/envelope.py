"""Packets: as they come, and with a msg_key that fits, so that what is behind it is reached."""

from __future__ import annotations

from sansio_tl.crypto.aes import ige_encrypt
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.crypto.kdf import aes_key_iv, message_key
from sansio_tl.mtproto.envelope import decrypt_message
from sansio_tl.mtproto.plain_message import open_plain
from sansio_tl.role import Role
from tests.fuzz.fixtures import KEY


def find(key_id: bytes) -> AuthKey | None:
    return KEY if key_id == KEY.id else None


def envelope(data: bytes) -> None:
    """Any packet; half of them begin with the id of our key."""
    packet = KEY.id + data[1:] if data[:1] > b"\x7f" else data[1:]
    decrypt_message(packet, find, Role.SERVER)


def sealed(data: bytes) -> None:
    """Any plaintext, encrypted as the protocol wants it: what is left to check is lengths and padding (EN4-EN6)."""
    plaintext = data + bytes(-len(data) % 16)
    msg_key = message_key(KEY.key, plaintext, Role.SERVER)
    packet = KEY.id + msg_key + ige_encrypt(plaintext, *aes_key_iv(KEY.key, msg_key, Role.SERVER))
    opened = decrypt_message(packet, find, Role.SERVER)
    padding = len(plaintext) - 32 - len(opened.message.body)
    if not 12 <= padding <= 1024:
        raise AssertionError(f"{padding} bytes of padding were accepted (EN6)")


def plain_message(data: bytes) -> None:
    """Plain packets, from either side."""
    role = Role.SERVER if data[:1] > b"\x7f" else Role.CLIENT
    body = open_plain(data[1:], role)
    if len(body) != len(data) - 21:
        raise AssertionError("a plain message of another length")
