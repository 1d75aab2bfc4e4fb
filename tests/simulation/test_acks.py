"""When the simulation expects an acknowledgement."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sansio_tl.limits import Limits
from sansio_tl.simulation.invariants.acks import Acks, End
from sansio_tl.simulation.packet_inspector import NEW_SESSION_CREATED, WatchedMessage, WatchedPacket
from sansio_tl.simulation.violation import Violation

PACKET = WatchedPacket(b"a key id", 7, WatchedMessage(0x6AB13BD3B8BECC00, 1, 0, b"ping"), (), 12)
NOW = 1000.0


@pytest.mark.parametrize("evicted", [False, True])
def test_acknowledgement_is_due_unless_the_session_was_evicted(*, evicted: bool) -> None:
    socket = cast("Any", SimpleNamespace(is_open=True, is_writable=True))
    host: Any = SimpleNamespace(name="data center 2", true_time=NOW, set_back=0.0)
    host.now = lambda: host.true_time
    asked: list[tuple[object, bytes, int]] = []

    def is_evicted(*session: Any) -> bool:
        asked.append(session)
        return evicted

    acks = Acks(Limits(ack_delay=10.0), Counter(), is_evicted)
    acks.arrived(PACKET, End(host, socket), at_client=False)
    host.true_time = NOW + 11
    acks.check(host.true_time)
    assert asked == [], "it is not due yet"
    with nullcontext() if evicted else pytest.raises(Violation):
        for _ in range(3):
            host.true_time += 15
            acks.check(host.true_time)
    assert asked[0] == (host, PACKET.key_id, PACKET.session_id)


@pytest.mark.parametrize("begins_at", [0, 4])
def test_session_that_begins_anew_owes_nothing_for_earlier_messages(*, begins_at: int) -> None:
    socket = cast("Any", SimpleNamespace(is_open=True, is_writable=True))
    host: Any = SimpleNamespace(name="data center 2", true_time=NOW, set_back=0.0)
    host.now = lambda: host.true_time
    acks = Acks(Limits(ack_delay=10.0), Counter(), lambda *session: False)
    acks.arrived(PACKET, End(host, socket), at_client=False)
    first = (PACKET.outer.msg_id + begins_at).to_bytes(8, "little")
    announcement = WatchedMessage(PACKET.outer.msg_id + 1, 1, NEW_SESSION_CREATED, bytes(4) + first + bytes(16))
    acks.sent(WatchedPacket(PACKET.key_id, PACKET.session_id, announcement, (), 12), from_client=False)
    with nullcontext() if begins_at else pytest.raises(Violation):
        for _ in range(4):
            host.true_time += 15
            acks.check(host.true_time)
