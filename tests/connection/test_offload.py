"""Handshakes whose computations are left to the driver."""

from __future__ import annotations

import gc
import pickle
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from weakref import ref

import pytest

from sansio_tl import Connection, KeyStore, Limits, ServerConfig, ServerConnection, functions
from sansio_tl.client import Compute
from sansio_tl.connection.offload import Offload
from sansio_tl.crypto import dh
from sansio_tl.crypto.factorization import Factorization
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError, TransportError
from sansio_tl.events import AuthKeyCreated, ConnectionClosed, ResultReceived
from sansio_tl.mtproto.client import handshake as client_handshake
from tests.helpers.connected_pair import NOW, ConnectedPair, client_config
from tests.helpers.entropy import SeededEntropy
from tests.helpers.in_memory_network import NEAREST, InMemoryNetwork
from tests.helpers.rsa_key import rsa_key

QUERY = functions.help.GetNearestDc()
ENDS = [(False, False), (True, False), (False, True), (True, True)]


class OffloadedPair(ConnectedPair):
    """A pair of which one end, or both, leaves its computations to the test."""

    def __init__(self, *, client: bool = True, server: bool = False, temporary_key_lifetime: int | None = None) -> None:
        super().__init__()
        config = client_config(offload=client, temporary_key_lifetime=temporary_key_lifetime)
        self.client = Connection(config, entropy=SeededEntropy("client"), now=NOW)
        self.server = ServerConnection(
            ServerConfig(private_keys=(rsa_key(),), offload_handshake=server),
            KeyStore(),
            entropy=SeededEntropy("server"),
            now=NOW,
        )
        self.computed = 0
        self.on_compute: Callable[[Any, Compute], None] = lambda end, action: None

    def step(self) -> bool:
        moved = super().step()
        ends: list[Connection | ServerConnection] = [self.client, self.server]
        for end in ends:
            while (action := end.next_action()) is not None:
                assert end.next_action() is None, "there is one at a time"
                self.on_compute(end, action)
                job = pickle.loads(pickle.dumps(action.job))
                value = pickle.loads(pickle.dumps(job()))
                end.receive_computed(action, value, now=self.now)
                self.computed += not isinstance(value, Factorization) or value.primes is not None
                moved = True
        return moved


@pytest.mark.parametrize("lifetime", [None, 3600])
def test_bytes_are_the_same_wherever_the_computations_are_made(lifetime: int | None) -> None:
    wires = []
    for client, server in ENDS:
        pair = OffloadedPair(client=client, server=server, temporary_key_lifetime=lifetime)
        handle = pair.client.invoke(QUERY, now=NOW)
        pair.run()
        assert handle.result() == NEAREST
        handshakes = 1 if lifetime is None else 2
        assert pair.computed == handshakes * (2 * client + 3 * server)
        wires.append(pair.wire)
    assert wires[1:] == wires[:1] * 3


def accept(prime: int, g: int) -> None:
    """A group that is found to be good."""


def refuse(prime: int, g: int) -> None:
    """A group that is found to be bad."""
    raise RemoteProtocolError("HS9", "dh_prime is not a safe prime")


@pytest.mark.interpreted
@pytest.mark.parametrize("offload", [False, True])
@pytest.mark.parametrize("check", [accept, refuse])
def test_HS9_group_that_is_not_known_is_checked_by_a_computation(
    check: Callable[[int, int], None], monkeypatch: pytest.MonkeyPatch, *, offload: bool
) -> None:
    other = SimpleNamespace(KNOWN_PRIME=5, check_group=check, check_public=dh.check_public)
    monkeypatch.setattr(client_handshake, "dh", other)
    pair = OffloadedPair(client=offload)
    last = pair.run()[-1]
    if check is accept:
        assert isinstance(last, AuthKeyCreated)
        assert pair.computed == (3 if offload else 0)
    else:
        assert isinstance(last, ConnectionClosed)
        assert isinstance(last.error, RemoteProtocolError)
        assert last.error.check == "HS9"


def computing() -> tuple[OffloadedPair, Compute]:
    """A client that waits for its first computation."""
    pair = OffloadedPair()
    pair.to_server(pair.client.data_to_send(now=NOW))
    pair.client.receive_data(pair.server.data_to_send(now=NOW), now=NOW)
    action = pair.client.next_action()
    assert isinstance(action, Compute)
    assert (pair.client.next_action(), pair.client.data_to_send(now=NOW)) == (None, b"")
    return pair, action


def compute_all(client: Connection, action: Compute | None) -> None:
    """Make this computation, and those that follow: pq is factored in several."""
    while action is not None:
        client.receive_computed(action, action.job(), now=NOW)
        action = client.next_action()


def last_error(connection: Connection) -> Exception | None:
    (closed,) = iter(connection.next_event, None)
    assert isinstance(closed, ConnectionClosed)
    return closed.error


def test_transport_error_that_comes_meanwhile_is_read_afterwards() -> None:
    pair, action = computing()
    pair.client.receive_data(b"\4\0\0", now=NOW)
    pair.client.receive_data(b"\0" + (-404).to_bytes(4, "little", signed=True), now=NOW)
    pair.client.receive_data(b"", now=NOW)
    assert not pair.client.closed
    compute_all(pair.client, action)
    assert pair.client.data_to_send(now=NOW), "our answer is made before"
    error = last_error(pair.client)
    assert isinstance(error, TransportError)
    assert error.code == -404


def test_end_of_the_stream_is_read_afterwards() -> None:
    pair, action = computing()
    pair.client.receive_data(b"", now=NOW)
    assert not pair.client.closed
    compute_all(pair.client, action)
    assert last_error(pair.client) is None


def test_HS17_too_much_data_meanwhile_ends_the_connection() -> None:
    pair, action = computing()
    pair.client.receive_data(bytes(Limits().max_plain_packet), now=NOW)
    assert not pair.client.closed
    pair.client.receive_data(b"\0", now=NOW)
    error = last_error(pair.client)
    assert isinstance(error, RemoteProtocolError)
    assert error.check == "HS17"
    pair.client.receive_computed(action, action.job(), now=NOW)
    assert (pair.client.next_action(), pair.client.next_event()) == (None, None)


def test_packets_behind_the_one_that_is_computed_wait() -> None:
    pair = OffloadedPair()
    pair.to_server(pair.client.data_to_send(now=NOW))
    fault = b"\4\0\0\0" + (-429).to_bytes(4, "little", signed=True)
    pair.client.receive_data(pair.server.data_to_send(now=NOW) + fault, now=NOW)
    assert not pair.client.closed
    action = pair.client.next_action()
    assert isinstance(action, Compute)
    compute_all(pair.client, action)
    assert isinstance(last_error(pair.client), TransportError)


def test_value_that_comes_late_twice_or_from_elsewhere_has_no_effect() -> None:
    pair, action = computing()
    value = action.job()
    pair.client.receive_computed(Compute(action.job), value, now=NOW)
    assert pair.client.data_to_send(now=NOW) == b""
    pair.client.receive_computed(action, value, now=NOW)
    following = pair.client.next_action()
    pair.client.receive_computed(action, value, now=NOW)
    assert pair.client.next_action() is None
    compute_all(pair.client, following)
    assert pair.client.data_to_send(now=NOW)
    pair, action = computing()
    pair.client.close(now=NOW)
    pair.client.receive_computed(action, value, now=NOW)
    assert pair.client.data_to_send(now=NOW) == b""


def test_value_that_comes_before_any_computation_has_no_effect() -> None:
    pair = OffloadedPair(client=True, server=True)
    ends: list[Connection | ServerConnection] = [pair.client, pair.server]
    for end in ends:
        assert end.next_action() is None
        end.receive_computed(Compute(int), 0, now=NOW)
    handle = pair.client.invoke(QUERY, now=NOW)
    pair.run()
    assert handle.result() == NEAREST


def test_bytes_that_were_taken_back_do_not_count_any_more() -> None:
    offload = Offload(10)
    for data in (b"x" * 10, b"y" * 10):
        offload.hold(data)
        assert (offload.take_held(), offload.take_held()) == (data, None)
    offload.hold(b"z" * 4)
    with pytest.raises(RemoteProtocolError, match="HS17"):
        offload.hold(b"z" * 7)


def test_computation_that_was_not_returned_is_dropped_at_the_end() -> None:
    pair = OffloadedPair()
    pair.to_server(pair.client.data_to_send(now=NOW))
    pair.client.receive_data(pair.server.data_to_send(now=NOW), now=NOW)
    pair.client.close(now=NOW)
    assert pair.client.next_action() is None


def test_HS15_time_for_the_handshake_ends_during_a_computation_too() -> None:
    pair, _ = computing()
    due = pair.client.next_deadline()
    assert due is not None
    pair.client.handle_deadline(now=due)
    error = last_error(pair.client)
    assert isinstance(error, RemoteProtocolError)
    assert error.check == "HS15"


def test_HS3_wrong_pq_is_detected_by_the_computation() -> None:
    _, action = computing()
    assert isinstance(action.job(), Factorization)
    pair, action = computing()
    pair.client.receive_computed(action, RemoteProtocolError("HS3", "pq is prime"), now=NOW)
    error = last_error(pair.client)
    assert isinstance(error, RemoteProtocolError)
    assert error.check == "HS3"


def test_HS3_broken_step_that_a_computation_of_the_server_detects_is_answered_with_404() -> None:
    pair = OffloadedPair(client=False, server=True)
    pair.to_server(pair.client.data_to_send(now=NOW))
    pair.to_client(pair.server.data_to_send(now=NOW))
    pair.to_server(pair.client.data_to_send(now=NOW))
    action = pair.server.next_action()
    assert isinstance(action, Compute)
    pair.server.receive_computed(action, RemoteProtocolError("HS3", "other factors"), now=NOW)
    pair.to_client(pair.server.data_to_send(now=NOW))
    closed = pair.events[-1]
    assert isinstance(closed, ConnectionClosed)
    assert isinstance(closed.error, TransportError)
    assert closed.error.code == -404


def test_computations_of_a_client_are_its_actions() -> None:
    network = InMemoryNetwork(offload=True)
    handle = network.client.invoke(QUERY, now=network.now)
    other = network.client.invoke(QUERY, dc_id=4, now=network.now)
    network.settle()
    assert (handle.result(), other.result()) == (NEAREST, NEAREST)
    events = network.take_events()
    assert len([event for event in events if isinstance(event, AuthKeyCreated)]) == 2
    assert len([event for event in events if isinstance(event, ResultReceived)]) == 2


@pytest.mark.interpreted
def test_computation_for_a_connection_that_has_ended_has_no_effect() -> None:
    network = InMemoryNetwork(offload=True)
    found: list[Compute] = []
    receive_computed = network.client.receive_computed
    network.client.receive_computed = lambda action, value, *, now: found.append(action)  # type: ignore[method-assign]
    handle = network.invoke()
    (action,) = found
    network.drop_connections(2)
    network.client.receive_computed = receive_computed  # type: ignore[method-assign]
    network.client.receive_computed(action, action.job(), now=network.now)
    network.advance(5)
    assert handle.result() == NEAREST


@pytest.mark.interpreted
def test_computation_for_a_connection_that_has_ended_is_not_kept() -> None:
    network = InMemoryNetwork(offload=True)
    found: list[ref[object]] = []
    network.client.receive_computed = lambda action, value, *, now: found.append(ref(action.job))  # type: ignore[method-assign]
    network.invoke()
    gc.collect()
    assert found[0]() is not None, "its result is awaited"
    (conn,) = network.connections
    network.client.connection_failed(conn, "broke", now=network.now)
    network.advance(5)
    gc.collect()
    assert found[0]() is None
    assert len(found) == 2, "the next connection has one of its own"


@pytest.mark.parametrize(("client", "server"), ENDS[1:])
def test_value_that_a_computation_cannot_have_is_refused_and_the_right_one_still_counts(
    *, client: bool, server: bool
) -> None:
    """A driver may have mixed up its results: nothing has changed then."""
    pair = OffloadedPair(client=client, server=server)

    def confuse(end: Any, action: Compute) -> None:
        for value in ("text", b"", [1, 2], (1,), (1, "2"), (1, 2, 3), 1.5, object(), ValueError()):
            with pytest.raises(LocalProtocolError, match="pass its return value"):
                end.receive_computed(action, value, now=pair.now)

    pair.on_compute = confuse
    handle = pair.client.invoke(QUERY, now=NOW)
    pair.run()
    assert handle.result() == NEAREST


@pytest.mark.interpreted
def test_client_with_several_connections_refuses_a_wrong_value_and_takes_the_right_one() -> None:
    network = InMemoryNetwork(offload=True)
    receive_computed = network.client.receive_computed

    def confuse(action: Compute, value: object, *, now: float) -> None:
        with pytest.raises(LocalProtocolError, match="pass its return value"):
            receive_computed(action, "text", now=now)
        receive_computed(action, value, now=now)

    network.client.receive_computed = confuse  # type: ignore[method-assign]
    handle = network.invoke()
    network.settle()
    assert handle.result() == NEAREST


@pytest.mark.parametrize(("client", "server"), ENDS[1:])
def test_reprs_of_jobs_and_values_show_no_secret(*, client: bool, server: bool) -> None:
    """A driver may log what it passes to a thread."""
    pair = OffloadedPair(client=client, server=server)
    shown: list[str] = []

    def show(_: Any, action: Compute) -> None:
        assert repr(action.job) == str(action.job) == "<job of a Compute>"
        shown.append(repr(action.job()))

    pair.on_compute = show
    pair.run()
    key = pair.client.auth_key
    assert key is not None
    assert shown
    assert not [text for text in shown if str(int.from_bytes(key.key, "big")) in text or repr(key.key)[2:20] in text]
