"""Entropy that is the same for the same seed: the same keys, codes and nonces in each run. For tests only."""

from __future__ import annotations

from hashlib import shake_256
from itertools import count

from sansio_tl.entropy import Entropy


def seeded(seed: str) -> Entropy:
    """Deterministic entropy: the same bytes for the same seed."""
    numbers = count()
    key = seed.encode()

    def entropy(size: int) -> bytes:
        return shake_256(key + next(numbers).to_bytes(8, "little")).digest(size)

    return entropy
