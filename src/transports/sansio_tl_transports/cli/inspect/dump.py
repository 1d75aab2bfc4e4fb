"""Prints decoded data as a tree: offset, bytes, name and value of each field.

    offset  bytes        field
         0  02 25 00 5e  auth.sentCode
         4  04 00 00 00    flags: # = 4 (timeout)
         8  a2 bb 00 c0    type: auth.SentCodeType = auth.sentCodeTypeSms
        12  05 00 00 00      length: int = 5

Offsets inside gzip_packed data count from the beginning of the unpacked bytes, and are marked with a `+`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable

from sansio_tl import Limits, TLObject, Unknown
from sansio_tl.tl.gzip_packed import inflate
from sansio_tl.tl.interpreted_decoder import TraceEntry
from sansio_tl.tl.model import Combinator
from sansio_tl.tl.registry import Registry
from sansio_tl.tl.runtime import get_bytes
from sansio_tl_transports.cli.inspect.output import FAINT, NAME, TYPE, VALUE, WARN, Output, Piece

SHOWN_BYTES = 8
LONGEST_VALUE = 72
PACKED = "gzip_packed"


class Tree:
    """Prints the trace of the interpreting decoder. `secrets` shows the values that a repr would hide."""

    def __init__(self, output: Output, registry: Registry, *, secrets: bool) -> None:
        self._paper = output
        self._registry = registry
        self._secrets = secrets

    def steps(self, steps: Iterable[TraceEntry], data: bytes, *, base: int = 0, level: int = 0) -> None:
        """Print the trace of decoding `data`, which begins at `base` of the whole input."""
        owners: dict[int, Combinator] = {}
        inside: list[tuple[int, bytes]] = []
        """Level and contents of each gzip_packed that the step is in."""
        for step in steps:
            while inside and step.level <= inside[-1][0]:
                inside.pop()
            source = inside[-1][1] if inside else data
            owner = owners.get(step.level)
            cls = step.value
            if isinstance(cls, type) and issubclass(cls, TLObject):
                entry = self._registry.by_class(cls)
                if entry is not None:
                    owners[step.level + 1] = entry.combinator
            if step.kind == PACKED:
                inside.append((step.level, _unpacked(source, step.offset)))
            at = f"+{step.offset}" if source is not data else str(base + step.offset)
            piece = source[step.offset : step.offset + step.length]
            self.row(at, piece, level + step.level, *self._words(step, owner))

    def row(self, at: str, piece: bytes, level: int, *words: Piece) -> None:
        """Print one line."""
        shown = piece[:SHOWN_BYTES].hex(" ") + (" .." if len(piece) > SHOWN_BYTES else "")
        self._paper.line((f"{at:>7}", FAINT), f"  {shown:<26}  ", "  " * level, *words)

    def remark(self, level: int, text: str) -> None:
        """Print a line without bytes of its own."""
        self._paper.line(" " * 37, "  " * level, (text, WARN))

    def _words(self, step: TraceEntry, owner: Combinator | None) -> Iterable[Piece]:
        if step.label and step.label != PACKED:
            yield (step.label, NAME)
            yield f": {step.kind}" if step.kind not in ("Object", "X", PACKED) else ""
            yield " = "
        yield from self._value_pieces(step, owner)

    def _value_pieces(self, step: TraceEntry, owner: Combinator | None) -> Iterable[Piece]:
        value = step.value
        if isinstance(value, type) and issubclass(value, TLObject):
            yield (value.NAME, TYPE)
        elif isinstance(value, Unknown):
            yield (f"unknown constructor {value.id:08x}, {len(value.data):,} bytes", WARN)
        elif step.kind == PACKED:
            yield (f"{PACKED}, {value:,} bytes inside", TYPE)
        elif step.kind.lower().startswith("vector<"):
            yield (f"{value} item{'' if value == 1 else 's'}", VALUE)
        elif step.kind == "#" and isinstance(value, int):
            yield (str(value), VALUE)
            yield f" ({flag_names(value, step.label, owner)})" if value else ""
        elif step.secret and not self._secrets:
            yield ("***", FAINT)
        else:
            yield (shown_value(value, step.kind), VALUE)


def flag_names(word: int, label: str, owner: Combinator | None) -> str:
    """The fields that a flag word announces; bits without a field are named by number."""
    announced: dict[int, list[str]] = {}
    for f in owner.fields if owner else ():
        if f.word == label:
            announced.setdefault(f.bit, []).append(f.name)
    bits = [bit for bit in range(32) if word >> bit & 1]
    return ", ".join("+".join(announced.get(bit, [f"bit {bit}"])) for bit in bits)


def shown_value(value: object, kind: str) -> str:
    """A readable value: texts quoted, bytes as base64 or hex, long ones cut."""
    if isinstance(value, bytes):
        text = value.hex() if kind in ("int128", "int256") or len(value) <= 16 else base64.b64encode(value).decode()
        if len(text) <= LONGEST_VALUE:
            return text or "(none)"
        return f"{text[:LONGEST_VALUE]}.. ({len(value):,} bytes)"
    if isinstance(value, str):
        text = repr(value)
        return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}.. ({len(value):,} characters)"
    return str(value)


def _unpacked(source: bytes, at: int) -> bytes:
    """The contents of the gzip_packed at this offset, which the decoder has unpacked before."""
    packed, _ = get_bytes(source, at + 4)
    limits = Limits()
    return inflate(packed, limits.max_inflated_size, limits.max_inflate_ratio)
