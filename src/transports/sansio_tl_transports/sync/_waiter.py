"""Waiting in a thread."""

from __future__ import annotations

import contextlib
import threading
from collections import deque


class Bell:
    """Rings once, for everybody who waits and will wait. As `threading.Event`, but made of a single lock."""

    __slots__ = ("_door", "line", "opened", "rung")

    def __init__(self) -> None:
        self.rung = False
        self.opened = False
        """Whether who waits can go on: at once when it has rung, or when it is his turn in the line."""
        self.line: Line | None = None
        self._door = threading.Lock()
        self._door.acquire()

    def set(self) -> None:
        """Ring, unless it has rung."""
        if not self.rung:
            self.rung = True
            if self.line is None:
                self.open()
            else:
                self.line.join(self)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it has rung, `timeout` seconds at most; whether it has."""
        if not self.opened:
            try:
                self.stand(timeout)
            finally:
                if self.opened:
                    with contextlib.suppress(RuntimeError):  # somebody else has
                        self._door.release()  # lets the next one through
        return self.rung

    def open(self) -> None:
        """Let who waits go on."""
        self.opened = True
        self._door.release()

    def stand(self, timeout: float | None = None) -> None:
        """Wait until it is open, alone, `timeout` seconds at most."""
        self._door.acquire(timeout=-1 if timeout is None else min(max(timeout, 0), threading.TIMEOUT_MAX))


class Line:
    """Those who have been answered at the same time go on one after the other: each lets the next one go.

    All at once they would fight for the interpreter. And while the line moves, what they ask next waits: whoever is the
    last sends it for all of them.
    """

    def __init__(self) -> None:
        self.moving = False
        """Whether somebody was let go who has not let the next one go."""
        self.waiting: deque[Bell] = deque()

    def join(self, bell: Bell) -> None:
        """Wait for one's turn."""
        self.waiting.append(bell)

    def start(self) -> None:
        """Let the first one go, unless the line moves already."""
        if not self.moving and self.waiting:
            self.moving = True
            self.waiting.popleft().open()

    def go_on(self) -> bool:
        """For who was let go: let the next one go. False when there is none; then `stop`, with the lock held."""
        if self.waiting:
            self.waiting.popleft().open()
            return True
        return False

    def stop(self) -> None:
        """Nobody is left; those who have come meanwhile start anew."""
        self.moving = False
        self.start()
