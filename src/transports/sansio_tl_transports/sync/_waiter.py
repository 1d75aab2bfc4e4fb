"""Events and results for threads that wait for the worker thread."""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

R = TypeVar("R")


class ResultEvent:
    """A one-shot event for any number of threads.

    `threading.Event` and `concurrent.futures.Future` hold a lock inside `wait`. A thread that Ctrl-C interrupts at the
    wrong instruction keeps it, and the worker thread would block forever in `set`. Here each waiting thread has a lock
    of its own, which the worker thread releases and never acquires.
    """

    __slots__ = ("_locks", "_set", "fired")

    def __init__(self, set_events: deque[ResultEvent]) -> None:
        """`set_events` collects the events that are set, until the worker thread fires them together."""
        self.fired = False
        self._set = set_events
        self._locks: list[threading.Lock] = []

    def set(self) -> None:
        """Set the event. Only in the worker thread."""
        self._set.append(self)

    def is_set(self) -> bool:
        """Whether the event is set, and the waiting threads are about to wake."""
        return self.fired

    def fire(self) -> None:
        """Wake the waiting threads."""
        self.fired = True
        while self._locks:
            self._locks.pop().release()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the event is set, `timeout` seconds at most; returns whether it is."""
        if not self.fired:
            lock = threading.Lock()
            lock.acquire()
            self._locks.append(lock)
            if not self.fired:  # else `fire` may not have seen this lock
                lock.acquire(timeout=-1 if timeout is None else min(max(timeout, 0), threading.TIMEOUT_MAX))
        return self.fired


class Answer(Generic[R]):
    """A pending result: once `event` is set, `get` returns or raises it."""

    def __init__(self, event: ResultEvent) -> None:
        self.event = event
        self._value: R
        self._error: BaseException | None = None

    def succeed(self, value: R) -> None:
        """Set the result."""
        self._value = value
        self.event.set()

    def fail(self, error: BaseException) -> None:
        """Set the exception."""
        self._error = error
        self.event.set()

    def get(self) -> R:
        """Return the result or raise the exception."""
        if self._error is not None:
            raise self._error
        return self._value
