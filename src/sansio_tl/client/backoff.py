"""How long to wait before reconnecting: twice as long after each failure, up to a maximum, half of it random.

Without the random part all clients of a data center that was down would reconnect at the same moment.
"""

from __future__ import annotations

from typing import Final

from sansio_tl.entropy import Entropy

MAX_FAILURES: Final = 32
"""More failures do not make the delay longer."""


class Backoff:
    """The delays for one data center, in seconds."""

    def __init__(self, first: float, longest: float, entropy: Entropy, failures: int = 0) -> None:
        self._first = first
        self._longest = longest
        self._entropy = entropy
        self._failures = failures

    @property
    def failures(self) -> int:
        """How many failures are counted."""
        return self._failures

    def on_failure(self) -> float:
        """Count a failure; returns how long to wait after it."""
        whole = min(self._longest, self._first * float(1 << min(self._failures, MAX_FAILURES)))
        self._failures += 1
        return whole / 2 + whole / 2 * int.from_bytes(self._entropy(2), "little") / 65535

    def on_success(self) -> None:
        """The data center has answered: the next failure counts as the first one."""
        self._failures = 0
