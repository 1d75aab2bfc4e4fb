"""Unread updates are bounded in number and in memory."""

from __future__ import annotations

from sansio_tl import types
from sansio_tl.limits import Limits
from sansio_tl.mtproto.client.unread_updates import UnreadUpdates
from sansio_tl.mtproto.memory_size import weight
from sansio_tl.tl.objects import TLObject

SMALL = types.UpdateShort(update=types.UpdateConfig(), date=1)
LARGE = types.UpdateDeleteMessages(messages=list(range(1000, 101_000)), pts=1, pts_count=1)
TOO_LONG = types.UpdatesTooLong()


def drain(queue: UnreadUpdates) -> list[TLObject]:
    return [each for each in iter(queue.take, None) if each is not None]


def test_updates_are_read_in_order() -> None:
    queue = UnreadUpdates(Limits())
    queue.put(SMALL)
    queue.put(LARGE)
    assert drain(queue) == [SMALL, LARGE]
    assert queue.take() is None


def test_too_many_updates_become_updates_too_long() -> None:
    queue = UnreadUpdates(Limits(max_updates=2))
    for _ in range(3):
        queue.put(SMALL)
    assert drain(queue) == [TOO_LONG]


def test_updates_that_take_too_much_memory_become_updates_too_long() -> None:
    queue = UnreadUpdates(Limits(max_update_bytes=2 * weight(LARGE)))
    queue.put(LARGE)
    queue.put(LARGE)
    queue.put(SMALL)
    queue.put(SMALL)
    assert drain(queue) == [TOO_LONG, SMALL]


def test_single_update_above_the_memory_limit_becomes_updates_too_long() -> None:
    queue = UnreadUpdates(Limits(max_update_bytes=weight(LARGE) - 1))
    queue.put(LARGE)
    assert drain(queue) == [TOO_LONG]


def test_memory_is_available_again_after_updates_are_read_or_dropped() -> None:
    queue = UnreadUpdates(Limits(max_update_bytes=weight(LARGE) + weight(TOO_LONG)))
    for _ in range(3):
        queue.put(LARGE)
        assert drain(queue) == [LARGE]
    queue.put(LARGE)
    queue.put(LARGE)
    queue.put(LARGE)
    assert drain(queue) == [TOO_LONG, LARGE]


def test_weight_of_an_update_counts_its_objects() -> None:
    assert weight(LARGE) > 8 * 4 * 100_000 * 9 // 10
