"""The ClientHellos that a server has answered (TR12).

Somebody who records one can send it again to learn whether this is a proxy: a real site would not take it, a proxy that
forgets would prove itself. The time in a hello does not help against that. It is hidden in the last 4 bytes of the
random, which the proof does not cover, so that who knows when a hello was made can write another time into it.
"""

from __future__ import annotations

from typing import Final

_KEPT: Final = 16
"""Bytes of a random that are kept, of the 28 that the proof decides."""


class SeenHellos:
    """Belongs to a server: its connections share it. The oldest makes room; each takes about 150 bytes."""

    def __init__(self) -> None:
        self._randoms: dict[bytes, None] = {}

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._randoms)

    def add(self, random: bytes, most: int) -> bool:
        """Remember the random of a proven hello, and the last `most` altogether; False if it came before."""
        key = random[:_KEPT]
        if key in self._randoms:
            return False
        self._randoms[key] = None
        while len(self._randoms) > most:
            del self._randoms[next(iter(self._randoms))]
        return True
