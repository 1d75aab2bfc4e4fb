"""Exceptions of signal handlers are raised where no step is half done."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

import pytest

from sansio_tl_transports.sync._signals import held

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="these signals are POSIX")


class StruckError(Exception):
    """What a handler raises."""


@contextlib.contextmanager
def handling(number: int) -> Iterator[list[int]]:
    """A handler that notes what has come, and raises."""
    came: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        del frame
        came.append(number)
        raise StruckError

    former = signal.signal(number, handle)
    try:
        yield came
        assert signal.getsignal(number) is handle, "the handler was not put back"
    finally:
        signal.signal(number, former)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGALRM, signal.SIGUSR1])
def test_held_signal_is_handled_at_the_end(number: int) -> None:
    steps: list[str] = []
    with handling(number) as came:
        with pytest.raises(StruckError), held():  # noqa: PT012
            signal.raise_signal(number)
            steps.append("the step is done")
            assert came == []
        assert came == [number]
    assert steps


def test_held_sigint_raises_keyboard_interrupt_at_the_end() -> None:
    with pytest.raises(KeyboardInterrupt), held():
        signal.raise_signal(signal.SIGINT)


def test_held_signal_is_handled_at_the_outermost_end() -> None:
    with handling(signal.SIGUSR1) as came, pytest.raises(StruckError), held():  # noqa: PT012
        with held():
            signal.raise_signal(signal.SIGUSR1)
        assert came == []


def test_signal_interrupts_the_waiter_once_and_is_handled_at_the_end() -> None:
    with handling(signal.SIGUSR1) as came, pytest.raises(StruckError), held() as signals:  # noqa: PT012
        with pytest.raises(InterruptedError), signals.interrupting:
            signal.raise_signal(signal.SIGUSR1)
        signal.raise_signal(signal.SIGUSR1)
        assert came == [], "it strikes where nothing is half done, and nowhere else"


def test_every_signal_is_handled_once_even_if_another_handler_raises() -> None:
    with handling(signal.SIGUSR1) as first, handling(signal.SIGUSR2) as second:
        with pytest.raises(StruckError), held():  # noqa: PT012
            for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGUSR1, signal.SIGUSR2):
                signal.raise_signal(number)
        assert (first, second) == ([signal.SIGUSR1], [signal.SIGUSR2])
        with held():
            pass
        assert (first, second) == ([signal.SIGUSR1], [signal.SIGUSR2])


def test_signal_that_came_before_the_waiting_interrupts_it() -> None:
    with handling(signal.SIGUSR1), pytest.raises(StruckError), held() as signals:  # noqa: PT012
        signal.raise_signal(signal.SIGUSR1)
        with pytest.raises(InterruptedError), signals.interrupting:
            pytest.fail("it waits")


def test_thread_is_not_interrupted_within_the_step_of_another() -> None:
    with handling(signal.SIGUSR1), pytest.raises(StruckError), held(), held() as signals, signals.interrupting:
        signal.raise_signal(signal.SIGUSR1)


def test_handler_runs_while_no_signal_is_held() -> None:
    """Whatever it does, nothing is held meanwhile: a second signal strikes it, and it may itself hold them."""
    depths: list[object] = []

    def handle(number: int, frame: FrameType | None) -> None:
        del number, frame
        depths.append(signal.getsignal(signal.SIGINT))
        with held():
            depths.append(signal.getsignal(signal.SIGINT))

    usual = signal.getsignal(signal.SIGINT)
    former = signal.signal(signal.SIGUSR1, handle)
    try:
        with held():
            signal.raise_signal(signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, former)
    assert depths[0] is usual
    assert depths[1] is not usual
    assert signal.getsignal(signal.SIGINT) is usual


def test_handler_installed_while_signals_are_held_is_kept() -> None:
    came: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        del frame
        came.append(number)

    former = signal.signal(signal.SIGUSR1, lambda *_: None)
    try:
        with held():
            signal.signal(signal.SIGUSR1, handle)
        assert signal.getsignal(signal.SIGUSR1) is handle
        with held():
            signal.raise_signal(signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, former)
    assert came == [signal.SIGUSR1]


def test_held_has_no_effect_in_other_threads() -> None:
    seen: list[object] = []

    def look() -> None:
        with held() as signals, signals.interrupting:
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGINT)]
