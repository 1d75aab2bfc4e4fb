"""Transfers bytes between an asyncio socket and its runner; timer, change signal, and result event.

The hot path has no task of its own: data moves within callbacks, and no task is woken needlessly.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from sansio_tl_transports._shared.async_client import AnyEventLoop
from sansio_tl_transports._shared.connection_runner import CLOSE_TIMEOUT, ConnectionRunner
from sansio_tl_transports._shared.waiter import Hook
from sansio_tl_transports.asyncio._background import background
from sansio_tl_transports.asyncio._stream import Wire

T = TypeVar("T")


class SocketPump:
    """Transfers bytes between a socket and its runner until the connection is closed and all output is sent."""

    def __init__(self, wire: Wire, driver: ConnectionRunner, changed: Hook, leftover: bytes = b"") -> None:
        self._wire = wire
        self._driver = driver
        self._changed = changed
        self._leftover = leftover
        self._timer = DeadlineTimer(self._tick)
        self._waits = False
        """Whether reading is paused until the runner has handled what it has."""
        self._eof_received = self._eof_sent = self._closing = False
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Run the pump."""
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
            await self._wire.abort()

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
            if closed and not self._closing:
                self._start_close_timeout()
            if not self._wire.blocked:
                if data := self._driver.output():
                    self._wire.transport.write(data)
                    if self._wire.blocked and not self._driver.reads_on:
                        self._wire.pause_reading()
                if closed:  # and that was the last output
                    self._send_eof()
            if not closed:
                self._timer.at(self._driver.deadline())
        except OSError as error:
            self.on_closed(error)
        except Exception as bug:  # noqa: BLE001
            self._fail(bug)

    def _start_close_timeout(self) -> None:
        """The connection has ended. Close the socket when the peer does not do so in time."""
        self._closing = True
        self._timer.cancel()
        self._timer = DeadlineTimer(self._finish)
        self._timer.at(in_(CLOSE_TIMEOUT if self._driver.closes_gracefully else 0.0))

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
                self._timer.at(self._driver.deadline())
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


def in_(seconds: float | None) -> float:
    """A time in so many seconds, by the loop's clock; None is never."""
    return math.inf if seconds is None else asyncio.get_running_loop().time() + seconds


class DeadlineTimer:
    """A timer whose deadline may move with every message; the loop's timer is changed only when necessary."""

    def __init__(self, callback: Callable[[], None]) -> None:
        """`callback` is called at the deadline or earlier, and sets the next deadline."""
        self._callback = callback
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.TimerHandle | None = None
        self._when: float
        """The time of the loop's timer, if there is one; not every loop's timers have `when`."""

    def at(self, when: float) -> None:
        """Set the deadline, by the loop's clock; infinity is never."""
        handle = self._handle
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
        self._callback()


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


class EventLoop(AnyEventLoop[ResultEvent]):
    """The asyncio loop in which an engine and its tasks run."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.time = self._loop.time

    def make_event(self) -> ResultEvent:
        """An event of asyncio."""
        return ResultEvent()

    def is_current(self) -> bool:
        """Whether the caller runs in this loop."""
        return asyncio.events._get_running_loop() is self._loop  # noqa: SLF001  get_running_loop raises without one

    def in_(self, seconds: float | None) -> float:
        """A time in so many seconds, by the loop's clock; None is never."""
        return math.inf if seconds is None else self.time() + seconds

    def wait_alone(self, event: ResultEvent, seconds: float | None) -> Awaitable[object]:
        """Wait until the event is set, or for so many seconds; nothing else waits for this event."""
        return event.fired if seconds is None else self.wait(event, self.in_(seconds))

    async def wait(self, event: ResultEvent, until: float) -> None:
        """Wait until the event is set, or until this time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(None if until == math.inf else until):
                await event.wait()

    async def call_in_thread(self, job: Callable[[], T]) -> T:
        """Call a function in a thread, and return or raise what it does."""
        return await asyncio.to_thread(job)

    def background(
        self, run: Callable[[], Awaitable[None]], end: Callable[[], object], patience: float
    ) -> AbstractAsyncContextManager[None]:
        """Run something beside the body, which a cancellation of the body does not end."""
        return background(run, end, patience)

    def run_job(self, job: Callable[[], object], done: Callable[[object], None]) -> None:
        """Call a function in a thread, and `done` with its value in the loop."""
        self._loop.run_in_executor(None, job).add_done_callback(lambda future: done(future.result()))
