"""The trio timer: when it wakes. The clock jumps to the next deadline."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from sansio_tl_transports.trio._pump import DeadlineTimer
from tests.transports.trio_instruments import Steps


class Due:
    """Has a deadline, and notes the times of the ticks."""

    def __init__(self) -> None:
        self.at = math.inf
        self.ticks: list[float] = []
        self.timer = DeadlineTimer(lambda: self.at, self.tick)
        self.after_tick: Callable[[], object] = lambda: None

    def tick(self) -> None:
        self.ticks.append(trio.current_time())
        if self.at <= trio.current_time():
            self.at = math.inf
        self.after_tick()

    def move(self, at: float) -> None:
        self.at = at
        self.timer.update()


def run(scenario: Callable[[Due], Awaitable[None]]) -> None:
    """With a timer that runs."""

    async def main() -> None:
        due = Due()
        async with trio.open_nursery() as tasks:
            tasks.start_soon(due.timer.run)
            await wait_all_tasks_blocked()
            await scenario(due)
            tasks.cancel_scope.cancel()

    trio.run(main, clock=MockClock(autojump_threshold=0))


def test_deadline_moved_earlier_is_kept() -> None:
    async def scenario(due: Due) -> None:
        now = trio.current_time()
        due.move(now + 10)
        due.move(now + 5)
        await trio.sleep(20)
        assert due.ticks == [now + 5]

    run(scenario)


def test_postponed_deadline_wakes_the_task_at_the_old_time_only() -> None:
    async def scenario(due: Due) -> None:
        now = trio.current_time()
        due.move(now + 5)
        steps = Steps()
        trio.lowlevel.add_instrument(steps)
        for later in range(6, 100):
            due.move(now + later)
        await trio.sleep(50)
        trio.lowlevel.remove_instrument(steps)
        assert due.ticks == [now + 5], "too early, which does nothing"
        assert steps.of["DeadlineTimer.run"] == 1
        await trio.sleep(60)
        assert due.ticks == [now + 5, now + 99]

    run(scenario)


def test_deadline_of_a_tick_is_kept() -> None:
    async def scenario(due: Due) -> None:
        now = trio.current_time()

        def again() -> None:
            if len(due.ticks) < 3:
                due.at = trio.current_time() + 2

        due.after_tick = again
        due.move(now + 1)
        await trio.sleep(20)
        assert due.ticks == [now + 1, now + 3, now + 5]

    run(scenario)


def test_deadline_before_the_timer_runs_is_kept() -> None:
    async def main() -> None:
        due = Due()
        due.move(trio.current_time() + 1)
        with pytest.raises(trio.TooSlowError), trio.fail_after(10):
            await due.timer.run()
        assert len(due.ticks) == 1

    trio.run(main, clock=MockClock(autojump_threshold=0))
