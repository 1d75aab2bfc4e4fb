"""How long to wait before dialling again: twice as long each time, capped, and never the same for two clients.

When a data center comes back, all its clients would return in the same moment if they waited equally long; so half of
the wait is random, from the entropy source.
"""

from __future__ import annotations

from sansio_tl.entropy import Entropy


class Backoff:
    """The delays of one road, in seconds."""

    def __init__(self, first: float, longest: float, entropy: Entropy) -> None:
        self._first = first
        self._longest = longest
        self._entropy = entropy
        self._failures = 0

    def failed(self) -> float:
        """How long to wait after this failure."""
        whole = min(self._longest, self._first * float(1 << min(self._failures, 32)))
        self._failures += 1
        return whole / 2 + whole / 2 * int.from_bytes(self._entropy(2), "little") / 65535

    def succeeded(self) -> None:
        """The road is good: the next failure is a first one."""
        self._failures = 0
