"""`Send` announces all output, and every connection ends with one `Disconnect`, whatever happens."""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl import Client, errors, functions
from sansio_tl.client import Connect, Disconnect, Send
from sansio_tl.framing.factory import FRAMINGS, client_framing
from sansio_tl.simulation import Violation
from sansio_tl.simulation.invariants.actions import ActionWatch
from tests.helpers.entropy import SeededEntropy
from tests.helpers.in_memory_network import NEAREST, NOW, InMemoryNetwork

QUERY = functions.help.GetNearestDc()
ANSWERS: tuple[object, ...] = (
    NEAREST,
    None,
    errors.FloodWait(seconds=1),
    errors.parse(303, "FILE_MIGRATE_4"),
    errors.parse(401, "AUTH_KEY_INVALID"),
)


class WatchedNetwork(InMemoryNetwork):
    """A network whose client is observed by the invariant of simulations."""

    def __init__(self, framing: str, **options: Any) -> None:
        make = client_framing(framing, dc=2, entropy=SeededEntropy(framing), now=NOW, host="dc.example")
        super().__init__(framing=make, backoff_initial=1.0, backoff_max=4.0, **options)
        self.watch = ActionWatch("the client", self.client, Counter())
        self.client = cast("Client", self.watch)
        self.handles: list[Any] = []

    def do(self, kind: str, number: int) -> None:
        """One step."""
        dc_id = (1, 2, 4)[number % 3]
        match kind:
            case "invoke":
                self.handles.append(self.client.invoke(QUERY, dc_id=dc_id, now=self.now))
            case "cancel" if self.handles:
                self.client.cancel(self.handles[number % len(self.handles)], now=self.now)
            case "answer":
                self.application = lambda dc_id, request: ANSWERS[number % len(ANSWERS)]
            case "reach":
                self.data_centers[dc_id].reachable = bool(number & 8)
                self.data_centers[dc_id].answers = bool(number & 16)
            case "lose":
                for connection_id in list(self.connections)[: number % 3]:
                    del self.connections[connection_id]
                    if number & 4:
                        self.client.connection_failed(connection_id, "broken", now=self.now)
                    else:
                        self.client.receive_data(connection_id, b"" if number & 8 else b"\xff" * 9, now=self.now)
            case "forget key" if dc_id in self.client.auth_keys:
                self.client.forget_key(dc_id, now=self.now)
            case "wait":
                self.advance((0.5, 2.0, 30.0, 100.0)[number % 4])
        if number & 32:
            return  # the driver is slow: several things happen before it acts
        self.settle()
        self.watch.check_silence(self.now)


KINDS = ("invoke", "invoke", "cancel", "answer", "reach", "lose", "forget key", "wait", "wait")


@given(
    st.sampled_from(FRAMINGS),
    st.sampled_from((None, 3600)),
    st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 63)), max_size=12),
)
def test_nothing_is_written_without_a_send_and_every_connection_ends_once(
    framing: str, lifetime: int | None, steps: list[tuple[str, int]]
) -> None:
    network = WatchedNetwork(framing, temporary_key_lifetime=lifetime)
    for kind, number in steps:
        network.do(kind, number)
    network.settle()
    network.watch.check_silence(network.now)
    ended = {action.connection_id for action in network.disconnects}
    assert not ended & set(network.connections), "a driver cleans up at Disconnect"
    network.client.close(now=network.now)
    network.settle()
    network.watch.check_closed()
    assert network.connections == {}
    for connection_id in range(1, 9):
        network.client.connection_made(connection_id, now=network.now)
        network.client.connection_failed(connection_id, "late", now=network.now)
        network.client.receive_data(connection_id, b"late", now=network.now)
        assert network.client.data_to_send(connection_id, now=network.now) == b""
        assert network.client.second_connection_made(connection_id, now=network.now) is None
    assert network.client.next_action() is None


@pytest.mark.parametrize("framing", FRAMINGS)
def test_calls_are_answered_over_every_framing_by_what_send_announces(framing: str) -> None:
    network = WatchedNetwork(framing)
    for _ in range(3):
        handle = network.invoke()
        network.advance(1)
        assert handle.result() == NEAREST
    network.watch.check_silence(network.now)


def test_send_comes_once_until_the_output_is_taken() -> None:
    network = InMemoryNetwork()
    network.client.invoke(QUERY, now=NOW)
    assert isinstance(network.client.next_action(), Connect)
    assert network.client.next_action() is None, "it is not open yet"
    network.client.connection_made(1, now=NOW)
    assert [network.client.next_action(), network.client.next_action()] == [Send(1), None]
    network.client.invoke(QUERY, now=NOW)
    assert network.client.next_action() is None, "it was announced"
    assert network.client.data_to_send(1, now=NOW)
    assert network.client.next_action() is None, "there is nothing to send before the answer"


def test_send_follows_acknowledgements_that_are_due() -> None:
    network = InMemoryNetwork()
    network.log_in()
    network.invoke()
    due = network.client.next_deadline()
    assert due is not None
    assert network.client.next_action() is None
    network.client.handle_deadline(now=due)
    assert [network.client.next_action(), network.client.next_action()] == [Send(1), None]
    assert network.client.data_to_send(1, now=due)


def test_end_of_a_connection_takes_its_send_with_it() -> None:
    network = InMemoryNetwork()
    network.log_in()
    network.client.invoke(QUERY, now=NOW)
    assert network.client.next_action() == Send(1)
    network.client.connection_failed(1, "broken", now=NOW)
    assert [network.client.next_action(), network.client.next_action()] == [Disconnect(1), None]
    assert network.client.data_to_send(1, now=NOW) == b""


def test_connection_that_was_never_opened_ends_with_a_disconnect_too() -> None:
    network = InMemoryNetwork()
    network.client.invoke(QUERY, now=NOW)
    assert isinstance(network.client.next_action(), Connect)
    network.client.connection_failed(1, "no route", now=NOW)
    network.client.connection_failed(1, "no route", now=NOW)
    assert [network.client.next_action(), network.client.next_action()] == [Disconnect(1), None]


class Scripted:
    """A client with prepared actions and output."""

    def __init__(self, *actions: object, output: bytes = b"") -> None:
        self._actions = list(actions)
        self._output = output

    def next_action(self) -> object:
        return self._actions.pop(0) if self._actions else None

    def data_to_send(self, connection_id: int, *, now: float) -> bytes:
        return self._output


@pytest.mark.parametrize(
    ("actions", "seen"),
    [
        ([Connect(1, 2, ()), Connect(1, 2, ())], "connection 1 is opened again"),
        ([Disconnect(1)], r"Disconnect\(.*\) for a connection that is not open"),
        ([Connect(1, 2, ()), Disconnect(1), Disconnect(1)], r"Disconnect\(.*\) for a connection that is not open"),
        ([Connect(1, 2, ()), Disconnect(1), Send(1)], r"Send\(.*\) for a connection that is not open"),
        ([Connect(1, 2, ()), Send(1), Send(1)], r"Send\(.*\) again"),
        ([Connect(1, 2, ())], r"without a Disconnect of connections \{1\}"),
    ],
)
def test_invariant_detects_wrong_actions(actions: list[object], seen: str) -> None:
    watch = ActionWatch("the client", cast("Client", Scripted(*actions)), Counter())
    with pytest.raises(Violation, match=seen):
        watch.check_closed()


def test_invariant_detects_output_without_a_send() -> None:
    watch = ActionWatch("the client", cast("Client", Scripted(Connect(1, 2, ()), output=b"bytes")), Counter())
    watch.next_action()
    watch.check_silence(NOW)
    watch.next_action()
    with pytest.raises(Violation, match="connection 1 has output without a Send"):
        watch.check_silence(NOW)
