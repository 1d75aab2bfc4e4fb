"""The deadlines of many objects."""

from __future__ import annotations

import math
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.proxy.deadlines import Deadlines

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.integers(0, 5), st.one_of(st.integers(0, 20), st.just(math.inf))),
        st.tuples(st.just("due"), st.integers(0, 20), st.none()),
    ),
    max_size=60,
)


@given(STEPS)
def test_deadlines_are_those_that_were_set_last(steps: list[tuple[str, int, float | None]]) -> None:
    deadlines: Deadlines[int] = Deadlines()
    model: dict[int, float] = {}
    for kind, number, at in steps:
        if kind == "set" and at is not None:
            deadlines.set(number, at)
            model[number] = at
        else:
            due = deadlines.take_due(number)
            assert sorted(due) == sorted(item for item, each in model.items() if each <= number)
            assert [model[item] for item in due] == sorted(model[item] for item in due)
            for item in due:
                del model[item]
        assert deadlines.first == min(model.values(), default=math.inf)


def test_deadlines_that_move_take_no_memory() -> None:
    deadlines: Deadlines[int] = Deadlines()
    tracemalloc.start()
    try:
        for at in range(20_000):
            deadlines.set(at % 3, at)
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size < 50_000
    assert [deadlines.first, *deadlines.take_due(20_000), deadlines.first] == [19_997, 2, 0, 1, math.inf]
