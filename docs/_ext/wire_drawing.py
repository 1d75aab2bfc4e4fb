"""Draws the wire formats of docs/wire.toml, and makes the table of framings from their classes."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Literal

import msgspec

from documented_methods import DOCS
from sansio_tl import Limits
from sansio_tl.framing import FRAMINGS, Framing, client_framing
from sansio_tl.role import Role
from svg import Drawing, width_of

FILE = DOCS / "wire.toml"

Side = Literal["client", "server", "either"]

_HEIGHT = 30.0
_PITCH = 64.0
_SPAN = 22.0
_PIXELS = 5.0
"""Width of a byte, unless the text in the box needs more."""


class Field(msgspec.Struct, forbid_unknown_fields=True):
    """A field of a line."""

    name: str
    size: int | str
    value: str = ""
    note: str = ""

    @property
    def width(self) -> float:
        """The width of its box."""
        exact = self.size * _PIXELS if isinstance(self.size, int) else 90.0
        return max(exact, width_of(self.name) + 14, width_of(self.size_text, 10) + 6)

    @property
    def size_text(self) -> str:
        """Its size, with the unit."""
        if self.size == 1:
            return "1 byte"
        return f"{self.size} bytes"


class Span(msgspec.Struct, forbid_unknown_fields=True):
    """A label for several fields."""

    first: str
    last: str
    label: str


class Line(msgspec.Struct, rename={"sender": "from"}, forbid_unknown_fields=True):
    """A sequence of fields with one sender."""

    title: str
    fields: list[Field]
    sender: Side = "either"
    spans: list[Span] = []
    payload: int = 0
    """The size of the payload that the test sends."""
    quick_ack: bool = False


class Message(msgspec.Struct, rename={"sender": "from"}, forbid_unknown_fields=True):
    """A text message of one side."""

    sender: Side
    lines: list[str]


class Format(msgspec.Struct, forbid_unknown_fields=True):
    """One wire format."""

    title: str
    about: str
    purpose: str = ""
    line: list[Line] = []
    message: list[Message] = []


@cache
def formats() -> dict[str, Format]:
    """All formats by name, in the order of the file."""
    return msgspec.convert(tomllib.loads(FILE.read_text(encoding="utf-8")), dict[str, Format])


# --- drawing ------------------------------------------------------------------------------------------------------


def draw(name: str) -> str:
    """SVG of a format: the exchange of text first, then a row of boxes for each line."""
    described = formats()[name]
    drawing = Drawing(f"{described.title} on the wire")
    y = _draw_exchange(drawing, described.message)
    left = max((width_of(line.title) for line in described.line), default=0.0) + 20
    for line in described.line:
        y = _draw_line(drawing, line, left, y)
    return drawing.svg()


def _draw_line(drawing: Drawing, line: Line, left: float, y: float) -> float:
    """Draw a row, with its title to the left of `left`; return where the next one begins."""
    drawing.text(left - 12, y + 14, line.title, style="label", anchor="end")
    direction = {"client": "client to server", "server": "server to client", "either": "both directions"}[line.sender]
    drawing.text(left - 12, y + 28, direction, style="small", anchor="end")
    edges: dict[str, tuple[float, float]] = {}
    x = left
    for field in line.fields:
        drawing.box(x, y, field.width, _HEIGHT, style="layer", hint=field.note or field.name)
        drawing.text(x + field.width / 2, y + _HEIGHT / 2 + 4, field.name, anchor="middle")
        drawing.text(x + field.width / 2, y + _HEIGHT + 12, field.size_text, style="small", anchor="middle")
        edges.setdefault(field.name, (x, x))
        edges[field.name] = (edges[field.name][0], x + field.width)
        x += field.width
    for span in line.spans:
        first, last = edges[span.first][0] + 2, edges[span.last][1] - 2
        below = y + _HEIGHT + 20
        drawing.line([(first, below - 4), (first, below), (last, below), (last, below - 4)])
        drawing.text((first + last) / 2, below + 12, span.label, style="small", anchor="middle")
    return y + _PITCH + (_SPAN if line.spans else 0)


def _draw_exchange(drawing: Drawing, messages: list[Message]) -> float:
    """Two columns, client and server, with the messages in order from top to bottom."""
    if not messages:
        return 0.0
    widest = max(width_of(line) for message in messages for line in message.lines) + 24
    left, right, y = 70.0, 70.0 + widest + 80, 34.0
    for message in messages:
        height = len(message.lines) * 16 + 12
        x = left + 40
        drawing.box(x, y, widest, height, style="layer")
        for number, line in enumerate(message.lines):
            drawing.text(x + 10, y + 18 + number * 16, line, style="on" if line.startswith("(") else "")
        middle = y + height / 2
        if message.sender == "client":
            drawing.line([(left, middle), (x, middle)])
            drawing.line([(x + widest, middle), (right, middle)], arrow=True)
        else:
            drawing.line([(right, middle), (x + widest, middle)])
            drawing.line([(x, middle), (left, middle)], arrow=True)
        y += height + 18
    for x, name in ((left, "client"), (right, "server")):
        drawing.text(x, 16, name, style="label", anchor="middle")
        drawing.line([(x, 26), (x, y)], style="grid")
    return y + 24


# --- the table ----------------------------------------------------------------------------------------------------

_NOW = 1_790_000_000.0
_PAYLOAD = 40


def client(name: str) -> Framing:
    """A client's framing of that name, with the same entropy each time."""
    entropy = Random(name).randbytes
    host = "example.org" if name in {"http", "websocket"} else ""
    return client_framing(name, entropy=entropy, now=_NOW, host=host)(Role.CLIENT, Limits())


def overview() -> Iterator[tuple[str, str, str, str, str, str]]:
    """For each named framing: first bytes, bytes added, quick acks, padding, purpose."""
    for name in FRAMINGS:
        framing = client(name)
        inner = name.partition(" ")[2] or ("intermediate" if name in {"obfuscated", "websocket"} else name)
        yield (
            name,
            _first_bytes(name, framing),
            _added(name),
            "yes" if framing.supports_quick_ack else "no",
            "0 to 15 bytes" if inner == "padded" else "none",
            formats()[name.split()[0]].purpose,
        )


def payload(size: int) -> bytes:
    """A plain message of that size."""
    return bytes(16) + (size - 20).to_bytes(4, "little") + bytes(size - 20)


def _first_bytes(name: str, framing: Framing) -> str:
    if name.startswith("obfuscated"):
        return "64 random bytes"
    if name in {"http", "websocket"}:
        return formats()[name].message[0].lines[0].split("/")[0].strip()
    tag: bytes = getattr(framing, "tag", b"")
    return tag.hex(" ") or "none"


def _added(name: str) -> str:
    """Bytes that are added to a payload of 40 in each packet after the first."""
    if name in {"http", "websocket"}:
        return "a header"
    framing = client(name)
    sizes = set()
    for number in range(64):
        framing.send_packet(payload(_PAYLOAD))
        size = len(framing.data_to_send()) - _PAYLOAD
        if number:
            sizes.add(size)
    return f"{min(sizes)}" if len(sizes) == 1 else f"{min(sizes)} to {max(sizes)}"
