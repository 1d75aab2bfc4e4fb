"""Until when the data centers answer a method with FLOOD_WAIT: asking earlier only makes it longer.

`flood_waits` has the requests that wait. The deadlines are part of the snapshot, so that a client that is restarted
does not ask again either. They belong to the account at one data center, and those of methods with a phone number to
that number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sansio_tl import functions
from sansio_tl.tl.objects import Function

MAX_FLOODS: Final = 1000
"""So many deadlines are kept, the latest."""
MAX_SECONDS: Final = 86400
"""After a day at most the data center is asked again: one error must not end a method for ever."""


@dataclass(frozen=True, slots=True)
class KnownFlood:
    """What a data center has answered."""

    until: float
    """In the time of `now`."""
    seconds: int
    """The time in the error, 1 to MAX_SECONDS: no wait is longer, whatever clocks say after a restart."""


def flood_key(function: Function[Any], dc_id: int) -> str:
    """What a flood is counted for: data center and method, and the phone number if it has one.

    Wrappers such as invokeWithoutUpdates do not count, but invokeWithBusinessConnection acts for another account.
    """
    account = ""
    while isinstance(query := getattr(function, "query", None), Function):
        if isinstance(function, functions.InvokeWithBusinessConnection):
            account = f"@{function.connection_id}"
        function = query
    number = getattr(function, "phone_number", None)
    key = f"{dc_id}:{function.NAME}{account}"
    return f"{key} {number}" if isinstance(number, str) else key


class KnownFloods:
    """The floods of one client."""

    def __init__(self, known: Mapping[str, KnownFlood], now: float) -> None:
        """`known` ones come from a snapshot, which was perhaps made by another clock."""
        self._floods: dict[str, KnownFlood] = {}
        for key, flood in known.items():
            seconds = min(flood.seconds, MAX_SECONDS)
            if flood.until > now:
                self._floods[key] = KnownFlood(min(flood.until, now + seconds), seconds)

    def __bool__(self) -> bool:
        """Whether any is known."""
        return bool(self._floods)

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
