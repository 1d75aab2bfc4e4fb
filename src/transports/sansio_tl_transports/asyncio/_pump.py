"""Transfers bytes between an asyncio socket and its runner; timer, change signal, and result event.

The hot path has no task of its own: data moves within callbacks, and no task is woken needlessly.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

from sansio_tl_transports._shared.connection_runner import CLOSE_TIMEOUT, ConnectionRunner
from sansio_tl_transports._shared.waiter import Hook
from sansio_tl_transports.asyncio._stream import Wire


class SocketPump:
    """Transfers bytes between a socket and its runner until the connection is closed and all output is sent."""

    def __init__(self, wire: Wire, driver: ConnectionRunner, changed: Hook, leftover: bytes = b"") -> None:
        self._wire = wire
        self._driver = driver
        self._changed = changed
        self._leftover = leftover
        self._timer = DeadlineTimer(driver.deadline, self._tick)
        self._close_timer: asyncio.TimerHandle | None = None
        self._waits = False
        """Whether reading is paused until the runner has handled what it has."""
        self._eof_received = self._eof_sent = False
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Run the pump. The caller closes the socket afterwards."""
        self._changed.listener = self.send
        try:
            if self._leftover:
                self.on_data(self._leftover)
            self._wire.listen(self)
            self.send()
            await self._over
        finally:
            self._changed.listener = None
            self._timer.cancel()
            if self._close_timer is not None:
                self._close_timer.cancel()

    def on_data(self, data: bytes) -> None:
        """Process received data; ``b""`` is the end of the stream."""
        try:
            self._driver.receive(data)
        except Exception as error:  # noqa: BLE001
            self._fail(error)
        if self._driver.is_waiting:
            self._waits = True
            self._wire.pause_reading()
        if not data:
            self._eof_received = True
            if self._eof_sent:
                self._finish()

    def on_writable(self) -> None:
        """The socket is writable again."""
        if not (self._driver.reads_on or self._driver.is_waiting):
            self._wire.resume_reading()
        self.send()

    def on_closed(self, error: Exception | None) -> None:
        """The socket is closed."""
        try:
            if error is not None:
                self._driver.lost(error)
            else:
                self._driver.close()
        except Exception as bug:  # noqa: BLE001
            self._fail(bug)
        self._eof_received = self._eof_sent = True
        self._finish()

    def send(self) -> None:
        """Process a change of the runner: output, deadline, end, or that it can receive again."""
        if self._waits and not self._driver.is_waiting:
            self._waits = False
            if not self._wire.blocked:
                self._wire.resume_reading()
        if self._eof_sent or self._over.done():
            return
        try:
            closed = self._driver.closed
            if closed and self._close_timer is None:
                self._start_close_timeout()
            if not self._wire.blocked:
                if data := self._driver.output():
                    self._wire.transport.write(data)
                    if self._wire.blocked and not self._driver.reads_on:
                        self._wire.pause_reading()
                if closed:  # and that was the last output
                    self._send_eof()
            if not closed:
                self._timer.update()
        except OSError as error:
            self.on_closed(error)
        except Exception as bug:  # noqa: BLE001
            self._fail(bug)

    def _start_close_timeout(self) -> None:
        """The connection has ended. Close the socket when the peer does not do so in time."""
        self._timer.cancel()
        timeout = CLOSE_TIMEOUT if self._driver.closes_gracefully else 0.0
        self._close_timer = asyncio.get_running_loop().call_later(timeout, self._finish)

    def _send_eof(self) -> None:
        self._eof_sent = True
        transport = self._wire.transport
        if transport.can_write_eof():
            transport.write_eof()
        else:
            transport.close()  # TLS sends close_notify itself
        if self._eof_received:
            self._finish()

    def _tick(self) -> None:
        try:
            self._driver.tick()
            if not self._driver.closed:
                self._timer.update()
        except Exception as bug:  # noqa: BLE001
            self._fail(bug)

    def _finish(self) -> None:
        if not self._over.done():
            self._over.set_result(None)

    def _fail(self, bug: Exception) -> None:
        """A bug: it ends this connection at once."""
        self._eof_received = self._eof_sent = True
        self._driver.fail(bug)
        self._finish()


class DeadlineTimer:
    """A timer whose deadline may move with every message; the loop's timer is changed only when necessary."""

    def __init__(self, deadline: Callable[[], float], tick: Callable[[], object]) -> None:
        """`deadline` is by the loop's clock; `tick` may be called earlier, and calls `update`."""
        self._deadline = deadline
        self._tick = tick
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.TimerHandle | None = None
        self._when: float
        """The time of the loop's timer, if there is one; not every loop's timers have `when`."""

    def update(self) -> None:
        """The deadline may be earlier than before; infinity is never."""
        when, handle = self._deadline(), self._handle
        if when == math.inf or (handle is not None and self._when <= when):
            return
        if handle is not None:
            handle.cancel()
        self._when = when
        self._handle = self._loop.call_at(when, self._fire)

    def cancel(self) -> None:
        """Cancel the timer."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _fire(self) -> None:
        self._handle = None
        self._tick()


class Signal(Hook):
    """A change signal: calls its listener once, soon, however often it is called meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._due = False

    def __call__(self) -> None:
        if not self._due:
            self._due = True
            self._loop.call_soon(self._call_listener)

    def _call_listener(self) -> None:
        self._due = False
        super().__call__()


class ResultEvent:
    """A one-shot event. A single waiter may await `fired`, which is cancelled with it; several must use `wait`.

    `asyncio.Event` has three times as many objects for the garbage collector, a quarter of the cost of a call.
    """

    __slots__ = ("fired",)

    def __init__(self) -> None:
        self.fired: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def set(self) -> None:
        """Set the event, unless it is set or cancelled."""
        if not self.fired.done():
            self.fired.set_result(None)

    def is_set(self) -> bool:
        """Whether the event is set."""
        return self.fired.done()

    async def wait(self) -> None:
        """Wait until the event is set."""
        await asyncio.shield(self.fired)
