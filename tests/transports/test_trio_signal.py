"""The trio signal, which makes pumps look for output: what it wakes, and when. The clock jumps to the next deadline."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from sansio_tl_transports.trio._pump import Signal
from tests.transports.trio_instruments import Steps


class Listener:
    """One that wants to be called at certain moments."""

    def __init__(self) -> None:
        self.due = math.inf
        self.looked = 0
        self.rang: list[float] = []
        self.bugs: list[Exception] = []

    def on_change(self) -> float:
        self.looked += 1
        return self.due

    def tick(self) -> None:
        self.rang.append(trio.current_time())
        if self.due <= trio.current_time():
            self.due = math.inf

    def fail(self, bug: Exception) -> None:
        self.bugs.append(bug)
        self.due = math.inf


def run(scenario: Callable[[Signal, Listener], Awaitable[None]]) -> None:
    """With a signal that runs, and its only listener."""

    async def main() -> None:
        signal, listener = Signal(), Listener()
        signal.add(listener)
        async with trio.open_nursery() as tasks:
            tasks.start_soon(signal.run)
            await wait_all_tasks_blocked()
            await scenario(signal, listener)
            signal.remove(listener)  # and then it comes to its end

    trio.run(main, clock=MockClock(autojump_threshold=0))


def test_listener_runs_once_for_several_changes() -> None:
    async def scenario(signal: Signal, listener: Listener) -> None:
        before = listener.looked
        for _ in range(5):
            signal()
        assert listener.looked == before, "not in the task that changed something"
        await wait_all_tasks_blocked()
        assert listener.looked == before + 1

    run(scenario)


def test_change_during_a_listener_runs_it_again() -> None:
    class Restless(Listener):
        def on_change(self) -> float:
            if self.looked < 3:
                signal()
            return super().on_change()

    signal, restless = Signal(), Restless()
    signal.add(restless)

    async def main() -> None:
        async with trio.open_nursery() as tasks:
            tasks.start_soon(signal.run)
            await wait_all_tasks_blocked()
            assert restless.looked == 4
            signal.remove(restless)

    trio.run(main)


def test_listener_runs_at_once_after_a_change_of_its_own() -> None:
    async def scenario(signal: Signal, listener: Listener) -> None:
        steps, before = Steps(), listener.looked
        trio.lowlevel.add_instrument(steps)
        signal.after(signal)
        assert listener.looked == before + 1
        await wait_all_tasks_blocked()
        assert listener.looked == before + 1
        assert steps.of["Signal.run"] == 0

    run(scenario)


def test_listeners_are_not_woken_without_a_change() -> None:
    async def scenario(signal: Signal, listener: Listener) -> None:
        before = listener.looked
        assert signal.after(len, b"data") == 4
        assert listener.looked == before

    run(scenario)


def test_change_before_an_exception_is_noticed() -> None:
    async def scenario(signal: Signal, listener: Listener) -> None:
        def change_and_fail() -> None:
            signal()
            raise KeyError

        before = listener.looked
        with pytest.raises(KeyError):
            signal.after(change_and_fail)
        assert listener.looked == before + 1
        signal()
        await wait_all_tasks_blocked()
        assert listener.looked == before + 2

    run(scenario)


@pytest.mark.parametrize("where", ["on_change", "tick"])
def test_bug_in_a_listener_does_not_affect_the_others(where: str) -> None:
    def the_bug() -> float:
        raise ZeroDivisionError

    async def scenario(signal: Signal, listener: Listener) -> None:
        buggy = Listener()
        setattr(buggy, where, the_bug)  # it goes on raising, and does not ask to be called
        buggy.due = listener.due = trio.current_time() + 1
        signal.add(buggy)
        looked = listener.looked
        signal.after(signal)
        assert listener.looked == looked + 1
        await trio.sleep(2)
        assert listener.rang
        assert {type(bug) for bug in buggy.bugs} == {ZeroDivisionError}
        assert listener.bugs == []
        signal.remove(buggy)

    run(scenario)


def test_deadline_moved_earlier_is_kept() -> None:
    async def scenario(signal: Signal, listener: Listener) -> None:
        began = trio.current_time()
        for due in (20.0, 10.0):
            listener.due = began + due
            signal.after(signal)
        await trio.sleep(15)
        assert listener.rang == [began + 10]

    run(scenario)


def test_earliest_deadline_of_all_listeners_is_kept() -> None:
    async def scenario(signal: Signal, listener: Listener) -> None:
        began = trio.current_time()
        other = Listener()
        signal.add(other)
        other.due, listener.due = began + 20, began + 10
        signal()
        await trio.sleep(15)
        assert listener.rang == [began + 10]
        signal.remove(other)

    run(scenario)


def test_postponed_deadline_wakes_the_task_at_the_old_time_only() -> None:
    async def scenario(signal: Signal, listener: Listener) -> None:
        began = trio.current_time()
        listener.due = began + 10
        signal()
        await wait_all_tasks_blocked()
        steps = Steps()
        trio.lowlevel.add_instrument(steps)
        for later in range(1, 21):
            listener.due = began + 10 + later
            signal.after(signal)
            await wait_all_tasks_blocked()
        assert steps.of["Signal.run"] == 0
        await trio.sleep(40)
        assert listener.rang == [began + 10, began + 30], "too early does no harm"

    run(scenario)
