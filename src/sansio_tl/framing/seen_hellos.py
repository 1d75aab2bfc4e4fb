"""The ClientHellos that a server has answered (TR12).

An attacker that records a hello can replay it to learn whether the server is a proxy: a web site would not accept it,
and a proxy without this memory would answer with a proof. The time in a hello does not prevent that. It is hidden in
the last 4 bytes of the random, which the proof does not cover, so an attacker that knows when a hello was made can
write another time into it.
"""

from __future__ import annotations

from typing import Final

_KEPT: Final = 16
"""Number of bytes of a random that are kept, of the 28 that the proof determines."""


class SeenHellos:
    """Belongs to a server and is shared by its connections. The oldest entry is dropped; each takes about 150 bytes."""

    def __init__(self) -> None:
        self._randoms: dict[bytes, None] = {}

    def __len__(self) -> int:
        """The number of remembered hellos."""
        return len(self._randoms)

    def add(self, random: bytes, most: int) -> bool:
        """Remember the random of a proven hello, and at most `most` in total; False if it was seen before."""
        key = random[:_KEPT]
        if key in self._randoms:
            return False
        self._randoms[key] = None
        while len(self._randoms) > most:
            del self._randoms[next(iter(self._randoms))]
        return True
