"""The second socket of a session over HTTP, in the blocking adapter."""

from __future__ import annotations

import math
import time

from sansio_tl_transports._shared.connect_options import PAUSE, Attempt, Failure
from sansio_tl_transports._shared.connection_runner import CONNECT_TIMEOUT, ClientConnectionRunner, ConnectionRunner
from sansio_tl_transports.sync._reactor import Carriers
from sansio_tl_transports.sync._sockets import Dialler, Opened
from sansio_tl_transports.sync._waiter import Bell


class Seconds:
    """Over HTTP: keeps a second socket open for the session, so that requests need not wait for the long poll."""

    def __init__(self, attempts: list[Attempt], driver: ClientConnectionRunner[Bell], carriers: Carriers) -> None:
        self._attempts = attempts
        self._driver = driver
        self._dialler = Dialler(carriers)
        self._second: ConnectionRunner | None = None
        self._at = 0.0
        self.join = self._dialler.join
        self.close = self._dialler.stop

    def deadline(self) -> float:
        """When to dial again."""
        alive = self._second is not None and not self._second.closed
        return math.inf if alive or self._driver.closed else self._at

    def tick(self) -> None:
        """Connect if it is time."""
        if self.deadline() <= time.monotonic():
            self._at = math.inf
            self._dialler.start(self._attempts, None, timeout=CONNECT_TIMEOUT, opened=self._up, failed=self._failed)

    def settle(self) -> None:
        """Nothing follows."""

    def fail(self, bug: Exception) -> None:
        """Something that should not have been: it ends this link."""
        self._driver.fail(bug)

    def _up(self, opened: Opened) -> ConnectionRunner | None:
        self._at = time.monotonic() + PAUSE
        self._second = self._driver.second()
        return self._second

    def _failed(self, error: Exception) -> None:
        self._at = time.monotonic() + PAUSE
        if not isinstance(error, Failure):
            self._driver.fail(error)
