"""Counting what trio's tasks do: time says little about a machine that others use, too."""

from __future__ import annotations

from collections import Counter

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
