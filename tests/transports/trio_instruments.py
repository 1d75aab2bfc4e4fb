"""Instruments that count the steps of trio's tasks: unlike times, they do not depend on the load."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Awaitable, Callable

import trio


class Steps(trio.abc.Instrument):
    """Counts the steps of tasks, by the name of what the task runs."""

    def __init__(self) -> None:
        self.of: Counter[str] = Counter()

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self.of[task.coro.__qualname__] += 1


class Canceller(trio.abc.Instrument):
    """Cancels a scope after so many steps of tasks."""

    def __init__(self, scope: trio.CancelScope, steps: int) -> None:
        self.scope = scope
        self.steps = steps
        """How many are left."""

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        self.steps -= 1
        if self.steps == 0:
            self.scope.cancel()


def after_every_step(cancelled_after: Callable[[int], Awaitable[bool]], opened: list[socket.socket]) -> None:
    """Run it, cancelled after one step of tasks more each time, until it takes no more: it leaves no socket open."""
    steps, takes_so_many = 0, True
    while takes_so_many:
        steps += 1
        takes_so_many = trio.run(cancelled_after, steps)
        assert all(each.fileno() == -1 for each in opened), f"left open when cancelled after {steps} steps of tasks"
        opened.clear()
    assert steps > 10, "it came to its end"
