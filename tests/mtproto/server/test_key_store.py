"""HS18: expired temporary keys are removed, and the search is free while there are none."""

from __future__ import annotations

import random

import pytest

from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.limits import Limits
from sansio_tl.mtproto.server.key_record import KeyRecord
from sansio_tl.mtproto.server.key_store import KeyStore
from tests.helpers.connected_pair import NOW, ConnectedPair

LIFE = 86_400


def a_record(number: int, expires_at: float | None) -> KeyRecord:
    return KeyRecord(AuthKey(number.to_bytes(256, "big")), 7, created_at=NOW, expires_at=expires_at)


def store(*records: KeyRecord) -> KeyStore:
    filled = KeyStore()
    for record in records:
        filled[record.auth_key.id] = record
    return filled


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[KeyRecord]:
    """Each query whether a record has expired."""
    seen: list[KeyRecord] = []
    expired = KeyRecord.expired

    def noted(self: KeyRecord, now: float) -> bool:
        seen.append(self)
        return expired(self, now)

    monkeypatch.setattr(KeyRecord, "expired", noted)
    return seen


def test_HS18_purge_removes_only_expired_keys() -> None:
    ends = [None, *(NOW + seconds for seconds in range(10))]
    random.Random(1).shuffle(ends)
    records = [a_record(number, end) for number, end in enumerate(ends, 1)]
    keys = store(*records)
    keys.purge_expired(NOW - 1)
    assert len(keys) == 11
    keys.purge_expired(NOW + 4)
    assert list(keys.values()) == [
        record for record in records if record.expires_at is None or record.expires_at > NOW + 4
    ]


@pytest.mark.interpreted
def test_HS18_purge_examines_only_expired_keys_and_once(looks: list[KeyRecord]) -> None:
    ended = [a_record(number, NOW + number) for number in range(1, 4)]
    keys = store(*ended, *(a_record(number, NOW + LIFE if number % 2 else None) for number in range(4, 2000)))
    for _ in range(10):
        keys.purge_expired(NOW + 3)
    assert looks == ended
    assert len(keys) == 1996


@pytest.mark.interpreted
def test_handshake_examines_no_other_keys(looks: list[KeyRecord]) -> None:
    others = [a_record(number, NOW + LIFE) for number in range(1, 1000)]
    pair = ConnectedPair(keys=store(*others))
    pair.run()
    assert len(pair.keys) == 1000
    assert not [record for record in looks if record in others]


def test_replaced_key_expires_at_its_own_time() -> None:
    for first, second in ((NOW + 1, NOW + 5), (NOW + 5, NOW + 1), (NOW + 1, None)):
        keys = store(a_record(1, first), a_record(1, second))
        keys.purge_expired(NOW + 1)
        assert len(keys) == (second != NOW + 1)
        keys.purge_expired(NOW + 5)
        assert len(keys) == (second is None)


def test_destroyed_key_is_not_purged_again() -> None:
    keys = store(a_record(1, NOW + 1), a_record(2, NOW + 1))
    del keys[a_record(1, None).auth_key.id]
    keys.purge_expired(NOW + 1)
    assert not keys
    keys.purge_expired(NOW + 2)


def test_HS18_temporary_keys_of_a_permanent_key_are_tracked() -> None:
    permanent, other = a_record(1, None), a_record(2, None)
    first, second = a_record(3, NOW + 1), a_record(4, NOW + 2)
    keys = store(permanent, other, first, second)
    for record in first, second:
        assert keys.bind(record, permanent, limits=Limits(), now=NOW) == []
    ids = [record.auth_key.id for record in (permanent, other, second)]
    assert sorted(record.expires_at or 0 for record in keys.temporary_keys_of(ids[0])) == [NOW + 1, NOW + 2]
    assert keys.temporary_keys_of(ids[1]) == []
    keys.purge_expired(NOW + 1)
    assert keys.temporary_keys_of(ids[0]) == [second]
    del keys[ids[2]]
    assert keys.temporary_keys_of(ids[0]) == []
    keys[ids[2]] = second
    assert keys.temporary_keys_of(ids[0]) == [second]
    del keys[ids[0]]
    assert list(keys.values()) == [other]
    assert keys.temporary_keys_of(ids[0]) == []


def test_MS46_binding_a_key_again_makes_it_the_newest_and_ends_none() -> None:
    permanent = a_record(1, None)
    short = [a_record(number, NOW + LIFE) for number in range(2, 6)]
    keys = store(permanent, *short)
    limits = Limits(max_temporary_keys=3)
    for record in *short[:3], short[0], short[0]:
        assert keys.bind(record, permanent, limits=limits, now=NOW) == []
    assert keys.bind(short[3], permanent, limits=limits, now=NOW) == [short[1].auth_key.id]
    assert list(keys.values()) == [permanent, short[0], short[2], short[3]]


def test_MS46_replaced_key_is_bound_to_its_new_permanent_key_only() -> None:
    first, second = a_record(1, None), a_record(2, None)
    before, after = a_record(3, NOW + LIFE), a_record(3, NOW + LIFE)
    before.bind_to(first.auth_key.id)
    after.bind_to(second.auth_key.id)
    keys = store(first, second, before, after)
    del keys[first.auth_key.id]
    assert list(keys.values()) == [second, after]
    assert keys.temporary_keys_of(second.auth_key.id) == [after]


def test_repeatedly_created_and_destroyed_keys_use_bounded_memory() -> None:
    kept = a_record(1, NOW + 1)
    keys = store(kept)
    for number in range(2, 5000):
        record = a_record(number, NOW + LIFE)
        keys[record.auth_key.id] = record
        del keys[record.auth_key.id]
    assert len(keys._ends) < 128
    keys.purge_expired(NOW + 1)
    assert not keys, "what is there is still noted"
