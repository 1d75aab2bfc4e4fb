"""HS15 and MS25: when a server closes a connection."""

from __future__ import annotations

import pytest

from sansio_tl.connection.disconnect_deadline import DisconnectDeadline
from sansio_tl.errors import RemoteProtocolError
from sansio_tl.limits import Limits
from tests.helpers.connected_pair import NOW, ConnectedPair

LIMITS = Limits(handshake_timeout=20.0, idle_timeout=900.0)


def assert_closes(deadline: DisconnectDeadline, at: float, check: str) -> None:
    assert deadline.at == at
    deadline.check(at - 0.001)
    with pytest.raises(RemoteProtocolError, match=check):
        deadline.check(at)


def test_HS15_each_step_of_a_handshake_moves_the_deadline() -> None:
    deadline = DisconnectDeadline(LIMITS, NOW)
    assert_closes(deadline, NOW + 20, "HS15")
    deadline.on_handshake_step(NOW + 15)
    assert_closes(deadline, NOW + 35, "HS15")


def test_MS25_each_new_message_moves_the_deadline() -> None:
    deadline = DisconnectDeadline(LIMITS, NOW)
    deadline.on_new_message(NOW + 5)
    assert_closes(deadline, NOW + 905, "MS25")
    deadline.on_new_message(NOW + 100)
    assert_closes(deadline, NOW + 1000, "MS25")


def test_MS25_deadline_of_the_client_is_moved_only_by_the_client() -> None:
    deadline = DisconnectDeadline(LIMITS, NOW)
    deadline.set_by_client(NOW + 75)
    deadline.on_new_message(NOW + 60)
    assert_closes(deadline, NOW + 75, "MS25")
    deadline.set_by_client(NOW + 140)
    assert_closes(deadline, NOW + 140, "MS25")


def test_MS25_idle_timeout_begins_with_the_end_of_the_handshake() -> None:
    pair = ConnectedPair()
    assert pair.server.next_deadline() == NOW + Limits().handshake_timeout
    pair.run()
    assert pair.client.auth_key is not None
    assert pair.server.next_deadline() == pair.now + Limits().idle_timeout
    pair.server.handle_deadline(now=pair.now + Limits().idle_timeout)
    assert pair.server.closed
