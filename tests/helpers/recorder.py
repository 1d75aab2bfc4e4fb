"""A tracer that keeps what it is given."""

from __future__ import annotations

from typing import TypeVar

from sansio_tl.trace import TraceEvent

E = TypeVar("E")


class Recorder:
    """Keeps the events and their times."""

    def __init__(self, *, wants_contents: bool = False) -> None:
        self.wants_contents = wants_contents
        self.recorded: list[tuple[float, TraceEvent]] = []

    def record(self, event: TraceEvent, now: float) -> None:
        self.recorded.append((now, event))

    @property
    def events(self) -> list[TraceEvent]:
        return [event for _, event in self.recorded]

    @property
    def names(self) -> list[str]:
        """The kinds of the events, in their order."""
        return [type(event).__name__ for event in self.events]

    def of(self, kind: type[E]) -> list[E]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def take(self) -> list[TraceEvent]:
        """The events since this was called last."""
        events, self.recorded = self.events, []
        return events
