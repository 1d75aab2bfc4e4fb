"""FLOOD_WAIT: which waits are slept, for how long in all, and which are reported."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import errors
from sansio_tl.client import FloodWaitStarted
from sansio_tl.events import OutcomeUnknown, RequestFailed, ResultReceived
from tests.helpers.in_memory_network import NEAREST, InMemoryNetwork


def outcomes(network: InMemoryNetwork) -> list[Any]:
    return [
        event for event in network.take_events() if isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown)
    ]


def asked(network: InMemoryNetwork) -> int:
    return len(network.data_centers[2].requests)


@pytest.mark.parametrize("kind", [errors.FloodWait, errors.FloodPremiumWait])
@pytest.mark.parametrize(("seconds", "waits"), [(0, 1), (1, 1), (30, 30), (60, 60), (61, None), (10**17, None)])
def test_AU4_flood_wait_up_to_the_threshold_is_slept_exactly(kind: Any, seconds: int, waits: int | None) -> None:
    floods = [kind(seconds=seconds)]
    network = InMemoryNetwork(lambda dc_id, request: floods.pop() if floods else NEAREST)
    handle = network.invoke()
    if waits is None:
        (failed,) = outcomes(network)
        assert (failed.handle, failed.error.seconds) == (handle, seconds)
        assert asked(network) == 1
        return
    assert [event for event in network.take_events() if isinstance(event, FloodWaitStarted)] == [
        FloodWaitStarted(handle, seconds)
    ]
    assert network.client.next_deadline() == network.now + min(waits, 10)  # acknowledgements wait for ten seconds
    network.advance(waits - 0.001)
    assert asked(network) == 1
    network.advance(0.001)
    assert asked(network) == 2
    assert outcomes(network) == [ResultReceived(handle, NEAREST)]


@pytest.mark.parametrize(
    ("seconds", "settings", "tries"),
    [
        (60, {}, 6),
        (60, {"max_flood_waits": 100}, 6),
        (60, {"flood_total_limit": 299.0}, 5),
        (0, {}, 6),
        (0, {"max_flood_waits": 1000}, 301),
        (1, {"max_flood_waits": 0}, 1),
        (1, {"flood_total_limit": 0.0}, 1),
        (10, {"max_flood_waits": 2}, 3),
        (10, {"flood_total_limit": 25.0}, 3),
        (10, {"flood_total_limit": 30.0, "max_flood_waits": 9}, 4),
    ],
)
def test_AU4_endless_flood_wait_is_reported(seconds: int, settings: dict[str, Any], tries: int) -> None:
    network = InMemoryNetwork(lambda dc_id, request: errors.FloodWait(seconds=seconds), **settings)
    handle = network.invoke()
    network.advance(4 * 3600)
    (failed,) = outcomes(network)
    assert isinstance(failed, RequestFailed)
    assert (failed.handle, failed.error.seconds) == (handle, seconds)  # type: ignore[union-attr]
    assert asked(network) == tries


def test_AU4_each_request_has_its_own_count() -> None:
    floods = [errors.FloodWait(seconds=1)] * 4
    network = InMemoryNetwork(
        lambda dc_id, request: floods.pop() if floods else NEAREST, max_flood_waits=2, flood_wait_by_method=False
    )
    first, second = network.invoke(), network.invoke()
    network.advance(10)
    assert sorted(map(id, (event.handle for event in outcomes(network)))) == sorted(map(id, (first, second)))
    assert asked(network) == 6


def test_AU4_flood_waits_end_in_order_of_their_deadlines() -> None:
    floods = [errors.FloodWait(seconds=5), errors.FloodWait(seconds=30)]
    network = InMemoryNetwork(lambda dc_id, request: floods.pop() if floods else NEAREST, flood_wait_by_method=False)
    late, early = network.invoke(), network.invoke()
    network.take_events()
    assert network.client.next_deadline() == network.now + 5
    network.advance(5)
    assert outcomes(network) == [ResultReceived(early, NEAREST)]
    network.advance(25)
    assert outcomes(network) == [ResultReceived(late, NEAREST)]
