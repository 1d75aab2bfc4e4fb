"""Seconds since the epoch that never step back."""

from __future__ import annotations

import time

import pytest

import sansio_tl_transports
from sansio_tl_transports._shared.clock import Clock


def test_clock_starts_at_the_wall_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_800_000_000.0)
    assert Clock(lambda: 5.0)() == 1_800_000_000.0


def test_clock_follows_the_monotonic_clock_when_the_wall_clock_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wall, monotonic = [1_800_000_000.0], [5.0]
    monkeypatch.setattr(time, "time", lambda: wall[0])
    clock = Clock(lambda: monotonic[0])
    wall[0], monotonic[0] = 1_700_000_000.0, 8.0
    assert clock() == 1_800_000_003.0


def test_clock_converts_times_to_the_monotonic_clock() -> None:
    clock = Clock(lambda: 5.0)
    assert clock.to_monotonic(clock() + 10) == pytest.approx(15.0)


def test_clock_is_public_and_loaded_on_first_use() -> None:
    assert sansio_tl_transports.Clock is Clock
    assert "Clock" in dir(sansio_tl_transports)
    unknown = "Watch"
    with pytest.raises(AttributeError, match="has no attribute 'Watch'"):
        getattr(sansio_tl_transports, unknown)
