"""Temporary keys: replacement and expiry, with equal and with different clocks."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl.client import SnapshotChanged
from sansio_tl.events import AuthKeyCreated, OutcomeUnknown, RequestFailed, ResultReceived, TemporaryKeyBound
from tests.helpers.in_memory_network import NEAREST, InMemoryNetwork

CLOCKS = (0.0, 200.0, -200.0, 86400.0, -86400.0)


def outcomes(network: InMemoryNetwork) -> list[Any]:
    return [
        event for event in network.take_events() if isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown)
    ]


def beginning(lifetime: int, *, ahead: float = 0.0, **settings: Any) -> InMemoryNetwork:
    """A bot has just logged in."""
    network = InMemoryNetwork(temporary_key_lifetime=lifetime, **settings)
    for data_center in network.data_centers.values():
        data_center.clock_ahead = ahead
    network.log_in()
    return network


@pytest.mark.parametrize("ahead", CLOCKS)
@pytest.mark.parametrize(
    ("lifetime", "before", "renewed_after"),
    [(1000, 300.0, 700), (1000, 600.0, 500), (1000, 0.0, 1000), (60, 3600.0, 30)],
)
def test_HS18_temporary_key_is_replaced_before_it_expires(
    lifetime: int, before: float, renewed_after: int, *, ahead: float
) -> None:
    network = beginning(lifetime, ahead=ahead, rekey_margin=before)
    (channel,) = network.sessions
    assert channel.key_ends_at == pytest.approx(network.now + lifetime, abs=1.5)
    assert channel.key_renewal_at == pytest.approx(network.now + renewed_after, abs=1.5)
    network.advance(renewed_after - 2)
    assert not any(isinstance(event, TemporaryKeyBound) for event in network.take_events())
    assert list(network.sessions) == [channel]
    network.advance(4)
    events = network.take_events()
    assert sum(isinstance(event, TemporaryKeyBound) for event in events) == 1
    (made,) = [event for event in events if isinstance(event, AuthKeyCreated)]
    assert made.expires_in == lifetime
    assert SnapshotChanged() in events
    assert channel.is_draining
    (successor,) = network.sessions
    assert not successor.is_draining
    assert channel.key_renewal_at is None, "once"
    handle = network.invoke()
    assert outcomes(network) == [ResultReceived(handle, NEAREST)]


@pytest.mark.parametrize("ahead", CLOCKS)
def test_HS18_unanswered_requests_are_reported_when_the_key_expires(ahead: float) -> None:
    network = beginning(100, ahead=ahead, rekey_margin=30.0, unreachable_timeout=None)
    network.application = lambda dc_id, request: None
    handle = network.invoke()
    began = network.now
    network.application = lambda dc_id, request: NEAREST
    network.advance(98)
    assert outcomes(network) == []
    assert len(network.sessions) == 2
    network.advance(3.5)
    assert outcomes(network) == [OutcomeUnknown(handle, "its temporary key ended before the answer came")]
    assert network.now - began == pytest.approx(101.5)
    assert len(network.sessions) == 1
    assert len(network.connections) == 1


def test_HS18_draining_session_gets_no_requests_and_reports_no_updates() -> None:
    network = beginning(100, rekey_margin=30.0)
    network.application = lambda dc_id, request: None
    first = network.invoke()
    network.advance(72)
    draining, successor = network.sessions
    assert (draining.is_draining, successor.is_draining) == (True, False)
    second = network.invoke()
    assert draining.session.is_pending(first)
    assert not draining.session.is_pending(second)
    assert successor.session.is_pending(second)
    assert not successor.session.is_pending(first)
    network.client.cancel(first, now=network.now)
    network.settle()
    assert list(network.sessions) == [successor]
    assert len(network.connections) == 1


def test_permanent_key_has_no_expiry() -> None:
    network = InMemoryNetwork()
    network.log_in()
    (channel,) = network.sessions
    assert (channel.key_ends_at, channel.key_renewal_at) == (None, None)
    assert not channel.has_temporary_key


def test_HS18_restarted_session_has_no_expiry_until_its_key_is_bound() -> None:
    network = beginning(1000)
    (channel,) = network.sessions
    assert channel.has_temporary_key
    channel.restart(network.now)
    assert [channel.key_ends_at, channel.key_renewal_at] == [None, None]
    assert channel.session.auth_key is None
    assert channel.session.is_unbound


# -- clocks without temporary keys ------------------------------------------------------------------------------------


@pytest.mark.parametrize("ahead", CLOCKS)
@pytest.mark.parametrize("lifetime", [None, 86400])
def test_MS24_time_offset_is_saved_and_restored(ahead: float, *, lifetime: int | None) -> None:
    network = InMemoryNetwork(temporary_key_lifetime=lifetime)
    for data_center in network.data_centers.values():
        data_center.clock_ahead = ahead
    network.log_in()
    (channel,) = network.sessions
    assert channel.session.clock.offset == pytest.approx(ahead, abs=1.5)
    saved = network.client.snapshot()
    assert saved["data_centers"]["2"]["time_offset"] == pytest.approx(ahead, abs=1.5)
    other = InMemoryNetwork(snapshot=saved, seed="later", temporary_key_lifetime=lifetime)
    other.data_centers[2].keys, other.data_centers[2].clock_ahead = network.data_centers[2].keys, ahead
    (channel,) = other.sessions
    assert channel.session.clock.offset == pytest.approx(ahead, abs=1.5)
    assert other.client.snapshot() == saved
    asked = len(network.data_centers[2].requests)
    handle = other.invoke()
    assert outcomes(other) == [ResultReceived(handle, NEAREST)]
    assert len(other.data_centers[2].requests) == 1
    assert asked == 1


@pytest.mark.parametrize("ahead", CLOCKS[:4])
def test_MS24_clock_change_between_two_runs_loses_no_request(ahead: float) -> None:
    network = InMemoryNetwork()
    network.log_in()
    other = InMemoryNetwork(snapshot=network.client.snapshot(), seed="later")
    other.data_centers[2].keys, other.data_centers[2].clock_ahead = network.data_centers[2].keys, ahead
    handle = other.invoke()
    other.advance(20)
    assert outcomes(other) == [ResultReceived(handle, NEAREST)]
    assert len(other.data_centers[2].requests) == 1
    assert other.client.snapshot()["data_centers"]["2"]["time_offset"] == pytest.approx(ahead, abs=1.5)
