"""What a client does before the first request."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import functions
from sansio_tl.client import Connect
from sansio_tl.events import AuthKeyCreated
from tests.helpers.in_memory_network import InMemoryNetwork


def _saved() -> dict[str, Any]:
    network = InMemoryNetwork()
    network.log_in()
    return network.client.snapshot()


@pytest.mark.parametrize(
    ("logged_in", "stay", "connects"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_restored_client_connects_at_once_if_logged_in_and_staying_connected(
    *, logged_in: bool, stay: bool, connects: bool
) -> None:
    saved = _saved()
    if not logged_in:
        saved |= {"user_id": None}
    client = InMemoryNetwork(snapshot=saved, stay_connected=stay, seed="another").client
    action = client.next_action()
    if connects:
        assert isinstance(action, Connect)
        assert action.dc_id == client.home_dc
        assert client.next_action() is None
    else:
        assert action is None
        assert client.next_deadline() is None


@pytest.mark.parametrize("ahead", [0.0, 500.0, -500.0])
def test_time_offset_is_saved_before_any_request_is_answered(ahead: float) -> None:
    """A restored client starts with the right time, although nothing else was answered before."""
    network = InMemoryNetwork()
    network.data_centers[2].clock_ahead = ahead
    network.client.invoke(functions.help.GetNearestDc(), now=network.now)
    network.perform_actions()
    events: list[object] = []
    while not any(isinstance(event, AuthKeyCreated) for event in events):
        network.exchange(1)
        events += iter(network.client.next_event, None)
        network.perform_actions()
    network.client.receive_data(1, b"", now=network.now)
    (offset,) = (
        data_center["time_offset"]
        for dc_id, data_center in network.client.snapshot()["data_centers"].items()
        if dc_id == "2"
    )
    assert offset == pytest.approx(ahead, abs=1.0)
