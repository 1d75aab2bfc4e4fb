"""Keys that a data center does not know: reported by an unauthenticated -404, or encrypted under another key."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import errors, functions
from sansio_tl.client import AuthKeyNotFound, AuthorizationLost, Connect, ConnectionLost, SnapshotChanged
from sansio_tl.connection.server import KeyRecord, KeyStore
from sansio_tl.errors import LocalProtocolError, TransportError
from sansio_tl.events import AuthKeyCreated, OutcomeUnknown, RequestFailed, ResultReceived, TemporaryKeyBound
from sansio_tl.limits import Limits
from tests.helpers.in_memory_network import NEAREST, InMemoryNetwork

MINUS_404 = (4).to_bytes(4, "little") + (-404).to_bytes(4, "little", signed=True)


def outcomes(network: InMemoryNetwork) -> list[Any]:
    return [
        event for event in network.take_events() if isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown)
    ]


def key_of(network: InMemoryNetwork, dc_id: int = 2) -> str:
    return str(network.client.snapshot()["data_centers"][str(dc_id)]["auth_key"])


def forge(network: InMemoryNetwork, connection: int) -> None:
    """Someone on the network puts a -404 into a connection and cuts it."""
    del network.connections[connection]
    network.client.receive_data(connection, MINUS_404, now=network.now)
    network.settle()


def forge_for(network: InMemoryNetwork, seconds: float) -> int:
    """Answer every connection with -404 before the server reads from it; returns how often."""
    times, until = 0, network.now + seconds
    while network.now < until:
        while (action := network.client.next_action()) is not None:
            if isinstance(action, Connect):
                times += 1
                network.client.connection_made(action.connection_id, now=network.now)
                network.client.data_to_send(action.connection_id, now=network.now)
                network.client.receive_data(action.connection_id, MINUS_404, now=network.now)
        while (event := network.client.next_event()) is not None:
            network.events.append(event)
        deadline = network.client.next_deadline()
        network.now = until if deadline is None else min(until, max(network.now, deadline))
        network.client.handle_deadline(now=network.now)
    return times


@pytest.mark.parametrize("lifetime", [None, 86400], ids=["permanent", "temporary"])
def test_MS41_forged_404s_do_not_discard_the_permanent_key(lifetime: int | None) -> None:
    network = InMemoryNetwork(temporary_key_lifetime=lifetime)
    network.log_in()
    before, saved = key_of(network), network.client.snapshot()
    other = InMemoryNetwork(snapshot=saved, temporary_key_lifetime=lifetime, seed="after a restart")
    other.data_centers[2].keys = network.data_centers[2].keys
    forged = forge_for(other, 600)
    assert forged >= 10
    events = other.take_events()
    assert not [event for event in events if isinstance(event, AuthorizationLost | AuthKeyCreated | SnapshotChanged)]
    assert events.count(AuthKeyNotFound(2)) == (forged // other.config.key_not_found_limit if lifetime is None else 0)
    assert (other.client.user_id, key_of(other)) == (7, before)
    assert other.client.snapshot()["data_centers"]["2"]["authorized"]
    other.advance(60)  # the attacker has gone
    handle = other.invoke()
    assert outcomes(other) == [ResultReceived(handle, NEAREST)]
    assert key_of(other) == before
    assert [type(event) for event in other.take_events() if isinstance(event, AuthorizationLost)] == []


def test_MS41_consecutive_404_errors_are_reported_at_the_limit() -> None:
    network = InMemoryNetwork(key_not_found_limit=2, backoff_initial=1.0, backoff_max=1.0)
    network.log_in()
    network.take_events()

    def cut_off(times: int) -> list[Any]:
        for _ in range(times):
            (connection,) = network.connections
            forge(network, connection)
            keys = network.data_centers[2].keys
            network.advance(1.1)
            assert network.data_centers[2].keys is keys
        return [event for event in network.take_events() if isinstance(event, AuthKeyNotFound)]

    assert cut_off(1) == []
    assert cut_off(1) == [AuthKeyNotFound(2)]
    assert cut_off(1) == []
    assert cut_off(1) == [AuthKeyNotFound(2)]
    assert cut_off(1) == []
    network.invoke()  # an answer under the key ends the series
    assert cut_off(1) == []
    assert cut_off(1) == [AuthKeyNotFound(2)]


def test_MS41_404_during_a_handshake_is_not_counted_against_a_key() -> None:
    network = InMemoryNetwork(key_not_found_limit=1, unreachable_timeout=None)
    handle = network.client.invoke(functions.help.GetNearestDc(), now=network.now)
    assert forge_for(network, 100) > 3
    assert not [event for event in network.take_events() if isinstance(event, AuthKeyNotFound)]
    network.advance(61)
    assert outcomes(network) == [ResultReceived(handle, NEAREST)]


def lost_for_good(**settings: Any) -> tuple[InMemoryNetwork, Any]:
    """Without temporary keys: the data center does not know the permanent key, and a request has left."""
    network = InMemoryNetwork(**settings)
    network.log_in()
    network.data_centers[2].keys.clear()
    handle = network.invoke()
    network.advance(30)
    return network, handle


def test_MS41_lost_permanent_key_blocks_the_account_until_it_is_forgotten() -> None:
    network, handle = lost_for_good()
    before = key_of(network)
    assert AuthKeyNotFound(2) in network.events
    network.advance(31)
    (unknown,) = outcomes(network)
    assert unknown.handle is handle
    assert unknown.reason.startswith("data center 2 cannot be reached: ")
    assert "404" in unknown.reason
    assert unknown.reason.endswith("; if this key is lost for good, call client.forget_key() and log in again")
    assert (network.client.user_id, key_of(network)) == (7, before)
    connected = len(network.connects)
    network.advance(600)
    assert len(network.connects) >= connected + 9, "it goes on connecting"
    assert network.client.user_id == 7


def test_MS41_forgetting_a_key_logs_the_account_out_and_creates_a_new_key() -> None:
    network, handle = lost_for_good()
    before = key_of(network)
    network.take_events()
    network.client.forget_key(2, now=network.now)
    network.settle()
    events = network.take_events()
    assert [event for event in events if isinstance(event, OutcomeUnknown)] == [
        OutcomeUnknown(handle, "the auth key was given up before the answer came")
    ]
    (lost,) = [event for event in events if isinstance(event, AuthorizationLost)]
    assert isinstance(lost.error, TransportError)
    assert lost.error.code == -404
    assert SnapshotChanged() in events
    assert network.client.user_id is None
    assert network.client.snapshot()["data_centers"] == {}
    network.advance(61)
    handle = network.invoke()
    assert outcomes(network) == [ResultReceived(handle, NEAREST)]
    assert key_of(network) != before
    assert not network.client.snapshot()["data_centers"]["2"]["authorized"]


def test_MS41_unsent_requests_use_the_new_key() -> None:
    network = InMemoryNetwork(backoff_initial=2.0)
    network.log_in()
    network.drop_connections(2)
    handle = network.invoke()  # waits for the next connection
    network.client.forget_key(2, now=network.now)
    network.advance(5)
    assert outcomes(network) == [ResultReceived(handle, NEAREST)]


def test_MS41_forgetting_the_key_of_another_data_center_does_not_log_out() -> None:
    network = InMemoryNetwork(lambda dc_id, request: NEAREST)
    network.log_in()
    network.authorize(4)
    network.invoke(dc_id=4)
    before = {dc_id: key_of(network, dc_id) for dc_id in (2, 4)}
    network.take_events()
    network.client.forget_key(4, now=network.now)
    network.settle()
    assert network.take_events() == [SnapshotChanged()] + [
        event for event in network.events if isinstance(event, ConnectionLost)
    ]
    assert (network.client.user_id, key_of(network, 2)) == (7, before[2])
    assert network.client.snapshot()["data_centers"].keys() == {"2"}
    assert network.client.snapshot()["data_centers"]["2"]["authorized"]
    assert len(network.connections) == 1


def test_forgetting_a_key_that_does_not_exist_is_an_error() -> None:
    network = InMemoryNetwork()
    for dc_id in (2, 5):
        with pytest.raises(LocalProtocolError, match=f"no auth key of data center {dc_id}"):
            network.client.forget_key(dc_id, now=network.now)
    network.log_in()
    network.client.close(now=network.now)
    with pytest.raises(LocalProtocolError, match="closed"):
        network.client.forget_key(2, now=network.now)


# -- temporary keys ---------------------------------------------------------------------------------------------------


def forget_temporary_keys(network: InMemoryNetwork) -> None:
    for key_id, record in list(network.data_centers[2].keys.items()):
        if record.expires_at is not None:
            del network.data_centers[2].keys[key_id]


def test_MS41_lost_temporary_key_is_replaced_and_its_sent_requests_are_not_resent() -> None:
    network = InMemoryNetwork(temporary_key_lifetime=86400)
    network.log_in()
    before = key_of(network)
    forget_temporary_keys(network)
    lost = network.invoke()
    network.advance(5)
    kept = network.invoke()
    assert outcomes(network) == [
        OutcomeUnknown(lost, "the temporary key was lost before the answer came"),
        ResultReceived(kept, NEAREST),
    ]
    assert [request.query.NAME for request in network.data_centers[2].requests[1:]] == ["help.getNearestDc"]
    assert (network.client.user_id, key_of(network)) == (7, before)
    assert len(network.connections) == len(network.sessions) == 1


def test_MS41_forged_404_for_a_temporary_key_executes_nothing_twice_and_loses_no_answer() -> None:
    network = InMemoryNetwork(lambda dc_id, request: None, temporary_key_lifetime=86400)
    network.log_in()
    handle = network.invoke()
    request = network.data_centers[2].requests[-1]
    asked = len(network.data_centers[2].requests)
    (connection,) = network.connections
    forge(network, connection)
    network.advance(5)
    server = next(server for _, server in network.connections.values() if request.session.connection is server)
    server.send_result(request, NEAREST, now=network.now)
    network.settle()
    assert outcomes(network) == [ResultReceived(handle, NEAREST)]
    assert len(network.data_centers[2].requests) == asked
    assert len(network.connections) == len(network.sessions) == 1


def test_MS41_forged_404s_create_temporary_keys_only_with_backoff() -> None:
    network = InMemoryNetwork(temporary_key_lifetime=86400, backoff_initial=1.0)
    network.log_in()
    began = network.now
    bound = 0
    while network.now < began + 20:
        for connection in list(network.connections):
            forge(network, connection)
        network.advance(0.1)
        bound += sum(isinstance(event, TemporaryKeyBound) for event in network.take_events())
    assert 2 <= bound <= 8, "a bound key is no answer: the waits grow"


def in_another_process(**settings: Any) -> InMemoryNetwork:
    """An account that is logged in and has no temporary key yet."""
    network = InMemoryNetwork()
    network.log_in()
    other = InMemoryNetwork(
        snapshot=network.client.snapshot(),
        seed="another process",
        temporary_key_lifetime=86400,
        stay_connected=False,
        **settings,
    )
    other.data_centers[2].keys = network.data_centers[2].keys
    return other


def test_HS18_permanent_key_is_replaced_after_repeated_binding_failures() -> None:
    network = in_another_process(key_not_found_limit=3)
    before = key_of(network)
    network.data_centers[2].keys.clear()
    handle = network.invoke()
    network.advance(60)
    events = network.take_events()
    assert [event for event in events if isinstance(event, ResultReceived)] == [ResultReceived(handle, NEAREST)]
    (lost,) = [event for event in events if isinstance(event, AuthorizationLost)]
    assert isinstance(lost.error, errors.EncryptedMessageInvalid)
    assert events[events.index(lost) - 1] == SnapshotChanged()
    rejections = [event for event in events[: events.index(lost)] if isinstance(event, ConnectionLost)]
    assert len(rejections) == 3
    assert network.client.user_id is None
    assert key_of(network) != before


def test_HS18_only_the_error_for_a_lost_key_discards_it() -> None:
    network = in_another_process(key_not_found_limit=1, unreachable_timeout=None)
    before = key_of(network)
    object.__setattr__(network.server_limits, "binding_tolerance", -1e6)  # EXPIRES_AT_INVALID for every binding
    handle = network.invoke()
    network.advance(60)
    events = network.take_events()
    assert sum(isinstance(event, ConnectionLost) for event in events) > 3
    assert not [event for event in events if isinstance(event, AuthorizationLost | AuthKeyNotFound | ResultReceived)]
    assert (network.client.user_id, key_of(network)) == (7, before)
    network.server_limits = Limits()
    network.advance(61)
    assert outcomes(network) == [ResultReceived(handle, NEAREST)]
    assert key_of(network) == before


class ForgetfulKeys(KeyStore):
    """Loses the first temporary keys that are made."""

    lost = 2

    def __setitem__(self, key_id: bytes, record: KeyRecord) -> None:
        if record.expires_at is not None and self.lost:
            self.lost -= 1
        else:
            super().__setitem__(key_id, record)


@pytest.mark.interpreted
def test_HS18_temporary_key_that_is_lost_before_its_binding_is_made_again() -> None:
    network = in_another_process()
    keys = ForgetfulKeys()
    keys.update(network.data_centers[2].keys)
    network.data_centers[2].keys = keys
    before = key_of(network)
    handle = network.invoke()
    network.advance(30)
    events = network.take_events()
    assert sum(isinstance(event, AuthKeyCreated) for event in events) == 3
    assert [event for event in events if isinstance(event, ResultReceived)] == [ResultReceived(handle, NEAREST)]
    assert (keys.lost, key_of(network)) == (0, before)
