"""Server side shared by the adapters: one data center with many connections.

Data from one connection may cause output on another, such as an update. A data center with `on_output` reports which
connections have output. For any other data center, every change wakes all connections.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any, Final, Protocol, TypeAlias, runtime_checkable

from sansio_tl_transports._shared.callbacks import call_plain, require_plain
from sansio_tl_transports._shared.clock import Clock
from sansio_tl_transports._shared.connection_runner import ConnectionRunner, Engine
from sansio_tl_transports._shared.fair_queue import CallSoon, FairQueue, ServerConnectionRunner
from sansio_tl_transports._shared.waiter import RunJob

_LOG: Final = logging.getLogger("transports")


class Servable(Protocol):
    """What `serve` takes: `sansio_tl.testing.DataCenter`, or an application on `ServerConnection`."""

    def accept(self, *, now: float) -> Engine: ...
    def next_event(self) -> object: ...


@runtime_checkable
class ReportsOutput(Protocol):
    """A data center that reports which of its connections have output caused by other connections.

    `sansio_tl.testing.DataCenter` is one: a request at one data center of a cluster may cause an update at another.
    All data centers of a cluster must be served by one thread.
    """

    on_output: Callable[[Any], object]
    """Called with what `accept` has returned."""


MAX_CONNECTIONS = 10_000
"""Default maximum of connections at the same time."""


OnError: TypeAlias = Callable[[Exception], object]
"""Called with the exception, with its traceback, that has ended one connection."""


def log_bug(bug: Exception) -> None:
    """Log a bug: the default of `on_error`."""
    _LOG.error("a bug has ended one connection; the others are not affected", exc_info=bug)


class Server:
    """A running server; `address` is where it listens."""

    def __init__(self, address: tuple[str, int], tls_address: tuple[str, int] | None = None) -> None:
        self.address = address
        self.tls_address = tls_address
        """The address of the TLS port; None without TLS."""

    def __repr__(self) -> str:
        tls = "" if self.tls_address is None else f", TLS on {self.tls_address[0]} port {self.tls_address[1]}"
        return f"<Server on {self.address[0]} port {self.address[1]}{tls}>"


class Acceptor:
    """Accepts connections for a data center."""

    def __init__(
        self,
        data_center: Servable,
        clock: Clock,
        call_soon: CallSoon,
        on_event: Callable[[Any], object] | None = None,
        max_connections: int = MAX_CONNECTIONS,
        on_error: OnError | None = None,
        *,
        run_job: RunJob | None = None,
    ) -> None:
        """`on_error` is called with each bug that has ended a connection; without it they are logged.

        Raises TypeError when it or `on_event` is async.
        """
        require_plain(on_event=on_event, on_error=on_error)
        self._data_center = data_center
        self._on_error = on_error or log_bug
        self._max_connections = max_connections
        self._clock = clock
        self._run_job = run_job
        self._queue = FairQueue(call_soon)
        self._on_event = on_event
        self._connections: dict[Engine, tuple[ConnectionRunner, Callable[[], None]]] = {}
        self._reports_output = isinstance(data_center, ReportsOutput)
        self.closed = False
        """Whether new connections are closed at once."""
        if isinstance(data_center, ReportsOutput):
            data_center.on_output = self._wake

    def accept(self, changed: Callable[[], None]) -> ConnectionRunner | None:
        """Accept a connection; `changed` wakes the task or thread that does its I/O.

        None: close it, because the maximum is reached or the server is closed.
        """
        if self.closed or len(self._connections) >= self._max_connections:
            return None
        try:
            engine = self._data_center.accept(now=self._clock())
        except Exception as bug:  # noqa: BLE001
            self._on_bug(bug)
            return None
        driver = ServerConnectionRunner(
            engine,
            self._clock,
            partial(self._on_change, engine),
            self._on_bug,
            self._queue,
            changed,
            run_job=self._run_job,
        )
        self._connections[engine] = driver, changed
        return driver

    def close(self) -> None:
        """Close all connections and accept no more."""
        self.closed = True
        for driver, _ in tuple(self._connections.values()):
            driver.close()

    def _on_bug(self, bug: Exception) -> None:
        """Report a bug that has ended a connection, or prevented one."""
        try:
            call_plain("on_error", self._on_error, bug)
        except Exception as another:  # noqa: BLE001
            log_bug(another)

    def _on_change(self, engine: Engine) -> None:
        """Process a change of a connection."""
        try:
            while (event := self._data_center.next_event()) is not None:
                if self._on_event is not None:  # without a handler events are dropped
                    call_plain("on_event", self._on_event, event)
        except Exception as bug:  # noqa: BLE001  of the application's handler: no connection ends
            self._on_bug(bug)
        if self._reports_output:
            self._wake(engine)
        else:
            for each in tuple(self._connections):
                self._wake(each)

    def _wake(self, engine: Engine) -> None:
        found = self._connections.get(engine)
        if found is None:
            return
        driver, changed = found
        if driver.closed:
            del self._connections[engine]
        changed()
