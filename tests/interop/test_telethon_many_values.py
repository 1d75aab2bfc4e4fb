"""Every constructor and function of the shipped layer, a thousand random values each (`pytest -m long`, ten minutes).

hypothesis looks for the odd value in test_every_type; here sheer numbers count, so a plain generator makes them. Each
value survives the round trip, and wherever Telethon has the class it writes the same bytes.
"""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from sansio_tl import codec
from sansio_tl.testing.strategies import Drawing, SchemaHeights
from sansio_tl.tl.model import Builtin, Type, Vector
from sansio_tl.tl.registry import Entry
from tests.interop.test_telethon_codec import THEIR_CLASSES, counterpart, is_apart, is_text

VALUES = 1000
HEIGHTS = SchemaHeights(codec.coder)
ENTRIES = sorted(HEIGHTS.finite, key=lambda entry: entry.combinator.name)
PARTS = 16
ALPHABET = "abc é€😀\x00\n"


class Plain(Drawing):
    """Draws from a seeded generator what the strategies draw from hypothesis."""

    def __init__(self, random: Random, size: int) -> None:
        super().__init__(None, HEIGHTS, size)  # type: ignore[arg-type]
        self.random = random

    def one_of(self, entries: list[Entry]) -> Any:
        self.left -= 1
        if self.left <= 0:
            least = min(self.heights.height(entry.combinator) for entry in entries)
            entries = [entry for entry in entries if self.heights.height(entry.combinator) == least]
        possible = [entry for entry in entries if self.heights.height(entry.combinator) < 1 << 30]
        return self.object(self.random.choice(possible))

    def object(self, entry: Entry) -> Any:
        bits = {(f.word, f.bit): True for f in entry.combinator.optional}
        present = {bit: self.left > 0 and self.random.random() < 0.5 for bit in bits}
        for f in entry.combinator.optional:
            if not self.possible(f):
                present[f.word, f.bit] = False
        return entry.cls(*[self.field(f, present) for f in entry.combinator.values])

    def value(self, kind: Type) -> Any:
        match kind:
            case Builtin(name):
                return self.builtin(name)
            case Vector(item, _):
                fits = self.left > 0 and self.heights.height_of(item) < 1 << 30
                return [self.value(item) for _ in range(self.random.randrange(4) if fits else 0)]
            case _:
                return super().value(kind)

    def builtin(self, name: str) -> Any:
        random = self.random
        match name:
            case "int" | "long":
                width = 32 if name == "int" else 64
                number = random.getrandbits(width) >> random.randrange(width)
                return (number ^ 1 << width - 1) - (1 << width - 1) if random.random() < 0.5 else number >> 1
            case "double":
                return random.uniform(-1e9, 1e9)
            case "string":
                return "".join(random.choices(ALPHABET, k=self.length()))
            case "bytes":
                return random.randbytes(self.length())
            case "int128" | "int256":
                return random.randbytes(16 if name == "int128" else 32)
            case _:
                return random.random() < 0.5

    def length(self) -> int:
        return self.random.randrange(250, 262) if self.random.random() < 0.1 else self.random.randrange(13)


def check(entry: Entry, values: int) -> int:
    """Round-trip so many values of a constructor; returns how many were compared with Telethon's bytes."""
    random = Random(entry.combinator.name)
    compared = 0
    for number in range(values):
        value = Plain(random, size=1 + number % 20).object(entry)
        data = codec.encode(value)
        assert codec.decode(data) == value, (entry.combinator.name, number)
        if value.ID in THEIR_CLASSES and is_text(value) and not is_apart(value):
            assert bytes(counterpart(value)) == data, (entry.combinator.name, number)
            compared += 1
    return compared


def test_two_values_of_every_type_match_telethon() -> None:
    compared = sum(check(entry, 2) for entry in ENTRIES)
    assert compared > 1.6 * len(ENTRIES), "Telethon has an older layer"


@pytest.mark.long
@pytest.mark.timeout(0)
@pytest.mark.parametrize("part", range(PARTS))
def test_many_values_of_every_type_match_telethon(part: int) -> None:
    entries = ENTRIES[part::PARTS]
    compared = sum(check(entry, VALUES) for entry in entries)
    print(f"{len(entries)} types, {len(entries) * VALUES} values, {compared} compared with Telethon's bytes")
