"""The clock of the server, as a client knows it."""

from __future__ import annotations

from math import inf, nan

import pytest

from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from sansio_tl.mtproto.server_clock import ServerClock, check_now, is_server_time

LATEST = float((1 << 31) - (1 << 25))


def test_clock_without_an_offset_is_not_synchronised() -> None:
    clock = ServerClock()
    assert (clock.synchronised, clock.offset, clock.server_time(5.0)) == (False, 0.0, 5.0)
    clock.synchronise(1000.0, 990.0)
    assert (clock.synchronised, clock.offset, clock.server_time(5.0)) == (True, 10.0, 15.0)


@pytest.mark.parametrize("offset", [0.0, -3.5])
def test_clock_with_a_known_offset_is_synchronised(offset: float) -> None:
    clock = ServerClock(offset)
    assert (clock.synchronised, clock.offset, clock.server_time(5.0)) == (True, offset, 5.0 + offset)


@pytest.mark.parametrize("time", [-1.0, 0.0, LATEST, inf])
def test_MS24_impossible_server_time_leaves_the_clock_unchanged(time: float) -> None:
    clock = ServerClock()
    assert not is_server_time(time)
    if time != inf:
        with pytest.raises(RemoteProtocolError, match="MS24: invalid server time"):
            clock.synchronise(time, 990.0)
    assert (clock.synchronised, clock.offset) == (False, 0.0)


def test_MS35_now_is_a_time_before_2037() -> None:
    for fine in (0, 0.0, 1.8e9, LATEST - 1):
        check_now(fine)
    for wrong in (-0.001, LATEST, inf, nan):
        with pytest.raises(LocalProtocolError, match="invalid now: found .*, expected seconds since the Unix epoch"):
            check_now(wrong)
    assert is_server_time(0.001)
    assert is_server_time(LATEST - 1)
