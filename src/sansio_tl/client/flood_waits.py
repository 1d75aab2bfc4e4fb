"""The requests that wait until FLOOD_WAIT is over: which may wait, and until when (AU4).

A request waits after such an error of its own, or because its method is known to be flooded (`known_floods`).
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from sansio_tl.client.client_trace import ClientTrace
from sansio_tl.client.config import ClientConfig
from sansio_tl.client.events import ClientEvent, FloodWaitStarted, SnapshotChanged
from sansio_tl.client.known_floods import KnownFloods, flood_key
from sansio_tl.client.request import ClientRequest


class FloodWaits:
    """The waiting requests of one client."""

    def __init__(
        self,
        known: KnownFloods,
        config: ClientConfig,
        report: Callable[[ClientEvent], None],
        trace: ClientTrace | None = None,
    ) -> None:
        """`report` takes the events for the caller."""
        self._known = known
        self._config = config
        self._report = report
        self._trace = trace
        self._waiting: list[tuple[float, ClientRequest]] = []
        """With the time at which each wait is over."""

    def note_flood(self, request: ClientRequest, dc_id: int, seconds: int, now: float) -> None:
        """A data center has answered a request with FLOOD_WAIT."""
        if self._config.flood_wait_by_method:
            self._known.add(flood_key(request.handle.function, dc_id), seconds, now)
            self._report(SnapshotChanged())

    def seconds_left(self, request: ClientRequest, dc_id: int, now: float) -> float:
        """Seconds until the data center accepts a request, as far as is known; 0 if it does now."""
        if not self._known:  # as usual: then no key need be made
            return 0.0
        return self._known.seconds_left(flood_key(request.handle.function, dc_id), now)

    def may_wait(self, request: ClientRequest, seconds: float) -> bool:
        """Whether a request may be sent after a wait, by the limits of the configuration (AU4)."""
        config = self._config
        return (
            seconds <= config.flood_sleep_threshold
            and request.flood_waits < config.max_flood_waits
            and request.flood_waited + max(1, seconds) <= config.flood_total_limit
        )

    def wait_after_error(self, request: ClientRequest, seconds: int, now: float) -> None:
        """Hold a request that has got FLOOD_WAIT for that many seconds, at least one."""
        request.count_flood_wait()
        self.wait(request, max(1, seconds), seconds, now)

    def wait(self, request: ClientRequest, wait: float, seconds: int, now: float) -> None:
        """Hold a request for `wait` seconds; `seconds` are what is reported."""
        request.set_dc_session(None)
        request.add_flood_time(wait)
        if self._trace is not None:
            self._trace.requests.delayed(request.handle, max(1, seconds), now)
        self._waiting.append((now + wait, request))
        self._report(FloodWaitStarted(request.handle, seconds))

    @property
    def deadline(self) -> float:
        """When the next wait is over; infinity for never."""
        return min(at for at, _ in self._waiting) if self._waiting else inf

    def pop_due(self, now: float) -> list[ClientRequest]:
        """The requests whose wait is over; they are forgotten here."""
        due = [request for at, request in self._waiting if at <= now]
        self._waiting = [(at, request) for at, request in self._waiting if at > now]
        return due

    def forget(self, request: ClientRequest) -> None:
        """A request needs no answer any more."""
        self._waiting = [(at, waiting) for at, waiting in self._waiting if waiting is not request]
