"""The bytes of a packet with the meaning of each field, as the lines of a report."""

from __future__ import annotations

from html import escape
from struct import Struct

from sansio_tl import codec, functions
from sansio_tl.codec import coder
from sansio_tl.conformance.case import TranscriptEntry
from sansio_tl.errors import RemoteProtocolError
from sansio_tl.limits import Limits
from sansio_tl.mtproto.container import CONTAINER, split
from sansio_tl.mtproto.plain_message import NO_AUTH_KEY
from sansio_tl.tl.interpreted_decoder import InterpretedDecoder, TraceEntry
from sansio_tl.tl.model import AnyType
from sansio_tl_transports._shared.escape_text import visible
from sansio_tl_transports.cli.inspect.dump import Tree
from sansio_tl_transports.cli.inspect.output import FAINT, NAME, TYPE, VALUE, Output, Piece

_INNER = Struct("<qqqii")
_CHILD = Struct("<qii")
_REQ_DH_PARAMS = functions.mtproto.ReqDHParams.ID.to_bytes(4, "little")
_MAX_BODY = 4096
"""Bytes of a body that are decoded; longer ones are not."""
_MAX_LINES = 60


_TAGS = {FAINT: "i", NAME: "b", TYPE: "u", VALUE: "em"}
"""Short elements for the styles of most pieces: a report has a hundred thousand of them."""


class HtmlLines(Output):
    """Collects lines as HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def line(self, *pieces: Piece) -> None:
        """One line; styles become classes."""
        if len(self.lines) > _MAX_LINES:
            return
        if len(self.lines) == _MAX_LINES:
            self.lines.append("…")
            return
        parts = []
        for piece in pieces:
            text, style = (piece, "") if isinstance(piece, str) else piece
            shown = escape(visible(text))
            tag = _TAGS.get(style, "span")
            named = f' class="{escape(style.replace(" ", "-"))}"' if tag == "span" else ""
            parts.append(f"<{tag}{named}>{shown}</{tag}>" if style else shown)
        self.lines.append("".join(parts).rstrip())


def annotate(entry: TranscriptEntry) -> list[str]:
    """The lines of HTML for a packet; none for an entry without bytes."""
    output = HtmlLines()
    tree = Tree(output, coder.registry, secrets=True)
    packet, plaintext = entry.packet, entry.plaintext
    if not packet:
        return []
    if packet[:8] == NO_AUTH_KEY and len(packet) >= 20:
        tree.row("0", packet[:8], 0, "auth_key_id = 0: not encrypted")
        tree.row("8", packet[8:16], 0, f"msg_id = {int.from_bytes(packet[8:16], 'little', signed=True)}")
        tree.row("16", packet[16:20], 0, f"length = {int.from_bytes(packet[16:20], 'little', signed=True)}")
        _value(tree, packet[20:], 20, 1)
        if plaintext:
            _inner(tree, packet[20:24], plaintext)
    elif len(plaintext) >= _INNER.size:
        _encrypted(tree, packet, plaintext)
    else:
        tree.row("0", packet[:8], 0, "auth_key_id" if len(packet) >= 24 else "bytes")
        if len(packet) > 8:
            tree.row("8", packet[8:], 0, f"{len(packet) - 8} bytes that are not decrypted")
    return output.lines


def _inner(tree: Tree, constructor: bytes, plaintext: bytes) -> None:
    """The encrypted part of a message of the handshake."""
    at = 0
    if constructor == _REQ_DH_PARAMS:
        tree.row("0", b"", 0, "encrypted_data, decrypted:")
    else:
        at = 20
        tree.row("0", plaintext[:at], 0, "its encrypted part, decrypted: SHA-1 of the data")
    try:
        _, size = codec.decode_prefix(plaintext[at:])
    except RemoteProtocolError:
        size = len(plaintext) - at
    _value(tree, plaintext[at : at + size], at, 1)
    if len(plaintext) > at + size:
        tree.row(str(at + size), plaintext[at + size :], 0, f"padding, {len(plaintext) - at - size} bytes")


def _encrypted(tree: Tree, packet: bytes, plaintext: bytes) -> None:
    salt, session_id, msg_id, seqno, length = _INNER.unpack_from(plaintext)
    tree.row("0", packet[:8], 0, "auth_key_id")
    tree.row("8", packet[8:24], 0, "msg_key")
    tree.row("24", plaintext[:8], 0, f"salt = {salt}")
    tree.row("32", plaintext[8:16], 0, f"session_id = {session_id}")
    tree.row("40", plaintext[16:24], 0, f"msg_id = {msg_id}, {msg_id & 3} modulo 4")
    tree.row("48", plaintext[24:28], 0, f"seqno = {seqno}")
    tree.row("52", plaintext[28:32], 0, f"length = {length}")
    end = min(max(32 + length, 32), len(plaintext))
    body = plaintext[32:end]
    if body[:4] == CONTAINER:
        _container(tree, body)
    else:
        _value(tree, body, 56, 1)
    tree.row(str(24 + end), plaintext[end:], 0, f"padding, {len(plaintext) - end} bytes")


def _container(tree: Tree, body: bytes) -> None:
    try:
        children = split(body, Limits())
    except RemoteProtocolError as error:
        tree.row("56", body, 1, f"msg_container that breaks a rule: {error}")
        return
    tree.row("56", body[:8], 1, f"msg_container, {len(children)} messages")
    at = 8
    for child in children:
        head = f"message {child.msg_id}; seqno {child.seqno}; {len(child.body)} bytes"
        tree.row(str(56 + at), body[at : at + _CHILD.size], 2, head)
        at += _CHILD.size
        _value(tree, child.body, 56 + at, 3)
        at += len(child.body)


def _value(tree: Tree, data: bytes, base: int, level: int) -> None:
    """A value; what cannot be decoded is shown as bytes."""
    steps: list[TraceEntry] = []
    if len(data) > _MAX_BODY:
        tree.row(str(base), data, level, f"{len(data)} bytes")
        return
    try:
        InterpretedDecoder(data, coder.registry, Limits(), steps).whole(AnyType())
    except RemoteProtocolError as error:
        tree.steps(steps, data, base=base, level=level)
        tree.row(str(base), data, level, f"{len(data)} bytes; {str(error)[:120]}")
        return
    tree.steps(steps, data, base=base, level=level)
