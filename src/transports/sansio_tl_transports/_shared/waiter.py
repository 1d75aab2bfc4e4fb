"""Waiting for something, whatever it is that waits: a thread, an asyncio task, a trio task."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Generic, Protocol, TypeVar

R = TypeVar("R")


class Event(Protocol):
    """threading.Event, asyncio.Event and trio.Event, as far as a driver needs them."""

    def set(self) -> object: ...


E = TypeVar("E", bound=Event)


class Pulse(Generic[E]):
    """Wakes everybody who waits at the moment, as often as it is called; waiting is for the next call."""

    def __init__(self, make_event: Callable[[], E]) -> None:
        self._make_event = make_event
        self.event = make_event()
        """Set by the next call."""

    def __call__(self) -> None:
        event, self.event = self.event, self._make_event()
        event.set()


class Answer(Generic[R, E]):
    """An answer that somebody waits for: once `event` is set, `get` returns or raises it."""

    def __init__(self, event: E) -> None:
        self.event = event
        self._value: R
        self._error: BaseException | None = None
        self._trace: TracebackType | None = None

    def succeed(self, value: R) -> None:
        """It is there."""
        self._value = value
        self.event.set()

    def fail(self, error: BaseException) -> None:
        """It will never be there."""
        self._error, self._trace = error, error.__traceback__
        self.event.set()

    def get(self) -> R:
        """Return or raise it."""
        if self._error is not None:
            raise self._error.with_traceback(self._trace)  # without the frames of others who were given it
        return self._value
