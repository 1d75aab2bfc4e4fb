"""The second socket of an HTTP session, in the blocking adapter."""

from __future__ import annotations

import math
import time

from sansio_tl_transports._shared.connect_options import PAUSE, Attempt, Failure
from sansio_tl_transports._shared.connection_runner import CONNECT_TIMEOUT, ClientConnectionRunner, ConnectionRunner
from sansio_tl_transports.sync._reactor import Reactor
from sansio_tl_transports.sync._sockets import Opened, SocketOpener
from sansio_tl_transports.sync._waiter import ResultEvent


class Seconds:
    """Keeps a second socket open for an HTTP session, so that requests need not wait for the long poll."""

    def __init__(self, attempts: list[Attempt], driver: ClientConnectionRunner[ResultEvent], reactor: Reactor) -> None:
        self._attempts = attempts
        self._driver = driver
        self._opener = SocketOpener(reactor)
        self._second: ConnectionRunner | None = None
        self._at = 0.0
        self.join = self._opener.join
        self.close = self._opener.stop

    def deadline(self) -> float:
        """When to connect again."""
        alive = self._second is not None and not self._second.closed
        return math.inf if alive or self._driver.closed else self._at

    def tick(self) -> None:
        """Connect if it is time."""
        if self.deadline() <= time.monotonic():
            self._at = math.inf
            self._opener.start(
                self._attempts, None, timeout=CONNECT_TIMEOUT, opened=self._on_opened, failed=self._on_failed
            )

    def settle(self) -> None:
        """Changes need no action."""

    def fail(self, bug: Exception) -> None:
        """A bug: it ends this connection."""
        self._driver.fail(bug)

    def _on_opened(self, opened: Opened) -> ConnectionRunner | None:
        self._at = time.monotonic() + PAUSE
        self._second = self._driver.second()
        return self._second

    def _on_failed(self, error: Exception) -> None:
        self._at = time.monotonic() + PAUSE
        if not isinstance(error, Failure):
            self._driver.fail(error)
