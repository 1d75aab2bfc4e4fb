"""Prints whole MTProto messages: plain ones, and encrypted ones in both directions."""

from __future__ import annotations

from datetime import UTC, datetime
from struct import Struct

from sansio_tl import AuthKey, DecodeError, Limits
from sansio_tl.crypto.aes import ige_decrypt
from sansio_tl.crypto.kdf import aes_key_iv
from sansio_tl.errors import RemoteProtocolError
from sansio_tl.mtproto.container import CONTAINER, split
from sansio_tl.mtproto.envelope import decrypt_message
from sansio_tl.role import Role
from sansio_tl.tl.schema_codec import SchemaCodec
from sansio_tl_transports.cli.inspect.dump import Tree
from sansio_tl_transports.cli.inspect.usage_error import UsageError

NO_AUTH_KEY = bytes(8)
_PLAIN = Struct("<8sqi")
_OUTER = Struct("<8s16s")
_INNER = Struct("<qqqii")
_CHILD = Struct("<qii")


def is_plain(data: bytes) -> bool:
    """Whether this looks like a plain message: the key id is 0, and the length matches."""
    return len(data) >= _PLAIN.size and data[:8] == NO_AUTH_KEY and _PLAIN.unpack_from(data)[2] == len(data) - 20


def show_plain(tree: Tree, coder: SchemaCodec, data: bytes) -> None:
    """Print a plain message. Raises DecodeError for its body."""
    _, msg_id, length = _PLAIN.unpack_from(data)
    tree.row("0", data[:8], 0, "plain message: auth_key_id = 0")
    tree.row("8", data[8:16], 0, f"msg_id = {msg_id}, {describe_msg_id(msg_id)}")
    tree.row("16", data[16:20], 0, f"length = {length}")
    tree.steps(coder.trace(data[20:]), data[20:], base=20, level=1)


def show_encrypted(tree: Tree, coder: SchemaCodec, packet: bytes, auth_key: AuthKey) -> None:
    """Print an encrypted message. Raises UsageError when the key does not decrypt it, and DecodeError for a body."""
    sender = _sender(packet, auth_key)
    key, iv = aes_key_iv(auth_key.key, packet[8:24], sender)
    plaintext = ige_decrypt(packet[24:], key, iv)
    salt, session_id, msg_id, seqno, length = _INNER.unpack_from(plaintext)
    receiver = "server" if sender is Role.CLIENT else "client"
    tree.row("0", packet[:8], 0, f"auth_key_id: a message from the {sender.value} to the {receiver}")
    tree.row("8", packet[8:24], 0, "msg_key, which matches the plaintext")
    tree.row("24", plaintext[:8], 0, f"salt = {salt}")
    tree.row("32", plaintext[8:16], 0, f"session_id = {session_id}")
    tree.row("40", plaintext[16:24], 0, f"msg_id = {msg_id}, {describe_msg_id(msg_id)}")
    tree.row("48", plaintext[24:28], 0, f"seqno = {seqno}, {describe_seqno(seqno)}")
    tree.row("52", plaintext[28:32], 0, f"length = {length}")
    _show_body(tree, coder, plaintext[32 : 32 + length], base=56, level=1)
    tree.row(str(56 + length), plaintext[32 + length :], 0, f"padding, {len(plaintext) - 32 - length} bytes")


def _sender(packet: bytes, auth_key: AuthKey) -> Role:
    """The sender of a packet: the msg_key matches in one direction only (EN3)."""
    reasons: list[RemoteProtocolError] = []
    for sender in (Role.CLIENT, Role.SERVER):
        try:
            decrypt_message(packet, lambda key_id: auth_key if key_id == auth_key.id else None, sender)
        except RemoteProtocolError as error:
            reasons.append(error)
        else:
            return sender
    # Report the error of the direction that got further: EN4 to EN6 are checked after the msg_key.
    raise UsageError(f"the auth key does not decrypt it: {max(reasons, key=lambda error: error.check)}")


def _show_body(tree: Tree, coder: SchemaCodec, body: bytes, *, base: int, level: int) -> None:
    """The body of a message; messages of a container are decoded one by one, so that one error hides no other."""
    if body[:4] != CONTAINER:
        tree.steps(coder.trace(body), body, base=base, level=level)
        return
    try:
        children = split(body, Limits())
    except RemoteProtocolError as error:
        raise UsageError(f"invalid container: {error}") from None
    tree.row(str(base), body[:8], level, f"msg_container, {len(children)} messages")
    at = 8
    for child in children:
        head = f"message {child.msg_id}, {describe_msg_id(child.msg_id)}; seqno {child.seqno}; {len(child.body)} bytes"
        tree.row(str(base + at), body[at : at + _CHILD.size], level + 1, head)
        at += _CHILD.size
        try:
            tree.steps(coder.trace(child.body), child.body, base=base + at, level=level + 2)
        except DecodeError as error:
            tree.remark(level + 2, f"cannot be decoded: {error}")
        at += len(child.body)


def describe_msg_id(msg_id: int) -> str:
    """The contents of a message id: its time (the high half is Unix time) and its sender (the low two bits)."""
    maker = ("by the client", "by the server, an answer", "with an invalid id", "by the server")[msg_id & 3]
    try:
        when = datetime.fromtimestamp(msg_id / 2**32, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, OSError, ValueError):
        return f"made {maker}"
    return f"made {when} UTC {maker}"


def describe_seqno(seqno: int) -> str:
    """Whether a message is content-related: the lowest bit of its seqno."""
    return "to be acknowledged" if seqno & 1 else "not to be acknowledged"
