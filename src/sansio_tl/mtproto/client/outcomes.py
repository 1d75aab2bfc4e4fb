"""Outcomes in a queue of events: what they do to the handles of their requests."""

from __future__ import annotations

from collections import deque
from typing import Any, TypeVar

from sansio_tl.errors import ConnectionLostError
from sansio_tl.events import Outcome, OutcomeUnknown, RequestFailed, ResultReceived
from sansio_tl.mtproto.client.request import RequestHandle

E = TypeVar("E")
_OUTCOMES = (ResultReceived, RequestFailed, OutcomeUnknown)


def next_event(events: deque[E]) -> E | None:
    """The next event; None when there is none. If it is the outcome of a request, its handle is done.

    Raises what the request's `on_done` raises: then the event stays in the queue, and the callback is not called again.
    """
    if not events:
        return None
    event = events.popleft()
    if isinstance(event, _OUTCOMES):
        try:
            _settle(event)
        except BaseException:
            events.appendleft(event)
            raise
    return event


def _settle(outcome: Outcome) -> None:
    if isinstance(outcome, ResultReceived):
        outcome.handle.set_result(outcome.result)
    elif isinstance(outcome, RequestFailed):
        outcome.handle.set_error(outcome.error)
    else:
        outcome.handle.set_error(ConnectionLostError(outcome.reason))


def withdraw(events: deque[E], handle: RequestHandle[Any]) -> bool:
    """Remove the outcome of a request that is cancelled; returns whether there was one."""
    for event in events:
        if isinstance(event, _OUTCOMES) and event.handle is handle:
            events.remove(event)
            return True
    return False
