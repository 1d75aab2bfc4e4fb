"""Turns at a bounded rate, step by step and by a clock of the test."""

from __future__ import annotations

import math
import types
from collections.abc import Coroutine, Generator
from typing import Any

import pytest

from sansio_tl_transports.fleet._pacer import Pacer


class Flag:
    def __init__(self) -> None:
        self.fired = False

    def set(self) -> None:
        self.fired = True

    def is_set(self) -> bool:
        return self.fired


@types.coroutine
def suspended(until: float) -> Generator[float, None, None]:
    yield until


class Loop:
    """Suspends each wait; the test resumes it."""

    def __init__(self) -> None:
        self.now = 100.0

    def make_event(self) -> Flag:
        return Flag()

    def in_(self, seconds: float) -> float:
        return self.now + seconds

    async def wait(self, event: Flag, until: float) -> None:
        while not event.is_set() and until > self.now:
            await suspended(until)


class Harness:
    """Ten turns a second."""

    def __init__(self) -> None:
        self.loop = Loop()
        loop: Any = self.loop
        self.pacer: Pacer[Any] = Pacer(loop, 10.0)
        self.giver = self.pacer.run()

    def give(self) -> float:
        """Give the turns that are due; returns until when the giver waits."""
        until: float = self.giver.send(None)
        return until

    def ask(self) -> Coroutine[Any, Any, None]:
        turn = self.pacer.turn()
        assert turn.send(None) == math.inf
        return turn


def is_done(turn: Coroutine[Any, Any, None]) -> bool:
    try:
        turn.send(None)
    except StopIteration:
        return True
    return False


@pytest.fixture
def harness() -> Harness:
    return Harness()


def test_first_turn_is_given_at_once_and_the_next_ones_at_the_rate(harness: Harness) -> None:
    turns = [harness.ask() for _ in range(3)]
    assert harness.give() == pytest.approx(100.1)
    assert [is_done(each) for each in turns] == [True, False, False]
    harness.loop.now = 100.11
    assert harness.give() == pytest.approx(100.2), "late by less than what is caught up with"
    assert [is_done(each) for each in turns[1:]] == [True, False]
    harness.loop.now = 100.2
    assert harness.give() == math.inf
    assert is_done(turns[2])


def test_turns_that_are_very_late_are_not_all_given_at_once(harness: Harness) -> None:
    turns = [harness.ask() for _ in range(4)]
    harness.give()
    harness.loop.now = 101.0
    assert harness.give() == pytest.approx(101.1)
    assert [is_done(each) for each in turns] == [True, True, True, False]


def test_no_turns_are_saved_up_while_none_is_asked_for(harness: Harness) -> None:
    assert harness.give() == math.inf
    harness.loop.now = 200.0
    turns = [harness.ask() for _ in range(2)]
    assert harness.give() == pytest.approx(200.1)
    assert [is_done(each) for each in turns] == [True, False]


def test_rate_is_kept_when_a_turn_is_asked_for_between_two(harness: Harness) -> None:
    first = harness.ask()
    assert harness.give() == math.inf
    assert is_done(first)
    harness.loop.now = 100.05
    second = harness.ask()
    assert harness.give() == pytest.approx(100.1)
    assert not is_done(second)


def test_one_who_stops_waiting_takes_no_turn(harness: Harness) -> None:
    first, second, third = (harness.ask() for _ in range(3))
    second.close()
    harness.give()
    assert is_done(first)
    harness.loop.now = 100.1
    assert harness.give() == math.inf
    assert is_done(third)


def test_one_who_stops_after_his_turn_takes_none_of_another(harness: Harness) -> None:
    first, second = harness.ask(), harness.ask()
    harness.give()
    first.close()  # its turn was given
    harness.loop.now = 100.1
    assert harness.give() == math.inf
    assert is_done(second)
