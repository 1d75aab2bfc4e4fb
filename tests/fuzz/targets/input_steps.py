"""An input as a list of steps: a byte that says what happens, two bytes of length, and a payload."""

from __future__ import annotations

from collections.abc import Iterator

MAX_STEPS = 24


def steps(data: bytes, longest: int = 2048) -> Iterator[tuple[int, bytes]]:
    """The steps of an input; the last one may be cut short."""
    at = 0
    for _ in range(MAX_STEPS):
        if at + 3 > len(data):
            return
        size = int.from_bytes(data[at + 1 : at + 3], "little") % longest
        yield data[at], data[at + 3 : at + 3 + size]
        at += 3 + size
