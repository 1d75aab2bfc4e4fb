"""Divides a server's time among its connections: fair queueing, by the time that each has taken.

Bytes say little: a packet of 40 KB may hold a thousand requests. Data is handled at once while the present turn of the
event loop has time left. Else it waits, and goes in the order in which the connections would have finished if each
always took an equal part of the time. A call then waits for the data that is being handled, not for that of a hundred
busy connections.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable
from itertools import count
from typing import Any, Final, TypeAlias

from sansio_tl_transports._shared.clock import Clock
from sansio_tl_transports._shared.connection_runner import ConnectionRunner, Engine
from sansio_tl_transports._shared.waiter import RunJob

TURN: Final = 0.005
"""Seconds after which a turn begins to handle no more data, so that the event loop can read sockets and call timers."""

CallSoon: TypeAlias = Callable[[Callable[[], None]], Any]
"""Calls a function in the next turn of the event loop, after the I/O of this one."""


class FairQueue:
    """The connections of a server whose data waits for its turn."""

    def __init__(self, call_soon: CallSoon, processor_time: Callable[[], float] = time.thread_time) -> None:
        """`processor_time` does not count the time that other threads and processes take."""
        self.processor_time = processor_time
        self._call_soon = call_soon
        self._waiting: list[tuple[float, int, ServerConnectionRunner]] = []
        """A heap: when each would have finished, the order of arrival, and the connection."""
        self._numbers = count()
        self._virtual_time = 0.0
        """The time that the connection served last had taken before. One that was idle continues from there: it has
        no time saved up."""
        self._spent = 0.0
        """Seconds that the present turn has taken."""
        self._turn_is_over = False
        """Whether data waits for the next turn."""

    def add(self, runner: ServerConnectionRunner) -> None:
        """Let a connection handle its data, now or in its turn."""
        runner.taken = max(runner.taken, self._virtual_time)
        if self._turn_is_over:
            heapq.heappush(self._waiting, (runner.taken + runner.expected, next(self._numbers), runner))
        else:
            self._serve(runner)

    def charge(self, runner: ServerConnectionRunner, seconds: float) -> None:
        """A connection has taken time."""
        runner.taken += seconds
        self._spent += seconds
        if self._spent >= TURN and not self._turn_is_over:
            self._turn_is_over = True
            self._call_soon(self._begin_turn)

    def _begin_turn(self) -> None:
        self._spent, self._turn_is_over = 0.0, False
        while self._waiting and not self._turn_is_over:
            runner = heapq.heappop(self._waiting)[2]
            self._serve(runner)
            runner.resume()

    def _serve(self, runner: ServerConnectionRunner) -> None:
        self._virtual_time = max(self._virtual_time, runner.taken)
        runner.handle()


class ServerConnectionRunner(ConnectionRunner):
    """A server's end of one connection. An exception of the engine ends it, in whichever turn it occurs."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        changed: Callable[[], None],
        on_bug: Callable[[Exception], object],
        queue: FairQueue,
        resume: Callable[[], None],
        run_job: RunJob | None = None,
    ) -> None:
        """`resume` is called when data that has waited is handled, even if the connection has ended meanwhile."""
        super().__init__(engine, clock, changed, on_bug, run_job)
        self._queue = queue
        self.resume = resume
        self._unhandled: list[bytes] = []
        self._has_failed = False
        self.taken = 0.0
        """Seconds, and those that others had taken while this connection was idle."""
        self.expected = TURN
        """Seconds that its next data may take, by what earlier data took. A new connection goes after quick ones."""

    @property
    def is_waiting(self) -> bool:
        """Whether received data waits for its turn."""
        return bool(self._unhandled)

    @property
    def closes_gracefully(self) -> bool:
        """Not after a bug."""
        return not self._has_failed

    def fail(self, bug: Exception) -> None:
        """An unexpected exception of the engine or the adapter: it ends this connection only, at once."""
        self._has_failed = True
        super().fail(bug)

    def receive(self, data: bytes) -> None:
        """Handle received data, now or in its turn; ``b""`` is the end of the stream.

        The end takes no time: a closed connection does not wait behind open ones, or its session would seem in use.
        """
        self._unhandled.append(data)
        if len(self._unhandled) > 1:  # it has its place in the queue: only the end may follow
            return
        if data:
            self._queue.add(self)
        else:
            self.handle()

    def handle(self) -> None:
        """Handle the data: its turn has come."""
        unhandled, self._unhandled = self._unhandled, []
        begin = self._queue.processor_time()
        try:
            for data in unhandled:
                super().receive(data)
        except Exception as bug:  # noqa: BLE001
            self.fail(bug)
        finally:
            seconds = self._queue.processor_time() - begin
            self.expected = (self.expected + seconds) / 2
            self._queue.charge(self, seconds)

    def output(self) -> bytes:
        """The bytes to send now, which take their time, too."""
        begin = self._queue.processor_time()
        try:
            return super().output()
        finally:
            self._queue.charge(self, self._queue.processor_time() - begin)
