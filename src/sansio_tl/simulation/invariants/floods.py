"""The floods that clients know: during one a client answers requests of its method itself, with the seconds left.

A `Client` may do so only after a data center has answered one of its own requests for the same method with FLOOD_WAIT,
and only for the time in that error.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil
from typing import Any

from sansio_tl import errors
from sansio_tl.errors import FloodPremiumWait, FloodWait, RpcError
from sansio_tl.tl.objects import Function

_MAX_SECONDS = (1 << 31) - 1
OWN_METHODS = frozenset({"auth.exportAuthorization", "auth.importAuthorization"})
"""The methods that clients call by themselves. What waits for them fails with their errors."""


class ReceivedFloods:
    """The floods that each client has received. All times are those of the client's clock."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], float] = {}
        """By client and method."""

    def add(self, client: str, method: str, seconds: int, now: float) -> None:
        """A client has received FLOOD_WAIT for a method."""
        until = now + min(max(1, seconds), _MAX_SECONDS)
        self._until[client, method] = max(until, self._until.get((client, method), 0.0))

    def allow(self, client: str, method: str, seconds: int, now: float) -> bool:
        """Whether a client may answer a request of this method itself, with that many seconds."""
        return 0 < seconds <= ceil(self._until.get((client, method), 0.0) - now)


def method_of(function: Function[Any]) -> str:
    """The method that a function calls, without wrappers such as invokeWithoutUpdates."""
    while isinstance(query := getattr(function, "query", None), Function):
        function = query
    return function.NAME


def longest(texts: Iterable[str]) -> int:
    """The most seconds of FLOOD_WAIT among these texts of errors; at least 1, which servers answer by themselves."""
    return max([1, *(error.seconds for error in map(_parsed, texts) if isinstance(error, FloodWait))])


def are_sent(seconds: int, texts: Iterable[str], kind: type[FloodWait | FloodPremiumWait]) -> bool:
    """Whether an error of this kind, with these seconds, is among these texts of errors."""
    return any(isinstance(error, kind) and error.seconds == seconds for error in map(_parsed, texts))


def _parsed(text: str) -> RpcError:
    return errors.parse(420, text)
