"""Transfers bytes between a trio socket and its runner: a reader, a writer and a timer task."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable

import trio

from sansio_tl_transports._shared.connection_runner import CLOSE_TIMEOUT, ConnectionRunner
from sansio_tl_transports._shared.waiter import Hook
from sansio_tl_transports.trio._stream import Wire


def _nothing() -> None:
    """The task has not begun."""


class DeadlineTimer:
    """Calls a function at a deadline that moves with every message, mostly to a later time."""

    def __init__(self, deadline: Callable[[], float], tick: Callable[[], object]) -> None:
        """`deadline` is by trio's clock; `tick` may be called earlier."""
        self._deadline = deadline
        self._tick = tick
        self._scope = trio.CancelScope(deadline=-math.inf)
        self.cancel: Callable[[], object] = _nothing
        """Ends the task."""

    async def run(self) -> None:
        """Call `tick` at the deadlines, for ever."""
        while True:
            with trio.CancelScope(deadline=self._deadline()) as self._scope:
                await trio.sleep_forever()
            self._tick()

    def update(self) -> None:
        """The deadline may be earlier than before."""
        deadline = self._deadline()
        self._scope.deadline = min(self._scope.deadline, deadline)


class SocketPump:
    """Transfers bytes between a socket and its runner until the connection is closed and all output is sent."""

    def __init__(self, wire: Wire, driver: ConnectionRunner, changed: Hook, leftover: bytes = b"") -> None:
        self._wire = wire
        self._driver = driver
        self._leftover = leftover
        self._close_scope = trio.CancelScope()
        self._timer = DeadlineTimer(driver.deadline, driver.tick)
        self._wakeup = trio.Event()
        """Set when there is something for the writer."""
        self._sending = trio.Lock()
        self._handled = trio.Event()
        """Set when data that the reader waits for is handled."""
        self._receiving = False
        """Whether the reader sends what comes next: then the writer need not wake."""
        changed.listener = self._on_change

    async def run(self) -> None:
        """Run the pump."""
        self._on_change()  # it may have ended before
        try:
            with self._close_scope:
                async with trio.open_nursery() as tasks:
                    tasks.start_soon(self._guarded, self._timer.run)
                    async with trio.open_nursery() as transfer:
                        transfer.start_soon(self._guarded, self._write)
                        await self._guarded(self._read)
                    tasks.cancel_scope.cancel()
        finally:
            self._wire.close()

    async def _guarded(self, run: Callable[[], Awaitable[None]]) -> None:
        """A broken socket or a bug ends the connection at once."""
        try:
            try:
                await run()
            except OSError as error:
                self._driver.lost(error)
                self._close_scope.cancel()
        except Exception as bug:  # noqa: BLE001
            self._driver.fail(bug)
            self._close_scope.cancel()

    async def _read(self) -> None:
        driver = self._driver
        data = self._leftover or await self._wire.receive()
        while data:
            if driver.reads_on:
                driver.receive(data)
            else:  # it takes no more requests while the peer does not read the answers
                self._receiving = True
                driver.receive(data)
                self._receiving = False
                if driver.is_waiting:
                    self._handled = trio.Event()
                    await self._handled.wait()
                await self._send()
                self._timer.update()
            data = await self._wire.receive()
        driver.receive(b"")

    async def _write(self) -> None:
        closed = False
        while not closed:
            self._wakeup = trio.Event()
            closed = self._driver.closed  # then this is the last output
            await self._send()
            self._timer.update()
            if not closed:
                await self._wakeup.wait()
        self._wire.end()

    async def _send(self) -> None:
        if self._sending.locked():
            await self._sending.acquire()
        else:
            self._sending.acquire_nowait()  # without a checkpoint, which costs as much as waking the task
        try:
            if data := self._driver.output():
                await self._wire.send_all(data)
        finally:
            self._sending.release()

    def _on_change(self) -> None:
        """The runner has output, or has ended."""
        closed = self._driver.closed
        if closed:  # the peer may neither read nor close: close the socket then
            timeout = CLOSE_TIMEOUT if self._driver.closes_gracefully else 0.0
            self._close_scope.deadline = min(self._close_scope.deadline, trio.current_time() + timeout)
        if not self._driver.is_waiting:
            self._handled.set()
        if closed or not self._receiving:
            self._wakeup.set()
