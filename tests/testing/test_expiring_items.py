"""Items that the data centers remember for a short time: when they expire, and how many there may be."""

from __future__ import annotations

import pickle
from dataclasses import dataclass

import pytest

from sansio_tl import errors, functions
from sansio_tl.testing import expiring_items
from sansio_tl.testing.expiring_items import MAX_PER_KEY, ExpiringItems
from tests.helpers.direct_client import PHONE_KEY, TABLET_KEY, DirectClient


@dataclass
class Item:
    expires_at: float


def secret(number: int) -> bytes:
    return number.to_bytes(4, "little")


def test_expired_items_are_removed() -> None:
    kept: ExpiringItems[Item] = ExpiringItems(lambda item: item.expires_at)
    for number in range(100):
        kept.put(secret(number), Item(number + 10.0), key_id=secret(number), now=float(number))
    assert len(kept) == 10
    assert kept.find(secret(99), 108.9) is not None
    assert kept.find(secret(99), 109.0) is None
    assert kept.get(secret(99)) is not None
    assert kept.take(secret(99), 100.0) is not None
    assert kept.take(secret(99), 100.0) is None
    assert kept.get(secret(99)) is None


def test_oldest_item_of_a_key_is_evicted_above_its_limit() -> None:
    kept: ExpiringItems[Item] = ExpiringItems(lambda item: item.expires_at)
    kept.put(b"other", Item(60.0), key_id=b"other key", now=0.0)
    for number in range(MAX_PER_KEY + 3):
        kept.put(secret(number), Item(60.0), key_id=b"key", now=0.0)
    assert kept.secrets() == [b"other", *map(secret, range(3, MAX_PER_KEY + 3))]
    assert len(kept.of(b"key")) == MAX_PER_KEY
    assert len(kept.of(b"other key")) == 1
    assert kept.of(b"no key") == []


def test_oldest_item_is_evicted_above_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiring_items, "MAX_ITEMS", 5)
    kept: ExpiringItems[Item] = ExpiringItems(lambda item: item.expires_at)
    for number in range(7):
        kept.put(secret(number), Item(60.0), key_id=secret(number), now=0.0)
    assert kept.secrets() == [secret(number) for number in range(2, 7)]
    assert kept.of(secret(0)) == []


def test_cost_of_adding_an_item_is_independent_of_their_number() -> None:
    looked_at = 0

    def expires_at(item: Item) -> float:
        nonlocal looked_at
        looked_at += 1
        return item.expires_at

    kept: ExpiringItems[Item] = ExpiringItems(expires_at)
    for number in range(5000):
        kept.put(secret(number), Item(number + 1000.0), key_id=secret(number), now=float(number))
    assert len(kept) == 1000
    assert looked_at <= 10_000


def test_challenges_of_one_client_do_not_evict_those_of_another() -> None:
    client = DirectClient()
    challenges = client.data_center.cluster.challenges
    client.call(functions.auth.InitPasskeyLogin(1, "hash"), PHONE_KEY)
    (challenge,) = challenges.secrets()
    for _ in range(MAX_PER_KEY * 3):
        client.call(functions.auth.InitPasskeyLogin(1, "hash"), TABLET_KEY)
    assert challenge in challenges.secrets()
    assert len(challenges) == MAX_PER_KEY + 1


def test_login_token_excludes_a_bounded_number_of_accounts() -> None:
    client = DirectClient()
    client.call(functions.auth.ExportLoginToken(1, "hash", list(range(100))))
    error = client.error_of(functions.auth.ExportLoginToken(1, "hash", list(range(101))))
    assert isinstance(error, errors.InputRequestTooLong)


def test_items_are_listed_from_the_oldest() -> None:
    kept: ExpiringItems[Item] = ExpiringItems(lambda item: item.expires_at)
    items = [Item(60.0 + number) for number in range(3)]
    for number, item in enumerate(items):
        kept.put(secret(number), item, key_id=b"key", now=0.0)
    assert kept.values() == kept.of(b"key") == items
    kept.pop(secret(1))
    kept.pop(b"unknown")
    assert (kept.values(), len(kept), repr(kept)) == ([items[0], items[2]], 2, "ExpiringItems(<2>)")


def test_key_without_items_is_forgotten() -> None:
    kept: ExpiringItems[Item] = ExpiringItems(lambda item: item.expires_at)
    empty = pickle.dumps(kept.__dict__ | {"_expires_at": None})
    for number in range(3):
        kept.put(secret(number), Item(60.0), key_id=secret(number // 2), now=0.0)
    for number in range(3):
        kept.pop(secret(number))
    assert pickle.dumps(kept.__dict__ | {"_expires_at": None}) == empty
