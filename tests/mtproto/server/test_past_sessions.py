"""MS27: the state kept of past sessions: expiry times and minimum ids."""

from __future__ import annotations

from sansio_tl.mtproto.message_ids import id_at
from sansio_tl.mtproto.server.past_sessions import PastSessions


def test_MS27_evicted_session_accepts_only_newer_ids_until_it_expires() -> None:
    past = PastSessions()
    past.evicted(1, 500, 10.0, limit=4, now=0.0)
    assert 1 in past
    assert [past.highest_id(1, now) for now in (0.0, 9.9, 10.0)] == [500, 500, 0]
    assert past.highest_id(2, 0.0) == 0
    assert not past.is_destroyed(1, 0.0)


def test_MS27_messages_of_a_destroyed_session_are_refused_until_it_expires() -> None:
    past = PastSessions()
    past.destroyed(1, 10.0, latest=5.0, limit=4, now=0.0)
    assert [past.is_destroyed(1, now) for now in (0.0, 9.9, 10.0)] == [True, True, False]
    assert not past.is_destroyed(2, 0.0)


def test_MS27_evicted_sessions_raise_the_minimum_id_unless_expired() -> None:
    past = PastSessions()
    past.evicted(1, 500, 10.0, limit=2, now=0.0)
    past.evicted(2, 300, 20.0, limit=2, now=0.0)
    past.evicted(1, 600, 10.0, limit=2, now=0.0)
    assert (len(past), past.floor) == (2, 0)
    past.evicted(3, 400, 20.0, limit=2, now=0.0)
    assert (2 in past, past.floor) == (False, 300)
    assert [past.highest_id(session, 0.0) for session in (1, 2, 3)] == [600, 300, 400]
    past.evicted(4, 100, 20.0, limit=2, now=10.0)
    assert (1 in past, past.floor) == (False, 300), "its time was over: there was room"
    assert past.highest_id(4, 10.0) == 300


def test_MS27_minimum_id_is_above_all_ids_of_a_destroyed_session() -> None:
    past = PastSessions()
    past.destroyed(1, 20.0, latest=5.0, limit=1, now=0.0)
    past.evicted(2, 1, 20.0, limit=1, now=0.0)
    assert past.floor == id_at(5.0)
    assert past.highest_id(1, 0.0) == past.highest_id(2, 0.0) == id_at(5.0)


def test_MS27_of_a_destroyed_key_nothing_old_is_accepted_if_it_is_restored() -> None:
    past = PastSessions()
    past.evicted(1, 8, 100.0, limit=2, now=0.0)
    past.forget_all([4, 12])
    assert len(past) == 0
    assert past.highest_id(1, 0.0) == past.highest_id(2, 1000.0) == past.floor == 12
    past.evicted(1, 20, 100.0, limit=2, now=0.0)
    past.forget_all([])
    assert past.floor == 20
