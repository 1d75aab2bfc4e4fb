"""Which message ids the simulation's check accepts, and which it refuses."""

from __future__ import annotations

from collections import Counter

import pytest

from sansio_tl import codec, types
from sansio_tl.limits import Limits
from sansio_tl.simulation.invariants.message_ids import MessageIdCheck
from sansio_tl.simulation.packet_inspector import WatchedMessage, WatchedPacket
from sansio_tl.simulation.violation import Violation
from sansio_tl.tl.objects import TLObject

KEY, SESSION = b"k" * 8, 5
NAMED, MADE_UP, FIRST_ID = -1, 77, (1_790_000_000 << 32) | 3
DETAILED = types.mtproto.MsgDetailedInfo(msg_id=4, answer_msg_id=NAMED, bytes=8, status=0)
NEW_DETAILED = types.mtproto.MsgNewDetailedInfo(answer_msg_id=NAMED, bytes=8, status=0)


def packet(body: TLObject, msg_id: int, seqno: int = 0) -> WatchedPacket:
    encoded = codec.encode(body)
    message = WatchedMessage(msg_id, seqno, int.from_bytes(encoded[:4], "little"), encoded)
    return WatchedPacket(KEY, SESSION, message, (), 12)


def acknowledgement(msg_id: int, number: int) -> WatchedPacket:
    return packet(types.mtproto.MsgsAck(msg_ids=[msg_id]), FIRST_ID - 3 + 4 * number)


@pytest.mark.parametrize("notice", [DETAILED, NEW_DETAILED])
@pytest.mark.parametrize("honest", [True, False])
def test_acknowledging_the_answer_named_in_a_detailed_info_is_allowed(notice: TLObject, honest: bool) -> None:
    numbers = MessageIdCheck(Limits(), Counter())
    numbers.sent(packet(notice, FIRST_ID), from_client=False, honest=honest, now=0.0)
    numbers.sent(acknowledgement(NAMED, 1), from_client=True, honest=honest, now=0.0)
    with pytest.raises(Violation, match=r"0x4d is acknowledged and was never sent \(MS10\)"):
        numbers.sent(acknowledgement(MADE_UP, 2), from_client=True, honest=honest, now=0.0)


def test_unknown_ids_acknowledged_by_a_malicious_data_center_are_tolerated() -> None:
    made_up = packet(types.mtproto.MsgsAck(msg_ids=[MADE_UP]), FIRST_ID)
    MessageIdCheck(Limits(), Counter()).sent(made_up, from_client=False, honest=False, now=0.0)
    with pytest.raises(Violation, match="MS10"):
        MessageIdCheck(Limits(), Counter()).sent(made_up, from_client=False, honest=True, now=0.0)


@pytest.mark.parametrize(
    ("now", "held_since", "age"), [(300.0, None, 0), (301.0, None, 301), (900.0, 300.0, 0), (900.0, 301.0, 301)]
)
def test_message_that_waits_for_a_connection_keeps_its_creation_time(
    now: float, held_since: float | None, age: int
) -> None:
    numbers, pong = MessageIdCheck(Limits(), Counter()), packet(types.mtproto.Pong(msg_id=4, ping_id=5), FIRST_ID)
    numbers.sent(pong, from_client=False, honest=True, now=0.0)
    if not age:
        numbers.sent(pong, from_client=False, honest=True, now=now, held_since=held_since)
        return
    with pytest.raises(Violation, match=rf"is sent again after {age} s \(MS8\)"):
        numbers.sent(pong, from_client=False, honest=True, now=now, held_since=held_since)
