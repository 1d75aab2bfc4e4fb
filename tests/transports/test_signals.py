"""The blocking adapter installs no signal handlers: those of the application run, and what they raise is raised."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

import pytest

from tests.helpers.scripted_data_center import (
    ANSWERED,
    NEAREST,
    PUSHED,
    PUSHES_TO_OTHERS,
    UNANSWERED,
    ScriptedDataCenter,
)
from tests.transports.sync_connections import SOON, connected, needs_signals, two_connected, until

pytestmark = needs_signals


class InjectedError(Exception):
    """What a handler raises."""


@contextlib.contextmanager
def handling(number: int, handle: Callable[[], None]) -> Iterator[list[int]]:
    """A handler of this signal, and the signals that it got."""
    got: list[int] = []

    def handler(number: int, frame: FrameType | None) -> None:
        del frame
        got.append(number)
        handle()

    former = signal.signal(number, handler)
    try:
        yield got
        assert signal.getsignal(number) is handler
    finally:
        signal.signal(number, former)


def fail() -> None:
    raise InjectedError


@contextlib.contextmanager
def signalled(number: int, data_center: ScriptedDataCenter) -> Iterator[None]:
    """This thread gets the signal while it waits for the answer to UNANSWERED."""
    me = threading.get_ident()

    def send() -> None:
        until(lambda: UNANSWERED.NAME in data_center.received)
        signal.pthread_kill(me, number)

    thread = threading.Thread(target=send)
    thread.start()
    yield
    thread.join()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGALRM, signal.SIGUSR1])
def test_exception_of_a_handler_ends_the_wait_only(number: int) -> None:
    data_center = ScriptedDataCenter()
    with connected(data_center) as connection, handling(number, fail) as got, signalled(number, data_center):
        with pytest.raises(InjectedError):
            connection.invoke(UNANSWERED)
        assert got == [number]
        assert connection.invoke(ANSWERED) == NEAREST
        assert data_center.cancelled == [UNANSWERED.NAME]


def test_handler_that_returns_does_not_end_the_wait() -> None:
    data_center = ScriptedDataCenter()
    with (
        connected(data_center) as connection,
        handling(signal.SIGUSR1, lambda: None) as got,
        signalled(signal.SIGUSR1, data_center),
    ):
        with pytest.raises(TimeoutError):
            connection.invoke(UNANSWERED, timeout=5 * SOON)
        assert got == [signal.SIGUSR1]


def test_handlers_are_those_of_the_application_during_a_call() -> None:
    data_center = ScriptedDataCenter()
    usual = signal.getsignal(signal.SIGINT)
    seen: list[object] = []
    with (
        connected(data_center) as connection,
        handling(signal.SIGUSR1, lambda: seen.append(signal.getsignal(signal.SIGINT))),
        signalled(signal.SIGUSR1, data_center),
        pytest.raises(TimeoutError),
    ):
        connection.invoke(UNANSWERED, timeout=5 * SOON)
    assert seen == [usual]


def test_updates_continue_after_an_interrupt() -> None:
    me = threading.get_ident()
    with two_connected() as (one, other):
        one.invoke(ANSWERED)
        timer = threading.Timer(SOON, signal.pthread_kill, (me, signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            next(one.updates())
        timer.join()
        other.invoke(PUSHES_TO_OTHERS)
        assert next(one.updates()) == PUSHED
