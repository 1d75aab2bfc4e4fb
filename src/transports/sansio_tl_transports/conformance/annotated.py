"""The bytes of a packet with the meaning of each field, as the lines of a report."""

from __future__ import annotations

from html import escape
from struct import Struct

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
from sansio_tl_transports.cli.inspect.output import Output, Piece

_INNER = Struct("<qqqii")
_CHILD = Struct("<qii")
_MAX_BODY = 4096
"""Bytes of a body that are decoded; longer ones are not."""
_MAX_LINES = 60


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
            self.lines.append("<i>…</i>")
            return
        parts = []
        for piece in pieces:
            text, style = (piece, "") if isinstance(piece, str) else piece
            shown = escape(visible(text))
            parts.append(f'<b class="{escape(style.replace(" ", "-"))}">{shown}</b>' if style else shown)
        self.lines.append("".join(parts).rstrip())


def annotate(entry: TranscriptEntry) -> list[str]:
    """The lines of HTML for a packet; none for an entry without bytes."""
    output = HtmlLines()
    tree = Tree(output, coder.registry, secrets=True)
    packet, plaintext = entry.packet, entry.plaintext
    if not packet:
        return []
    if len(plaintext) >= _INNER.size:
        _encrypted(tree, packet, plaintext)
    elif packet[:8] == NO_AUTH_KEY and len(packet) >= 20:
        tree.row("0", packet[:8], 0, "auth_key_id = 0: not encrypted")
        tree.row("8", packet[8:16], 0, f"msg_id = {int.from_bytes(packet[8:16], 'little', signed=True)}")
        tree.row("16", packet[16:20], 0, f"length = {int.from_bytes(packet[16:20], 'little', signed=True)}")
        _value(tree, packet[20:], 20, 1)
    else:
        tree.row("0", packet[:8], 0, "auth_key_id" if len(packet) >= 24 else "bytes")
        if len(packet) > 8:
            tree.row("8", packet[8:], 0, f"{len(packet) - 8} bytes that are not decrypted")
    return output.lines


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
