"""The clock of a host: it has an initial error and a drift, and is set now and then."""

from __future__ import annotations

from math import inf


class SimulatedClock:
    """What a host's clock shows at each true time. All times are seconds since the Unix epoch."""

    __slots__ = ("_rate", "_since", "_start", "set_back")

    def __init__(self, now: float, *, wrong_by: float = 0.0, drift: float = 0.0) -> None:
        """At true time `now` it shows `now + wrong_by`; in each true second it gains `drift` seconds."""
        self.set_back = 0.0
        """Total number of seconds by which it has been set back."""
        self._since = now
        self._start = now + wrong_by
        self._rate = 1.0 + drift

    def show(self, now: float) -> float:
        """What it shows at true time `now`."""
        return self._start + (now - self._since) * self._rate

    def when(self, shown: float) -> float:
        """The true time at which it shows `shown`, unless it is set before."""
        if shown <= self._start:
            return self._since
        return self._since + (shown - self._start) / self._rate if self._rate else inf

    def move(self, seconds: float, now: float) -> None:
        """Set it forward or back."""
        self._start, self._since = self.show(now) + seconds, now
        self.set_back += max(0.0, -seconds)

    def run(self, rate: float, now: float) -> None:
        """Let it gain `rate` seconds in each true second: 1 is right, 0 stands still."""
        self._start, self._since, self._rate = self.show(now), now, rate
