"""Transfers bytes between a trio socket and its runner; and the change signal.

Waking a task costs a quarter of a small request. So output is sent in the task that finds it, the reader of the socket
or the task of the signal; a task that waits for a writable socket exists only while the socket is not writable.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from typing import Protocol, TypeVar, TypeVarTuple

import trio

from sansio_tl_transports._shared.connection_runner import CLOSE_TIMEOUT, ConnectionRunner
from sansio_tl_transports.trio._stream import Wire

R = TypeVar("R")
Ts = TypeVarTuple("Ts")


class SocketPump:
    """Transfers bytes between a socket and its runner until the connection is closed and all output is sent."""

    def __init__(self, wire: Wire, driver: ConnectionRunner, changed: Signal, leftover: bytes = b"") -> None:
        """Adds itself to the listeners of the signal; `run` must be called."""
        self._wire = wire
        self._driver = driver
        self._changed = changed
        self._leftover = leftover
        self._close_scope = trio.CancelScope()
        self._tasks: trio.Nursery | None = None
        self._unsent = memoryview(b"")
        """Output that a task is waiting to send."""
        self._unsent_done = trio.Event()
        """Set when it has been sent."""
        self._sending = False
        self._eof_sent = trio.Event()
        changed.add(self)

    async def run(self) -> None:
        """Run the pump."""
        try:
            with self._close_scope:
                async with trio.open_nursery() as tasks:
                    await self._run_in(tasks)
        finally:
            self._changed.remove(self)
            self._wire.close()

    async def _run_in(self, tasks: trio.Nursery) -> None:
        self._tasks = tasks
        try:
            if self._leftover:
                self._changed.after(self._driver.receive, self._leftover)
            self._changed.call_listeners()
            await self._receive()
            await self._eof_sent.wait()
        except Exception as bug:  # noqa: BLE001
            self.fail(bug)
        finally:
            self._tasks = None  # closed: later changes are ignored

    async def _receive(self) -> None:
        data = b"initial value"
        while data:
            try:
                data = await self._wire.receive()
            except OSError as error:
                self._break(error)
                return
            self._changed.after(self._driver.receive, data)
            if self._unsent and not self._driver.reads_on:
                await self._unsent_done.wait()

    def on_change(self) -> float:
        """Process a change of the runner: output or end."""
        if self._tasks is not None and not self._unsent and not self._eof_sent.is_set():
            self._send(self._driver.output(), self._tasks)
        if self._driver.closed:  # the peer may neither read nor close: close the socket then
            timeout = CLOSE_TIMEOUT if self._driver.closes_gracefully else 0.0
            self._close_scope.deadline = min(self._close_scope.deadline, in_(timeout))
        return self._driver.deadline()

    def tick(self) -> None:
        """Call the runner at its deadline."""
        self._driver.tick()

    def fail(self, bug: Exception) -> None:
        """A bug: it ends this connection at once."""
        self._driver.fail(bug)
        self._close_scope.cancel()

    def _send(self, data: bytes, tasks: trio.Nursery) -> None:
        try:
            if data:
                self._unsent = self._wire.send(data)
            if not self._unsent and self._driver.closed:
                self._wire.end()
                self._eof_sent.set()
        except OSError as error:
            self._break(error)
        if self._unsent:
            self._unsent_done = trio.Event()
            if not self._sending:
                self._sending = True
                tasks.start_soon(self._send_unsent)

    async def _send_unsent(self) -> None:
        """Send the pending output."""
        while self._unsent:
            try:
                await self._wire.send_all(self._unsent)
            except OSError as error:
                self._break(error)
                return
            except Exception as bug:  # noqa: BLE001
                self.fail(bug)
                return
            self._unsent = memoryview(b"")
            self._unsent_done.set()
            self._changed.call_listeners()
        self._sending = False

    def _break(self, error: Exception) -> None:
        try:
            self._driver.lost(error)
        except Exception as bug:  # noqa: BLE001
            self._driver.fail(bug)
        self._close_scope.cancel()


class Listener(Protocol):
    """Called on changes and at deadlines."""

    def on_change(self) -> float:
        """Process a change, and return the deadline of `tick`, by trio's clock."""
        ...

    def tick(self) -> None:
        """Called at the deadline, or earlier."""

    def fail(self, bug: Exception) -> None:
        """Called with an exception that `on_change` or `tick` raised."""


class Signal:
    """A change signal: calls its listeners once, soon, however often it is called meanwhile.

    It also keeps their deadlines, which move with every message, mostly to a later time. The timer moves only to an
    earlier time; a listener that is called too early returns its deadline again.
    """

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._changed = self._deferred = False
        """Whether there is a change; whether a task is about to call the listeners."""
        self._parked = trio.lowlevel.ParkingLot()
        self._timer = trio.CancelScope()
        self._due = math.inf
        """The time of the timer."""

    def __call__(self) -> None:
        if not self._changed:
            self._changed = True
            if not self._deferred:
                self._parked.unpark()

    def add(self, listener: Listener) -> None:
        """Add a listener in front of the others: the first listener, which sets the timer of all connections, is called
        last, when they have sent their output.
        """
        self._listeners.insert(0, listener)

    def remove(self, listener: Listener) -> None:
        """Remove a listener."""
        with contextlib.suppress(ValueError):
            self._listeners.remove(listener)
        self()

    def after(self, function: Callable[[*Ts], R], *args: *Ts) -> R:
        """Call this; if it causes a change, call the listeners in this task, which wakes no other."""
        self._deferred = True
        try:
            return function(*args)
        finally:
            self._deferred = False
            if self._changed:
                self.call_listeners()

    def call_listeners(self) -> None:
        """Call the listeners now."""
        self._changed = False
        due = self._due
        for listener in tuple(self._listeners):
            try:
                due = min(due, listener.on_change())
            except Exception as bug:  # noqa: BLE001  a bug of the listener, not of the current task
                listener.fail(bug)
        if due != self._due:
            self._timer.deadline = self._due = due

    async def run(self) -> None:
        """Call the listeners on changes and at deadlines, until there are none."""
        while self._listeners:
            self._due = math.inf
            with trio.CancelScope() as self._timer:
                self.call_listeners()
                while self._listeners:
                    await self._wait()
                    if self._changed:
                        self.call_listeners()
            if self._timer.cancelled_caught:
                for listener in tuple(self._listeners):
                    try:
                        listener.tick()
                    except Exception as bug:  # noqa: BLE001
                        listener.fail(bug)

    async def _wait(self) -> None:
        """Wait for a change; always yields to other tasks."""
        if self._changed:
            await trio.lowlevel.checkpoint()
        else:
            await self._parked.park()


def in_(seconds: float | None) -> float:
    """A time in so many seconds, by trio's clock; None is never."""
    return math.inf if seconds is None else trio.current_time() + seconds
