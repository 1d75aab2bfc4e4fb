"""Events for waiting threads, and the queue in which they resume."""

from __future__ import annotations

import contextlib
import threading
from collections import deque


class ResultEvent:
    """A one-shot event, as `threading.Event`, but made of a single lock."""

    __slots__ = ("_door", "fired", "line", "opened")

    def __init__(self) -> None:
        self.fired = False
        self.opened = False
        """Whether waiting threads may go on: when the event is set, or at their turn in the queue."""
        self.line: ResumeQueue | None = None
        self._door = threading.Lock()
        self._door.acquire()

    def set(self) -> None:
        """Set the event."""
        if not self.fired:
            self.fired = True
            if self.line is None:
                self.open()
            else:
                self.line.join(self)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the event is set, `timeout` seconds at most; returns whether it is."""
        if not self.opened:
            try:
                self.stand(timeout)
            finally:
                if self.opened:
                    with contextlib.suppress(RuntimeError):  # another thread has released it
                        self._door.release()  # for the next waiting thread
        return self.fired

    def open(self) -> None:
        """Let waiting threads go on."""
        self.opened = True
        self._door.release()

    def stand(self, timeout: float | None = None) -> None:
        """Wait until it is open, `timeout` seconds at most; for a single waiting thread."""
        self._door.acquire(timeout=-1 if timeout is None else min(max(timeout, 0), threading.TIMEOUT_MAX))


class ResumeQueue:
    """Threads that are answered at the same time resume one after the other: each resumes the next one.

    All at once they would contend for the interpreter lock. While the queue moves, their next requests are collected;
    the last thread sends them.
    """

    def __init__(self) -> None:
        self.moving = False
        """Whether a thread was resumed that has not resumed the next one yet."""
        self.waiting: deque[ResultEvent] = deque()

    def join(self, event: ResultEvent) -> None:
        """Append an event whose thread waits for its turn."""
        self.waiting.append(event)

    def start(self) -> None:
        """Resume the first thread, unless the queue moves already."""
        if not self.moving and self.waiting:
            self.moving = True
            self.waiting.popleft().open()

    def go_on(self) -> bool:
        """Resume the next thread; called by a resumed one. False when there is none: then call `stop` with the lock."""
        if self.waiting:
            self.waiting.popleft().open()
            return True
        return False

    def stop(self) -> None:
        """The queue is empty; start again with threads that have joined meanwhile."""
        self.moving = False
        self.start()
