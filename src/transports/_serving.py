"""What the adapters share when they serve: one data centre behind many links.

What arrives on one link may give another something to say (an update, a code, a good-bye), so whenever one link has
changed, all are woken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from transports._clock import Clock
from transports._driver import Driver, Engine


class Centre(Protocol):
    """What can be served: `sansio_tl.testing.DataCentre`, or an application of your own on `ServerConnection`."""

    def accept(self, *, now: float) -> Engine: ...
    def next_event(self) -> object: ...


@runtime_checkable
class Outspoken(Protocol):
    """A centre whose links may have something to say that nothing on any of them has caused.

    `sansio_tl.testing.DataCentre` is one: another data centre of its world may tell its clients something. All data
    centres of a world have to be served by one thread.
    """

    on_output: Callable[[], object]


class Reception:
    """The door of a data centre."""

    def __init__(self, centre: Centre, clock: Clock, report: Callable[[Any], object] | None = None) -> None:
        self._centre = centre
        self._clock = clock
        self._report = report
        self._links: dict[Driver, Callable[[], None]] = {}
        self.closed = False
        """Whether it is too late to come in: who does is hung up on."""
        if isinstance(centre, Outspoken):
            centre.on_output = self._wake

    def accept(self, changed: Callable[[], None]) -> Driver:
        """A client has dialled; `changed` wakes whoever carries the bytes of this link."""
        driver = Driver(self._centre.accept(now=self._clock()), self._clock, self._wake)
        self._links[driver] = changed
        if self.closed:
            driver.close()
        return driver

    def close(self) -> None:
        """Close every link and let nobody in any more."""
        self.closed = True
        for driver in tuple(self._links):
            driver.close()

    def _wake(self) -> None:
        while self._report is not None and (event := self._centre.next_event()) is not None:
            self._report(event)
        for driver, changed in tuple(self._links.items()):
            if driver.closed:
                del self._links[driver]
            changed()
