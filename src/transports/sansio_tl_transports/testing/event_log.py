"""The events of a data center that runs in another thread, and waiting for them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from sansio_tl.testing import DataCenterEvent, RequestServed
from sansio_tl.testing.request_log import RequestLog
from sansio_tl.testing.scripted_replies import function_of
from sansio_tl.tl.objects import Function
from sansio_tl_transports._shared.escape_text import shortened

__tracebackhide__ = True
"""pytest shows the line of the test that waited, and not the lines of this module."""

E = TypeVar("E")

_SHOWN = 20
"""How many requests the text of an error lists."""


class EventLog:
    """All events, from the first one on. Its methods may be called from any thread."""

    def __init__(self) -> None:
        self._events: list[DataCenterEvent] = []
        self._taken: set[int] = set()
        """Indexes of the events that `take` has returned, or skipped."""
        self._requests: list[RequestServed] = []
        """Those that were not cleared."""
        self._unread: list[RequestServed] = []
        """Those that `take_request` has not returned."""
        self._news = threading.Condition()

    @property
    def events(self) -> tuple[DataCenterEvent, ...]:
        """All events so far."""
        with self._news:
            return tuple(self._events)

    def add(self, event: DataCenterEvent) -> None:
        """Record an event."""
        with self._news:
            self._events.append(event)
            if isinstance(event, RequestServed):
                self._requests.append(event)
                self._unread.append(event)
            self._news.notify_all()

    def take(self, matches: Callable[[DataCenterEvent], bool], what: str, timeout: float) -> DataCenterEvent:
        """Wait for a matching event; return the last one. It and all earlier matching ones are not returned again.

        Raises TimeoutError.
        """
        with self._news:
            found: list[int] = []

            def is_there() -> bool:
                fresh = (index for index in range(len(self._events)) if index not in self._taken)
                found.extend(index for index in fresh if matches(self._events[index]))
                return bool(found)

            if not self._news.wait_for(is_there, timeout):
                raise TimeoutError(f"no {what} within {timeout} s")
            self._taken.update(found)
            return self._events[found[-1]]

    def requests(self, method: str | type[Function[Any]] | None) -> RequestLog[Any]:
        """The requests of a method, or all, that were not cleared."""
        is_meant = _of(method)
        with self._news:
            found = [served.query for served in self._requests if is_meant(served) and served.query is not None]
        return RequestLog(found, lambda: self._clear(is_meant))

    def take_request(self, method: str | type[Function[Any]], timeout: float) -> Any:
        """Wait for a request of a method, and return the first one that was not returned before.

        Raises TimeoutError, which lists the last requests.
        """
        is_meant = _of(method)
        with self._news:

            def first() -> RequestServed | None:
                return next((served for served in self._unread if is_meant(served)), None)

            found = self._news.wait_for(first, timeout)
            if found is None:
                name = method if isinstance(method, str) else method.NAME
                raise TimeoutError(f"no request {name} within {timeout} s; the last requests:{self._describe()}")
            self._unread.remove(found)
            return found.query

    def describe(self) -> str:
        """The last requests and how they were answered, a line each; without secrets."""
        with self._news:
            return self._describe()

    def _clear(self, is_meant: Callable[[RequestServed], bool]) -> None:
        with self._news:
            self._requests = [served for served in self._requests if not is_meant(served)]
            self._unread = [served for served in self._unread if not is_meant(served)]

    def _describe(self) -> str:
        last = [event for event in self._events if isinstance(event, RequestServed)][-_SHOWN:]
        return "".join(f"\n    {describe(served)}" for served in last) or " none"


def describe(served: RequestServed) -> str:
    """A request and its answer on one line."""
    user = "" if served.user_id is None else f"user {served.user_id}: "
    answer = "answered" if served.error is None else f"{served.error.code} {served.error.text}"
    return f"{user}{served.method} {shortened(repr(served.query))}: {shortened(answer)}"


def _of(method: str | type[Function[Any]] | None) -> Callable[[RequestServed], bool]:
    """Whether a request is of this method. Raises LocalProtocolError for an unknown one."""
    function = None if method is None else function_of(method)
    return lambda served: function is None or served.method == function.NAME
