"""Server salts: a number that each message must carry, and that the server changes every half hour or so.

The server sends the salts of the next hours in future_salts, each with the server times between which it is valid;
these overlap. They are kept sorted by time. The next one is used a little after it has become valid, and more are
requested before they run out, but never in quick succession (MS23).
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

from sansio_tl import types
from sansio_tl.limits import Limits


class Salts:
    """The salts of one key, as the client knows them."""

    def __init__(self, limits: Limits, first: int, now: float) -> None:
        self._limits = limits
        self.current = first
        """The salt that messages carry, signed 64 bit."""
        self._future: list[types.mtproto.FutureSalt] = []
        self.deadline = now + limits.salt_fetch_delay
        """When `take_request` must be called next, in our time."""

    def __repr__(self) -> str:
        return f"<Salts: {len(self._future)} known ahead>"

    def advance(self, server_time: float) -> None:
        """Go on to the newest salt that may be used at `server_time`: call it before messages are made."""
        future = self._future
        while future and future[0].valid_since + self._limits.salt_use_delay <= server_time:
            self.current = future.pop(0).salt

    def replace(self, salt: int) -> None:
        """Use this salt from now on: bad_server_salt or new_session_created names it."""
        self.current = salt
        known = [future.salt for future in self._future]
        if salt in known:
            del self._future[: known.index(salt) + 1]

    def set_future(self, salts: Iterable[types.mtproto.FutureSalt], server_time: float) -> None:
        """Keep the salts of future_salts: at most `max_future_salts`, and none that has ended."""
        valid = [salt for salt in salts if salt.valid_until > server_time]
        self._future = sorted(valid, key=attrgetter("valid_since"))[: self._limits.max_future_salts]

    def take_request(self, now: float, server_time: float) -> bool:
        """Set the next deadline if this one has come; returns whether to request salts from the server now."""
        if now < self.deadline:
            return False
        horizon = self._future[-1].valid_since if self._future else server_time
        ahead = horizon - server_time
        self.deadline = now + max(ahead - self._limits.salt_prefetch_window, self._limits.salt_fetch_interval)
        return ahead <= self._limits.salt_prefetch_window
