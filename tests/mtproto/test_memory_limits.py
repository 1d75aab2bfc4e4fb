"""Acknowledgements, clock, salts and quick acknowledgements: the state after each step."""

from __future__ import annotations

from math import inf

import pytest

from sansio_tl import codec, types
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from sansio_tl.limits import Limits
from sansio_tl.mtproto.acks import PendingAcks
from sansio_tl.mtproto.client.quick_acks import QuickAcks
from sansio_tl.mtproto.client.salts import Salts
from sansio_tl.mtproto.message import EncryptedPacket, quick_ack_token
from sansio_tl.mtproto.server_clock import ServerClock, check_now, is_server_time

LIMITS = Limits(
    ack_delay=30.0, max_ack_delay=5.0, ack_batch_size=3, max_pending_acks=5, max_ids_per_message=2, max_future_salts=3
)


def test_MS10_acknowledgements_are_sent_at_their_deadline_or_with_other_messages() -> None:
    acks = PendingAcks(LIMITS)
    assert (len(acks), acks.deadline, acks.due(1e9), acks.join_others(1e9)) == (0, inf, False, False)
    acks.add(1, 100.0)
    assert (acks.deadline, acks.due(129.9), acks.due(130.0)) == (130.0, False, True)
    assert [acks.join_others(now) for now in (104.9, 105.0)] == [False, True]
    acks.add(2, 101.0)
    assert not acks.join_others(101.0)
    acks.add(3, 101.0)
    assert acks.join_others(101.0)
    acks.add(4, 102.0)
    assert acks.deadline == 130.0
    acks.add(5, 102.0)
    assert (acks.deadline, acks.due(102.0), len(acks)) == (100.0, True, 5)


def test_MS11_one_acknowledgement_names_a_bounded_number_of_ids() -> None:
    acks = PendingAcks(LIMITS)
    for msg_id in (1, 2, 3):
        acks.add(msg_id, 100.0)
    assert [codec.decode(body) for body in acks.take()] == [types.mtproto.MsgsAck([1, 2]), types.mtproto.MsgsAck([3])]
    assert (len(acks), acks.take(), acks.deadline) == (0, [], inf)
    acks.add(4, 200.0)
    assert acks.deadline == 230.0


def test_MS5_repeated_message_is_acknowledged_once_without_delay() -> None:
    acks = PendingAcks(LIMITS)
    acks.add(1, 100.0)
    acks.add(1, 101.0)
    assert (len(acks), acks.due(101.0), acks.deadline) == (1, True, inf)
    acks.take()
    assert not acks.due(101.0)
    acks.add(1, 102.0)
    assert not acks.due(102.0)


def test_due_acknowledgements_wait_only_for_a_connection() -> None:
    acks = PendingAcks(LIMITS)
    acks.add(1, 100.0)
    acks.handle_deadline(129.0)
    assert (acks.due(129.0), acks.deadline) == (False, 130.0)
    acks.handle_deadline(130.0)
    assert (acks.due(0.0), acks.deadline) == (True, inf)


@pytest.mark.parametrize("now", [-0.1, float((1 << 31) - (1 << 25)), inf, float("nan")])
def test_MS35_time_without_message_ids_is_refused(now: float) -> None:
    with pytest.raises(LocalProtocolError, match="now"):
        check_now(now)
    assert not is_server_time(now)


def test_MS24_server_clock_is_synchronised_and_refuses_an_invalid_time() -> None:
    check_now(0.0)
    check_now((1 << 31) - (1 << 25) - 1.0)
    assert [is_server_time(time) for time in (0.0, 0.5, (1 << 31) - (1 << 25) - 1.0)] == [False, True, True]
    clock = ServerClock()
    assert (clock.synchronised, clock.server_time(5.0)) == (False, 5.0)
    clock.synchronise(1500.0, 1000.0)
    assert (clock.synchronised, clock.offset, clock.server_time(1001.0)) == (True, 500.0, 1501.0)
    with pytest.raises(RemoteProtocolError, match="MS24"):
        clock.synchronise(0.0, 1000.0)
    assert clock.offset == 500.0
    assert ServerClock(0.0).synchronised


def _salt(since: int, salt: int) -> types.mtproto.FutureSalt:
    return types.mtproto.FutureSalt(valid_since=since, valid_until=since + 3600, salt=salt)


def _salt_at(salts: Salts, server_time: float) -> int:
    salts.advance(server_time)
    return salts.current


def test_MS23_next_salt_is_used_after_salt_use_delay() -> None:
    salts, margin = Salts(LIMITS, 1, 0.0), LIMITS.salt_use_delay
    salts.set_future([_salt(2000, 3), _salt(1000, 2)], 0.0)
    times = (1000.0 + margin - 0.1, 1000.0 + margin, 2000.0 + margin - 0.1, 2000.0 + margin)
    assert [_salt_at(salts, time) for time in times] == [1, 2, 2, 3]
    assert salts.current == 3


def test_MS23_stored_salts_are_bounded_and_expired_ones_dropped() -> None:
    salts = Salts(LIMITS, 1, 0.0)
    salts.set_future([_salt(1000 * number, number) for number in (9, 8, 7, 6)], 9_599.0)
    assert repr(salts) == "<Salts: 3 known ahead>"
    assert _salt_at(salts, 1e6) == 8
    salts.set_future([_salt(1000 * number, number) for number in (9, 8, 7, 6)], 9_600.0)
    assert _salt_at(salts, 1e6) == 9
    salts.set_future([_salt(0, 5), _salt(1, 6)], 3600.0)
    assert repr(salts) == "<Salts: 1 known ahead>"


def test_MS23_replaced_salt_drops_the_earlier_ones() -> None:
    salts = Salts(LIMITS, 1, 0.0)
    salts.set_future([_salt(1000, 2), _salt(2000, 3), _salt(3000, 4)], 0.0)
    salts.replace(3)
    assert (salts.current, _salt_at(salts, 2500.0), _salt_at(salts, 1e6)) == (3, 3, 4)
    salts.replace(77)
    assert _salt_at(salts, 0.0) == 77


def test_MS23_salts_are_requested_in_time_and_at_intervals() -> None:
    salts = Salts(LIMITS, 1, 100.0)
    first = 100.0 + LIMITS.salt_fetch_delay
    assert salts.deadline == first
    assert not salts.take_request(first - 0.1, 1000.0)
    assert salts.take_request(first, 1000.0)
    assert salts.deadline == first + LIMITS.salt_fetch_interval
    ahead = LIMITS.salt_prefetch_window + 2 * LIMITS.salt_fetch_interval
    salts.set_future([_salt(int(1000 + ahead), 2)], 1000.0)
    again = salts.deadline
    assert not salts.take_request(again, 1000.0)
    assert salts.deadline == pytest.approx(again + 2 * LIMITS.salt_fetch_interval, abs=1.0)
    assert salts.take_request(salts.deadline, 1000.0 + 2 * LIMITS.salt_fetch_interval)


def test_TR4_quick_ack_is_matched_once_and_expected_tokens_are_bounded() -> None:
    acks, sealed = QuickAcks(), [EncryptedPacket(b"", number.to_bytes(32, "little")) for number in range(1026)]
    tokens = [quick_ack_token(each.msg_key_large) for each in sealed]
    for each in sealed[:1024]:
        acks.expect(each, [])
    assert len(acks) == 1024
    acks.expect(sealed[1024], [])
    assert tokens[0] not in acks
    assert tokens[1] in acks
    assert acks.pop(tokens[1]) == []
    assert acks.pop(tokens[1]) == ()
    acks.clear()
    assert acks.pop(tokens[2]) == ()
