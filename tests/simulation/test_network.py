"""Simulated connections report to their ends what real ones would."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sansio_tl.simulation.link_conditions import DirectionConditions, LinkConditions
from sansio_tl.simulation.network import Link
from sansio_tl.simulation.rng import Rng
from sansio_tl.simulation.scheduler import EPOCH, Schedule

CAPACITY = 4


class Relay:
    """An attacker on the path, who injects packets."""

    put: Callable[[bytes], None]

    def forward(self, data: bytes, put: Callable[[bytes], None]) -> Iterator[bytes]:
        yield data


@pytest.mark.parametrize("by_the_writer", [True, False])
def test_writer_is_notified_when_a_full_connection_has_space_again(by_the_writer: bool) -> None:
    relay: Any = Relay()
    conditions = DirectionConditions(Rng("link"), Counter(), capacity=CAPACITY, relay=relay)
    schedule = Schedule()
    connection = Link(schedule, LinkConditions(DirectionConditions(Rng("up"), Counter()), conditions))
    connection.server.is_open = connection.client.is_open = True
    client_event: list[bytes] = []
    connection.client.on_data = client_event.append
    connection.server.on_writable = lambda: client_event.append(b"writable")
    (connection.server.send if by_the_writer else relay.put)(bytes(CAPACITY))
    assert not connection.server.is_writable
    while schedule.step(EPOCH + 1):
        pass
    assert connection.server.is_writable
    assert client_event == [bytes(CAPACITY), b"writable"]
