"""No entry is taken too late, and moved deadlines use bounded memory."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from sansio_tl_transports.sync._timetable import Timetable


def test_entries_are_taken_once_when_due_in_order() -> None:
    timetable: Timetable[str] = Timetable()
    timetable.put("tea", 5)
    timetable.put("lunch", 3)
    timetable.put("never", math.inf)
    assert timetable.earliest() == 3
    assert timetable.take(2.9) == []
    assert timetable.take(5) == ["lunch", "tea"]
    assert timetable.take(1e9) == []
    assert timetable.earliest() == math.inf


def test_entry_moved_earlier_is_taken_earlier() -> None:
    timetable: Timetable[str] = Timetable()
    timetable.put("tea", 5)
    timetable.put("tea", 3)
    assert timetable.earliest() == 3
    assert timetable.take(3) == ["tea"]
    assert timetable.take(5) == []


def test_removed_entry_is_not_taken() -> None:
    timetable: Timetable[str] = Timetable()
    timetable.put("tea", 5)
    timetable.remove("tea")
    timetable.remove("tea")
    assert timetable.earliest() == math.inf
    timetable.put("tea", 7)
    assert timetable.take(6) == []
    assert timetable.take(7) == ["tea"]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20), st.booleans())))
def test_no_entry_is_taken_late(steps: list[tuple[int, int, bool]]) -> None:
    timetable: Timetable[int] = Timetable()
    due: dict[int, float] = {}
    for number, (thing, moment, look) in enumerate(steps):
        now = number / 2
        timetable.put(thing, now + moment)
        due[thing] = now + moment
        assert timetable.earliest() <= min(due.values())
        if look:
            for each in timetable.take(now):
                if due[each] <= now:
                    del due[each]
                else:
                    timetable.put(each, due[each])  # it was taken early, and is put back
            assert all(at > now for at in due.values())


def test_moved_deadlines_use_bounded_memory() -> None:
    """Neither those that come up in the end, nor those that hide behind what comes up next."""
    timetable: Timetable[str] = Timetable()
    for number in range(10_000):
        timetable.put("busy", number + 60.0)
        timetable.put("busy", number + 0.5)
        assert timetable.take(number + 0.5) == ["busy"]
    assert len(timetable._heap) < 100
    for number in range(10_000):
        timetable.put("earlier and earlier", -number)
    assert len(timetable._heap) < 100
