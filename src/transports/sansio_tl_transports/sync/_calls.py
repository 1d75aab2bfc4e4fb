"""Requests of any number of threads, which wait for the answers.

One of those who wait leads: he looks for what comes over the link, in the place of the thread behind it, takes it, and
wakes those who are answered. So a call is sent, waited for and received by the thread that makes it, and no other one
runs. He gives the socket back when he has his own answer, or has waited long enough. Nobody takes the lead from him,
and nobody who waits already is asked to lead: the thread does until the next call.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final, TypeVar

from sansio_tl_transports._shared.waiter import Answer
from sansio_tl_transports.sync._reactor import Carriers, Lead
from sansio_tl_transports.sync._signals import HeldSignals, held
from sansio_tl_transports.sync._waiter import Bell, Line

H = TypeVar("H")
R = TypeVar("R")

_RUNG: Final = Bell()
"""What one waits for before anything is asked: nothing."""
_RUNG.set()


def ask(
    carriers: Carriers,
    invoke: Callable[[], tuple[H, Answer[R, Bell]]],
    forget: Callable[[H], None],
    timeout: float | None,
) -> Answer[R, Bell]:
    """Make a request and wait for the answer, which is returned, whether it is there or `timeout` seconds have passed.

    Raises what `invoke` raises. If there is no answer the request is forgotten.
    """
    until = math.inf if timeout is None else time.monotonic() + timeout
    bell = _RUNG
    try:
        with held() as signals:
            carriers.enter()
            try:
                handle, answer = invoke()
                bell = answer.event
                lead = carriers.take_over(bell)
                if lead is None and not bell.rung and not signals.strike:
                    bell.line = carriers.line
            finally:
                carriers.leave(later=carriers.line.moving)
            if lead is not None:
                _look(carriers, lead, until, signals)
        if not bell.rung or bell.line is not None:
            bell.stand(None if timeout is None else until - time.monotonic())
    finally:
        if not bell.rung:
            with carriers.lock:
                if not bell.rung:
                    # Not rung: there was a request.
                    forget(handle)  # pyright: ignore[reportPossiblyUnboundVariable, reportArgumentType]
        if bell.rung and bell.line is not None:
            _go_on(carriers, bell, bell.line)
    return answer


def _look(carriers: Carriers, lead: Lead, until: float, signals: HeldSignals) -> None:
    """Lead until there is nothing to lead for any more."""
    last = False
    try:
        while carriers.lead is lead:
            try:
                with signals.interrupting:
                    lead.look(until - time.monotonic())
            except InterruptedError:
                last = True
            carriers.enter()
            try:
                carriers.take(lead, last=last or until <= time.monotonic())
            finally:
                carriers.leave()
    finally:
        if carriers.lead is lead:
            with carriers.lock:
                carriers.take(lead, last=True)


def _go_on(carriers: Carriers, bell: Bell, line: Line) -> None:
    """Let the next one in the line go, when it is one's own turn."""
    if not bell.opened:
        bell.stand()
    if not line.go_on():
        with carriers.lock:
            line.stop()
