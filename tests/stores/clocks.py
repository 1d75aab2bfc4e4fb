from __future__ import annotations

from dataclasses import dataclass


@dataclass
class FakeClock:
    """A clock that a test turns. Another process gets a copy."""

    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now
