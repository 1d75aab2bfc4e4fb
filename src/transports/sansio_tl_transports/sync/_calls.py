"""Requests of any number of threads, which wait for their answers.

One waiting thread polls the socket for all of them, instead of the background thread, and wakes the threads that are
answered. So a call is sent, waited for and received in the calling thread, without a thread switch. The polling thread
returns the socket to the background thread when it has its own answer or times out. No other waiting thread takes over
then: the background thread polls until the next call.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final, TypeVar

from sansio_tl_transports._shared.waiter import Answer
from sansio_tl_transports.sync._reactor import PollingThread, Reactor
from sansio_tl_transports.sync._signals import HeldSignals, held
from sansio_tl_transports.sync._waiter import ResultEvent, ResumeQueue

H = TypeVar("H")
R = TypeVar("R")

_SET: Final = ResultEvent()
"""A set event, for before the request is made."""
_SET.set()


def ask(
    reactor: Reactor,
    invoke: Callable[[], tuple[H, Answer[R, ResultEvent]]],
    forget: Callable[[H], None],
    timeout: float | None,
) -> Answer[R, ResultEvent]:
    """Make a request and wait for its answer, at most `timeout` seconds; returns the answer, set or not.

    Raises what `invoke` raises. Without an answer the request is cancelled.
    """
    until = math.inf if timeout is None else time.monotonic() + timeout
    event = _SET
    try:
        with held() as signals:
            reactor.enter()
            try:
                handle, answer = invoke()
                event = answer.event
                lead = reactor.start_polling(event)
                if lead is None and not event.fired and not signals.strike:
                    event.line = reactor.line
            finally:
                reactor.leave(later=reactor.line.moving)
            if lead is not None:
                _look(reactor, lead, until, signals)
        if not event.fired or event.line is not None:
            event.stand(None if timeout is None else until - time.monotonic())
    finally:
        if not event.fired:
            with reactor.lock:
                if not event.fired:
                    # The event is not set, so a request was made.
                    forget(handle)  # pyright: ignore[reportPossiblyUnboundVariable, reportArgumentType]
        if event.fired and event.line is not None:
            _go_on(reactor, event, event.line)
    return answer


def _look(reactor: Reactor, lead: PollingThread, until: float, signals: HeldSignals) -> None:
    """Poll until the answer is there, the connection is closed, or the timeout."""
    last = False
    try:
        while reactor.lead is lead:
            try:
                with signals.interrupting:
                    lead.look(until - time.monotonic())
            except InterruptedError:
                last = True
            reactor.enter()
            try:
                reactor.finish_polling(lead, last=last or until <= time.monotonic())
            finally:
                reactor.leave()
    finally:
        if reactor.lead is lead:
            with reactor.lock:
                reactor.finish_polling(lead, last=True)


def _go_on(reactor: Reactor, event: ResultEvent, line: ResumeQueue) -> None:
    """Wait for this thread's turn in the queue, and resume the next thread."""
    if not event.opened:
        event.stand()
    if not line.go_on():
        with reactor.lock:
            line.stop()
