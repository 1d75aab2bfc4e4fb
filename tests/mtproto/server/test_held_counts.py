"""MS34: stored bytes of a session count for its key and in total, and are released with it."""

from __future__ import annotations

from sansio_tl.mtproto.server.held_bytes import Held


def test_MS34_held_bytes_count_in_one_total_only() -> None:
    first, second = Held(), Held()
    part = Held(first)
    part.add(5)
    assert (part.count, first.count) == (5, 5)
    part.join(second)
    assert (part.count, first.count, second.count) == (5, 0, 5)
    part.add(-2)
    assert (part.count, first.count, second.count) == (3, 0, 3)
    part.leave()
    part.leave()
    assert (part.count, second.count, part.whole) == (3, 0, None)
    part.add(1)
    assert second.count == 0
