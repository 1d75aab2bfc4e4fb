"""Events for waiting threads, and the queue in which they resume."""

from __future__ import annotations

import contextlib
import threading
from collections import deque


class ResultEvent:
    """A one-shot event, as `threading.Event`, but made of a single lock."""

    __slots__ = ("_lock", "fired", "queue", "released")

    def __init__(self) -> None:
        self.fired = False
        self.released = False
        """Whether waiting threads may continue: when the event is set, or at their turn in the queue."""
        self.queue: ResumeQueue | None = None
        self._lock = threading.Lock()
        self._lock.acquire()

    def set(self) -> None:
        """Set the event."""
        if not self.fired:
            self.fired = True
            if self.queue is None:
                self.release()
            else:
                self.queue.join(self)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the event is set, `timeout` seconds at most; returns whether it is."""
        if not self.released:
            try:
                self.wait_until_released(timeout)
            finally:
                if self.released:
                    with contextlib.suppress(RuntimeError):  # another thread has released it
                        self._lock.release()  # for the next waiting thread
        return self.fired

    def release(self) -> None:
        """Let waiting threads continue."""
        self.released = True
        self._lock.release()

    def wait_until_released(self, timeout: float | None = None) -> None:
        """Wait until it is released, `timeout` seconds at most; for a single waiting thread."""
        self._lock.acquire(timeout=-1 if timeout is None else min(max(timeout, 0), threading.TIMEOUT_MAX))


class ResumeQueue:
    """Resumes threads whose answers arrive at the same time one after the other: each resumes the next one.

    All at once they would contend for the interpreter lock. Meanwhile their next requests are collected; the last
    thread sends them.
    """

    def __init__(self) -> None:
        self.is_resuming = False
        """Whether a thread was resumed that has not resumed the next one yet."""
        self.waiting: deque[ResultEvent] = deque()

    def join(self, event: ResultEvent) -> None:
        """Append an event whose thread waits for its turn."""
        self.waiting.append(event)

    def start(self) -> None:
        """Resume the first thread, unless threads are being resumed already."""
        if not self.is_resuming and self.waiting:
            self.is_resuming = True
            self.waiting.popleft().release()

    def resume_next(self) -> bool:
        """Resume the next thread; called by a resumed one. False when there is none: then call `stop` with the lock."""
        if self.waiting:
            self.waiting.popleft().release()
            return True
        return False

    def stop(self) -> None:
        """The queue is empty; start again with threads that have joined meanwhile."""
        self.is_resuming = False
        self.start()
