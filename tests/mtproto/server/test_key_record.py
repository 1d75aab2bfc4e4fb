"""MS23, HS16: the salts of a key in the data center."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.limits import Limits
from sansio_tl.mtproto.server.key_record import SALT_PERIOD, KeyRecord
from sansio_tl.mtproto.server.session import IncomingRequest, ServerSession
from tests.helpers.connected_pair import NOW, key_record
from tests.mtproto.server.scripted_client import QUERY, ScriptedClient

FIRST = 7
TIMES = st.floats(-1e6, 1e9).map(lambda seconds: NOW + seconds)


def test_HS16_first_salt_is_that_of_the_handshake() -> None:
    record = key_record(salt=FIRST)
    assert record.salt(NOW) == record.salt(NOW + SALT_PERIOD - 1) == FIRST
    assert record.salt(NOW - 100) == FIRST  # a clock that has stepped back


def test_MS23_each_salt_is_valid_for_two_periods() -> None:
    record = key_record(salt=FIRST)
    second = record.salt(NOW + SALT_PERIOD)
    assert second != FIRST
    for seconds, first_is_valid, second_is_valid in (
        (0, True, False),
        (SALT_PERIOD - 1, True, False),
        (SALT_PERIOD, True, True),
        (2 * SALT_PERIOD - 1, True, True),
        (2 * SALT_PERIOD, False, True),
        (3 * SALT_PERIOD - 1, False, True),
        (3 * SALT_PERIOD, False, False),
    ):
        assert record.accepts(FIRST, NOW + seconds) is first_is_valid
        assert record.accepts(second, NOW + seconds) is second_is_valid


@given(TIMES)
def test_MS23_only_the_current_salt_is_accepted(now: float) -> None:
    record = key_record(salt=FIRST)
    assert record.accepts(record.salt(now), now)
    assert not record.accepts(record.salt(now) ^ 1, now)
    assert -(1 << 63) <= record.salt(now) < 1 << 63


@given(TIMES, st.integers(1, 64))
def test_MS23_future_salts_are_consecutive_and_accepted_in_their_period(now: float, count: int) -> None:
    record = key_record(salt=FIRST)
    salts = record.future_salts(count, now)
    assert len(salts) == count
    assert salts[0].salt == record.salt(now)
    assert len({salt.salt for salt in salts}) == count
    for salt, following in pairwise(salts):
        assert following.valid_since - salt.valid_since == SALT_PERIOD
        assert salt.valid_until - following.valid_since == SALT_PERIOD
    for salt in salts:
        assert record.accepts(salt.salt, salt.valid_since + 1)
        assert record.accepts(salt.salt, salt.valid_until - 1)
        assert not record.accepts(salt.salt, salt.valid_until + 1)


def test_MS23_salts_of_two_keys_differ() -> None:
    one, other = key_record("one"), key_record("other")
    later = NOW + 10 * SALT_PERIOD
    assert one.salt(later) != other.salt(later)


def test_MS23_new_salt_is_sent_when_the_old_one_expires() -> None:
    client = ScriptedClient()
    client.start_session()
    first = client.record.salt(NOW)
    client.now = NOW + 2 * SALT_PERIOD - 1
    client.send(salt=first)
    assert len(client.connection.requests()) == 1
    client.now = NOW + 2 * SALT_PERIOD
    client.send(salt=first)
    assert client.connection.requests() == []
    (error,) = (value for value in client.connection.values() if type(value).__name__ == "BadServerSalt")
    assert error.new_server_salt == client.record.salt(client.now)


def test_repr_of_a_key_record_shows_no_secret() -> None:
    record = key_record(salt=0x1122334455667788)
    text = repr(record)
    assert str(record.first_salt) not in text
    assert record.auth_key.key.hex()[:16] not in text


@pytest.mark.parametrize(("expires_at", "expired"), [(None, False), (NOW - 1, True), (NOW, True), (NOW + 1, False)])
def test_HS18_temporary_key_expires_at_its_time(expires_at: float | None, *, expired: bool) -> None:
    record = KeyRecord(key_record().auth_key, FIRST, created_at=NOW, expires_at=expires_at)
    assert record.expired(NOW) is expired


def test_HS18_bound_key_has_the_identity_of_its_permanent_key() -> None:
    record = key_record()
    assert record.identity == record.auth_key.id
    record.bound_to = b"permanen"
    assert record.identity == b"permanen"


def test_dropping_a_session_returns_the_requests_that_the_application_has() -> None:
    record = key_record()
    record.sessions[5] = session = ServerSession(5, record, Limits())
    requests = [IncomingRequest(session, msg_id, QUERY) for msg_id in (4, 8, 12)]
    for request in requests:
        session.keep(request, 100)
    for request in requests[:2]:
        session.requests.set_reported(request)
    session.send_result(requests[0], b"")
    assert record.drop_session(5, NOW, Limits()) == [requests[1]]
    assert [request.dropped for request in requests] == [False, True, True]
    assert record.drop_session(5, NOW, Limits()) == []
    assert session.connection is None


def test_ended_key_keeps_no_sessions_and_no_refused_packets() -> None:
    client = ScriptedClient()
    client.send()
    client.send(salt=client.record.salt(NOW + 2 * SALT_PERIOD))  # refused, and could be accepted later
    record = client.record
    assert (len(record.sessions), len(record.refused)) == (1, 1)
    newest = client.session.received.newest_id
    record.end()
    assert (len(record.sessions), len(record.refused)) == (0, 0)
    assert record.past.floor == newest
