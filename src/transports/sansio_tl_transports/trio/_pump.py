"""Transfers bytes between a trio socket and its runner; and the change signal.

Calls are many and small, and waking a task costs a quarter of a call. So output is sent in the task that finds it, the
reader of the socket or the task of the signal; a task that waits for a writable socket exists only while the socket is
not writable.
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
        self._patience = trio.CancelScope()
        self._tasks: trio.Nursery | None = None
        self._left = memoryview(b"")
        """Output that a task is waiting to send."""
        self._taken = trio.Event()
        """Set when it has been sent."""
        self._pushing = False
        self._said_all = trio.Event()
        changed.add(self)

    async def run(self) -> None:
        """Run the pump."""
        try:
            with self._patience:
                async with trio.open_nursery() as tasks:
                    await self._carry(tasks)
        finally:
            self._changed.remove(self)
            self._wire.close()

    async def _carry(self, tasks: trio.Nursery) -> None:
        self._tasks = tasks
        try:
            if self._leftover:
                self._changed.after(self._driver.receive, self._leftover)
            self._changed.tell()
            await self._receive()
            await self._said_all.wait()
        except Exception as bug:  # noqa: BLE001
            self.fail(bug)
        finally:
            self._tasks = None  # closed: later changes are ignored

    async def _receive(self) -> None:
        data = b"anything"
        while data:
            try:
                data = await self._wire.receive()
            except OSError as error:
                self._break(error)
                return
            self._changed.after(self._driver.receive, data)
            if self._left and not self._driver.reads_on:
                await self._taken.wait()

    def look(self) -> float:
        """Handle a change of the runner: output or end."""
        if self._tasks is not None and not self._left and not self._said_all.is_set():
            self._say(self._driver.output(), self._tasks)
        if self._driver.closed:  # the peer may neither read nor close: close the socket then
            patience = CLOSE_TIMEOUT if self._driver.closes_gracefully else 0.0
            self._patience.deadline = min(self._patience.deadline, in_(patience))
        return self._driver.deadline()

    def tick(self) -> None:
        """Call the runner at its deadline."""
        self._driver.tick()

    def fail(self, bug: Exception) -> None:
        """A bug: it ends this connection at once."""
        self._driver.fail(bug)
        self._patience.cancel()

    def _say(self, data: bytes, tasks: trio.Nursery) -> None:
        try:
            if data:
                self._left = self._wire.send(data)
            if not self._left and self._driver.closed:
                self._wire.end()
                self._said_all.set()
        except OSError as error:
            self._break(error)
        if self._left:
            self._taken = trio.Event()
            if not self._pushing:
                self._pushing = True
                tasks.start_soon(self._push)

    async def _push(self) -> None:
        """Send the pending output."""
        while self._left:
            try:
                await self._wire.send_all(self._left)
            except OSError as error:
                self._break(error)
                return
            except Exception as bug:  # noqa: BLE001
                self.fail(bug)
                return
            self._left = memoryview(b"")
            self._taken.set()
            self._changed.tell()
        self._pushing = False

    def _break(self, error: Exception) -> None:
        try:
            self._driver.lost(error)
        except Exception as bug:  # noqa: BLE001
            self._driver.fail(bug)
        self._patience.cancel()


class Listener(Protocol):
    """Called on changes and at deadlines."""

    def look(self) -> float:
        """Handle a change, and return the deadline of `tick`, by trio's clock."""
        ...

    def tick(self) -> None:
        """Called at the deadline, or earlier."""

    def fail(self, bug: Exception) -> None:
        """Called with an exception that `settle` or `tick` raised."""


class Signal:
    """A change signal: calls its listeners once, soon, however often it is called meanwhile.

    It also keeps their deadlines, which move with every message, mostly to a later time. The timer moves only to an
    earlier time; a listener that is called too early returns its deadline again.
    """

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._changed = self._held = False
        """Whether there is a change; whether a task is about to call the listeners."""
        self._resting = trio.lowlevel.ParkingLot()
        self._alarm = trio.CancelScope()
        self._due = math.inf
        """The time of the timer."""

    def __call__(self) -> None:
        if not self._changed:
            self._changed = True
            if not self._held:
                self._resting.unpark()

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

    def after(self, do: Callable[[*Ts], R], *args: *Ts) -> R:
        """Call this; if it causes a change, call the listeners in this task, which wakes no other."""
        self._held = True
        try:
            return do(*args)
        finally:
            self._held = False
            if self._changed:
                self.tell()

    def tell(self) -> None:
        """Call the listeners now."""
        self._changed = False
        due = self._due
        for listener in tuple(self._listeners):
            try:
                due = min(due, listener.look())
            except Exception as bug:  # noqa: BLE001  the listener's own, not of the task that happened to be here
                listener.fail(bug)
        if due != self._due:
            self._alarm.deadline = self._due = due

    async def run(self) -> None:
        """Call the listeners on changes and at deadlines, until there are none."""
        while self._listeners:
            self._due = math.inf
            with trio.CancelScope() as self._alarm:
                self.tell()
                while self._listeners:
                    await self._rest()
                    if self._changed:
                        self.tell()
            if self._alarm.cancelled_caught:
                for listener in tuple(self._listeners):
                    try:
                        listener.tick()
                    except Exception as bug:  # noqa: BLE001
                        listener.fail(bug)

    async def _rest(self) -> None:
        """Wait for a change; always yields to other tasks."""
        if self._changed:
            await trio.lowlevel.checkpoint()
        else:
            await self._resting.park()


def in_(seconds: float | None) -> float:
    """A time in so many seconds, by trio's clock; None is never."""
    return math.inf if seconds is None else trio.current_time() + seconds
