"""What carries bytes between a socket of trio and its driver, and the signal that has it look for more to send.

Calls are many and small, and waking a task costs as much as a quarter of one. So bytes go out in the task in which it
turned out that there are some, be it the one that reads the socket or the signal's own; a task that waits for the
socket to take more exists only as long as the socket takes no more.
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


class Carrier:
    """Carries bytes between a socket and its driver until the link is over and all is said."""

    def __init__(self, wire: Wire, driver: ConnectionRunner, changed: Signal, leftover: bytes = b"") -> None:
        """From now on it listens to the signal, and has to be run."""
        self._wire = wire
        self._driver = driver
        self._changed = changed
        self._leftover = leftover
        self._patience = trio.CancelScope()
        self._tasks: trio.Nursery | None = None
        self._left = memoryview(b"")
        """What the socket does not take without waiting; there is a task that waits."""
        self._taken = trio.Event()
        """Set when it has taken that."""
        self._pushing = False
        self._said_all = trio.Event()
        changed.add(self)

    async def run(self) -> None:
        """Carry them."""
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
            self._tasks = None  # it takes no more, and whoever looks now has come too late

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
        """There may be something to send, or the link may be over."""
        if self._tasks is not None and not self._left and not self._said_all.is_set():
            self._say(self._driver.output(), self._tasks)
        if self._driver.closed:  # the peer may neither listen nor hang up, and then we do
            patience = CLOSE_TIMEOUT if self._driver.says_goodbye else 0.0
            self._patience.deadline = min(self._patience.deadline, in_(patience))
        return self._driver.deadline()

    def tick(self) -> None:
        """Let the driver do what is due."""
        self._driver.tick()

    def fail(self, bug: Exception) -> None:
        """Something that should not have been: it ends this connection, at once."""
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
        """Send what has to wait, until nothing has to."""
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
    """Whoever wants to know that something has changed, or that it is time."""

    def look(self) -> float:
        """Something may have changed: do what there is to do, and say when to call `tick`, by trio's clock."""
        ...

    def tick(self) -> None:
        """It may be time, or too early."""

    def fail(self, bug: Exception) -> None:
        """It raised something that should not have been."""


class Signal:
    """Something has changed: has its listeners look, once and soon, however often it was called meanwhile.

    It keeps their time, too. Deadlines move with every message, mostly to a later moment; the alarm moves only to an
    earlier one, and who is called too early says anew when to call.
    """

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._changed = self._held = False
        """Whether there is something to look at; whether somebody is about to have them look."""
        self._resting = trio.lowlevel.ParkingLot()
        self._alarm = trio.CancelScope()
        self._due = math.inf
        """When it rings."""

    def __call__(self) -> None:
        if not self._changed:
            self._changed = True
            if not self._held:
                self._resting.unpark()

    def add(self, listener: Listener) -> None:
        """Tell this one, too, before those that were there already: whoever keeps the time of all links is told last,
        when they have sent what they had to send and need no reminder of it.
        """
        self._listeners.insert(0, listener)

    def remove(self, listener: Listener) -> None:
        """Tell it no more."""
        with contextlib.suppress(ValueError):
            self._listeners.remove(listener)
        self()

    def after(self, do: Callable[[*Ts], R], *args: *Ts) -> R:
        """Do this; if it changes something, have them look at once, in this task, which wakes none for it."""
        self._held = True
        try:
            return do(*args)
        finally:
            self._held = False
            if self._changed:
                self.tell()

    def tell(self) -> None:
        """Have them look now."""
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
        """Tell them and keep their time, until nobody listens any more."""
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
        """Until something has changed; other tasks have their turn in any case."""
        if self._changed:
            await trio.lowlevel.checkpoint()
        else:
            await self._resting.park()


def in_(seconds: float | None) -> float:
    """When that will be, by trio's clock; None is never."""
    return math.inf if seconds is None else trio.current_time() + seconds
