"""The exception of a failed simulation."""

from __future__ import annotations


class Violation(Exception):
    """An invariant does not hold. `invariant` names it; the text describes the observation."""

    def __init__(self, invariant: str, seen: str) -> None:
        super().__init__(f"{invariant}: {seen}")
        self.invariant = invariant
        self.seen = seen
