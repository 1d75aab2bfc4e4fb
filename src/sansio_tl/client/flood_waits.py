"""Until when the data centers answer a method with FLOOD_WAIT: asking earlier only makes it longer.

The deadlines are part of the snapshot, so that a client that is restarted does not ask again either. They belong to the
account, and those of methods with a phone number to that number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sansio_tl import functions
from sansio_tl.tl.objects import Function

MAX_FLOODS: Final = 1000
"""So many deadlines are kept, the latest."""
MAX_SECONDS: Final = (1 << 31) - 1


@dataclass(frozen=True, slots=True)
class KnownFlood:
    """What a data center has answered."""

    until: float
    """In the time of `now`."""
    seconds: int
    """The time in the error, at least 1: the wait is never longer than that, whatever clocks say after a restart."""


def flood_key(function: Function[Any]) -> str:
    """What a flood is counted for: the method, and the phone number if it has one.

    Wrappers such as invokeWithoutUpdates do not count, but invokeWithBusinessConnection acts for another account.
    """
    account = ""
    while isinstance(query := getattr(function, "query", None), Function):
        if isinstance(function, functions.InvokeWithBusinessConnection):
            account = f"@{function.connection_id}"
        function = query
    number = getattr(function, "phone_number", None)
    return f"{function.NAME}{account} {number}" if isinstance(number, str) else f"{function.NAME}{account}"


class FloodWaits:
    """The floods of one client."""

    def __init__(self, known: Mapping[str, KnownFlood], now: float) -> None:
        """`known` ones come from a snapshot, which was perhaps made by another clock."""
        self._floods = {
            key: KnownFlood(min(flood.until, now + flood.seconds), flood.seconds)
            for key, flood in known.items()
            if flood.until > now
        }

    def add(self, key: str, seconds: int, now: float) -> None:
        """A data center has answered FLOOD_WAIT. The later deadline counts."""
        seconds = min(max(1, seconds), MAX_SECONDS)
        known = self._floods.get(key)
        if known is not None and known.until > now + seconds:
            return
        self._floods[key] = KnownFlood(now + seconds, seconds)
        if len(self._floods) > MAX_FLOODS:
            self._floods = self.current(now)
        if len(self._floods) > MAX_FLOODS:
            del self._floods[min(self._floods, key=lambda each: self._floods[each].until)]

    def seconds_left(self, key: str, now: float) -> float:
        """Seconds until the method may be called again; 0 if it may now."""
        flood = self._floods.get(key)
        return 0.0 if flood is None else max(0.0, flood.until - now)

    def forget_account(self) -> None:
        """Another account may use the client: only the floods of phone numbers still count."""
        self._floods = {key: flood for key, flood in self._floods.items() if " " in key}

    def current(self, now: float) -> dict[str, KnownFlood]:
        """The floods that are not over."""
        return {key: flood for key, flood in self._floods.items() if flood.until > now}
