"""What carries bytes between a socket of asyncio and its driver, with an alarm, a signal, and a bell for each answer.

Calls are many and small, so nothing here is a task, and nothing wakes one that has nothing to do.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable

from sansio_tl_transports._shared.connection_runner import CLOSE_TIMEOUT, ConnectionRunner
from sansio_tl_transports.asyncio._stream import Wire


class Carrier:
    """Carries bytes between a socket and its driver until the link is over and all is said."""

    def __init__(self, wire: Wire, driver: ConnectionRunner, changed: Signal, leftover: bytes = b"") -> None:
        self._wire = wire
        self._driver = driver
        self._changed = changed
        self._leftover = leftover
        self._alarm = Alarm(self._keep_time)
        self._heard_all = self._said_all = self._leaving = False
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Carry them."""
        self._changed.add(self.send)
        try:
            if self._leftover:
                self.heard(self._leftover)
            self._wire.listen(self)
            self.send()
            await self._over
        finally:
            self._changed.remove(self.send)
            self._alarm.cancel()
            await self._wire.abort()

    def heard(self, data: bytes) -> None:
        """The peer sent this; ``b""`` means that it has hung up."""
        try:
            self._driver.receive(data)
        except Exception as error:  # noqa: BLE001
            self._fail(error)
        if not data:
            self._heard_all = True
            if self._said_all:
                self._finish()

    def unblocked(self) -> None:
        """The socket takes more."""
        if not self._driver.reads_on:
            self._wire.read_on()
        self.send()

    def broken(self, error: Exception | None) -> None:
        """The socket is gone."""
        try:
            if error is not None:
                self._driver.lost(error)
            else:
                self._driver.close()
        except Exception as bug:  # noqa: BLE001
            self._fail(bug)
        self._heard_all = self._said_all = True
        self._finish()

    def send(self) -> None:
        """There may be something to send, or another deadline, or the link may be over."""
        if self._said_all or self._over.done():
            return
        try:
            closed = self._driver.closed
            if closed and not self._leaving:
                self._leave()
            if not self._wire.blocked:
                if data := self._driver.output():
                    self._wire.transport.write(data)
                    if self._wire.blocked and not self._driver.reads_on:
                        self._wire.hold()
                if closed:  # and that was its last word
                    self._say_goodbye()
            if not closed:
                self._alarm.at(self._driver.deadline())
        except OSError as error:
            self.broken(error)
        except Exception as bug:  # noqa: BLE001
            self._fail(bug)

    def _leave(self) -> None:
        """The link is over. The peer may neither listen nor hang up, and then we do."""
        self._leaving = True
        self._alarm.cancel()
        self._alarm = Alarm(self._finish)
        self._alarm.at(in_(CLOSE_TIMEOUT if self._driver.says_goodbye else 0.0))

    def _say_goodbye(self) -> None:
        self._said_all = True
        transport = self._wire.transport
        if transport.can_write_eof():
            transport.write_eof()
        else:
            transport.close()  # TLS says good-bye in its own way
        if self._heard_all:
            self._finish()

    def _keep_time(self) -> None:
        try:
            self._driver.tick()
            if not self._driver.closed:
                self._alarm.at(self._driver.deadline())
        except Exception as bug:  # noqa: BLE001
            self._fail(bug)

    def _finish(self) -> None:
        if not self._over.done():
            self._over.set_result(None)

    def _fail(self, bug: Exception) -> None:
        """Something that should not have been: it ends this connection, at once."""
        self._heard_all = self._said_all = True
        self._driver.fail(bug)
        self._finish()


def in_(seconds: float | None) -> float:
    """When that will be, by the loop's clock; None is never."""
    return math.inf if seconds is None else asyncio.get_running_loop().time() + seconds


class Alarm:
    """Calls back when a moment has come. The moment moves with every message, the loop's timer only when it must."""

    def __init__(self, ring: Callable[[], None]) -> None:
        """`ring` is called then, or earlier: it says anew when to call."""
        self._ring = ring
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._when: float
        """When the timer rings, if there is one. Not every loop's timers can tell."""

    def at(self, when: float) -> None:
        """Call then, by the loop's clock; infinity is never."""
        timer = self._timer
        if when == math.inf or (timer is not None and self._when <= when):
            return
        if timer is not None:
            timer.cancel()
        self._when = when
        self._timer = self._loop.call_at(when, self._rings)

    def cancel(self) -> None:
        """Do not call any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _rings(self) -> None:
        self._timer = None
        self._ring()


class Signal:
    """Something has changed: tells its listeners once, soon, however often it was called meanwhile."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._listeners: list[Callable[[], None]] = []
        self._due = False

    def __call__(self) -> None:
        if not self._due:
            self._due = True
            self._loop.call_soon(self._tell)

    def add(self, listener: Callable[[], None]) -> None:
        """Tell this one, too, before those that were there already: whoever keeps the time of all links is told last,
        when they have sent what they had to send and need no reminder of it.
        """
        self._listeners.insert(0, listener)

    def remove(self, listener: Callable[[], None]) -> None:
        """Tell it no more."""
        with contextlib.suppress(ValueError):
            self._listeners.remove(listener)

    def _tell(self) -> None:
        self._due = False
        for listener in tuple(self._listeners):
            listener()


class Bell:
    """Rings once. The only one who waits may await `rung`, which is cancelled with him; several must use `wait`."""

    __slots__ = ("rung",)

    def __init__(self) -> None:
        self.rung: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def set(self) -> None:
        """Ring, unless it has rung, or nobody waits any more."""
        if not self.rung.done():
            self.rung.set_result(None)

    async def wait(self) -> None:
        """Wait until it rings, or return at once if it has."""
        await asyncio.shield(self.rung)
