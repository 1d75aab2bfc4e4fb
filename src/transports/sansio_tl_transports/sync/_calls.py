"""Blocking requests, from any number of threads.

One waiting thread polls the socket for all of them, instead of the background thread, and wakes the threads whose
answers arrive. So a request is sent and its answer received in the calling thread, without a thread switch. The polling
thread returns the socket to the background thread when it has its own answer or times out. No other waiting thread
takes over then: the background thread polls until the next request.
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
"""A set event, used until the request has been made."""
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
                polling = reactor.start_polling(event)
                if polling is None and not event.fired and not signals.is_main_thread:
                    event.queue = reactor.resume_queue
            finally:
                reactor.leave(later=reactor.resume_queue.is_resuming)
            if polling is not None:
                _poll(reactor, polling, until, signals)
        if not event.fired or event.queue is not None:
            event.wait_until_released(None if timeout is None else until - time.monotonic())
    finally:
        if not event.fired:
            with reactor.lock:
                if not event.fired:
                    # The event is not set, so a request was made.
                    forget(handle)  # pyright: ignore[reportPossiblyUnboundVariable, reportArgumentType]
        if event.fired and event.queue is not None:
            _resume_next(reactor, event, event.queue)
    return answer


def _poll(reactor: Reactor, polling: PollingThread, until: float, signals: HeldSignals) -> None:
    """Poll until the answer is there, the connection is closed, or the timeout."""
    last = False
    try:
        while reactor.polling_thread is polling:
            try:
                with signals.interrupting:
                    polling.poll(until - time.monotonic())
            except InterruptedError:
                last = True
            reactor.enter()
            try:
                reactor.finish_polling(polling, last=last or until <= time.monotonic())
            finally:
                reactor.leave()
    finally:
        if reactor.polling_thread is polling:
            with reactor.lock:
                reactor.finish_polling(polling, last=True)


def _resume_next(reactor: Reactor, event: ResultEvent, queue: ResumeQueue) -> None:
    """Wait for this thread's turn in the queue, and resume the next thread."""
    if not event.released:
        event.wait_until_released()
    if not queue.resume_next():
        with reactor.lock:
            queue.stop()
