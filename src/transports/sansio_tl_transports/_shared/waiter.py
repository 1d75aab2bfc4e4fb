"""Waiting for results and changes, in a thread, an asyncio task or a trio task."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Generic, Protocol, TypeVar

R = TypeVar("R")


class Event(Protocol):
    """The common method of threading.Event, asyncio.Event and trio.Event."""

    def set(self) -> object: ...


E = TypeVar("E", bound=Event)


class Pulse(Generic[E]):
    """A repeatable event: each call wakes all present waiters; a new waiter waits for the next call."""

    def __init__(self, make_event: Callable[[], E]) -> None:
        self._make_event = make_event
        self.event = make_event()
        """Set by the next call."""

    def __call__(self) -> None:
        event, self.event = self.event, self._make_event()
        event.set()


class Answer(Generic[R, E]):
    """A pending result: once `event` is set, `get` returns or raises it."""

    def __init__(self, event: E) -> None:
        self.event = event
        self._value: R
        self._error: BaseException | None = None
        self._trace: TracebackType | None = None

    def succeed(self, value: R) -> None:
        """Set the result."""
        self._value = value
        self.event.set()

    def fail(self, error: BaseException) -> None:
        """Set the exception."""
        self._error, self._trace = error, error.__traceback__
        self.event.set()

    def get(self) -> R:
        """Return the result or raise the exception."""
        if self._error is not None:
            raise self._error.with_traceback(self._trace)  # without the frames of other waiters
        return self._value
