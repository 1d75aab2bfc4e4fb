"""What the adapters share when they serve: one data center behind many links.

What arrives on one link may give another something to say: an update. A data center that tells which has those woken;
of any other we know nothing, so whenever one of its links has changed, all are woken.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any, Final, Protocol, TypeAlias, runtime_checkable

from sansio_tl_transports._shared.callbacks import call_plain, require_plain
from sansio_tl_transports._shared.clock import Clock
from sansio_tl_transports._shared.connection_runner import ConnectionRunner, Engine

_LOG: Final = logging.getLogger("transports")


class Servable(Protocol):
    """What can be served: `sansio_tl.testing.DataCenter`, or an application of your own on `ServerConnection`."""

    def accept(self, *, now: float) -> Engine: ...
    def next_event(self) -> object: ...


@runtime_checkable
class Outspoken(Protocol):
    """A data center that tells when one of its links has something to say that was not asked on that link.

    `sansio_tl.testing.DataCenter` is one: somebody else, even in another data center of its world, may tell its clients
    something. All data centers of a world have to be served by one thread.
    """

    on_output: Callable[[Any], object]
    """Called with what `accept` has returned."""


MAX_LINKS = 10_000
"""Links at the same time, unless the caller of `serve` says otherwise."""


OnError: TypeAlias = Callable[[Exception], object]
"""Is given the exception, with its traceback, that has ended one connection."""


def log_bug(bug: Exception) -> None:
    """What is done about a bug that nobody asked to be told of."""
    _LOG.error("a bug has ended one connection; the others go on", exc_info=bug)


class Reception:
    """The door of a data center."""

    def __init__(
        self,
        data_center: Servable,
        clock: Clock,
        on_event: Callable[[Any], object] | None = None,
        max_connections: int = MAX_LINKS,
        on_error: OnError | None = None,
    ) -> None:
        """`on_error` is called with each bug that has ended a connection; without it they are logged.

        Raises TypeError when it or `on_event` is async.
        """
        require_plain(on_event=on_event, on_error=on_error)
        self._data_center = data_center
        self._on_error = on_error or log_bug
        self._max_links = max_connections
        self._clock = clock
        self._on_event = on_event
        self._links: dict[Engine, tuple[ConnectionRunner, Callable[[], None]]] = {}
        self._tells = isinstance(data_center, Outspoken)
        self.closed = False
        """Whether it is too late to come in: who does is hung up on."""
        if isinstance(data_center, Outspoken):
            data_center.on_output = self._wake

    def accept(self, changed: Callable[[], None]) -> ConnectionRunner | None:
        """A client has dialled; `changed` wakes whoever carries the bytes of this link.

        None: hang up, there is no room or it is too late.
        """
        if self.closed or len(self._links) >= self._max_links:
            return None
        try:
            engine = self._data_center.accept(now=self._clock())
        except Exception as bug:  # noqa: BLE001
            self._failed(bug)
            return None
        driver = ConnectionRunner(engine, self._clock, partial(self._happened, engine), self._failed)
        self._links[engine] = driver, changed
        return driver

    def close(self) -> None:
        """Close every link and let nobody in any more."""
        self.closed = True
        for driver, _ in tuple(self._links.values()):
            driver.close()

    def _failed(self, bug: Exception) -> None:
        """A bug has ended a connection, or kept one from beginning."""
        try:
            call_plain("on_error", self._on_error, bug)
        except Exception as another:  # noqa: BLE001
            log_bug(another)

    def _happened(self, engine: Engine) -> None:
        """A link has changed."""
        try:
            while (event := self._data_center.next_event()) is not None:
                if self._on_event is not None:  # else they go: nobody takes them, and they would pile up
                    call_plain("on_event", self._on_event, event)
        except Exception as bug:  # noqa: BLE001  the application's own: no connection is the worse for it
            self._failed(bug)
        if self._tells:
            self._wake(engine)
        else:
            for each in tuple(self._links):
                self._wake(each)

    def _wake(self, engine: Engine) -> None:
        found = self._links.get(engine)
        if found is None:
            return
        driver, changed = found
        if driver.closed:
            del self._links[engine]
        changed()
