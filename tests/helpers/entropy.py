"""Entropy for tests: an endless stream of hashes of a seed."""

from __future__ import annotations

from hashlib import sha256


class SeededEntropy:
    """`entropy(n)` returns the next n bytes; the same seed gives the same bytes. `calls` counts the calls."""

    def __init__(self, seed: bytes | str | int = b"") -> None:
        self._seed = seed if isinstance(seed, bytes) else str(seed).encode()
        self._block = 0
        self._left = b""
        self.calls = 0

    def __call__(self, n: int) -> bytes:
        self.calls += 1
        while len(self._left) < n:
            self._left += sha256(self._seed + self._block.to_bytes(8, "big")).digest()
            self._block += 1
        out, self._left = self._left[:n], self._left[n:]
        return out
