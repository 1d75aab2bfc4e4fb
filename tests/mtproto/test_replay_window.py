"""MS3, MS6: each message id of the peer is accepted once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.mtproto.replay_window import ReplayWindow, Verdict


def test_MS3_id_repeated_after_newer_ids_is_a_duplicate() -> None:
    window = ReplayWindow(size=100)
    assert [window.accept(i) for i in (101, 105, 101)] == [Verdict.FRESH, Verdict.FRESH, Verdict.DUPLICATE]


def test_MS6_id_below_a_full_window_is_too_old() -> None:
    window = ReplayWindow(size=2)
    assert [window.accept(i) for i in (5, 9, 1)] == [Verdict.FRESH, Verdict.FRESH, Verdict.TOO_OLD]


@given(st.lists(st.integers(1, 50)), st.integers(1, 8))
def test_MS3_no_id_is_fresh_twice(ids: list[int], size: int) -> None:
    window = ReplayWindow(size)
    fresh = [i for i in ids if window.accept(i) is Verdict.FRESH]
    assert len(fresh) == len(set(fresh))


@given(st.lists(st.integers(1, 50), unique=True), st.integers(1, 8))
def test_MS3_new_id_above_the_window_is_fresh(ids: list[int], size: int) -> None:
    window = ReplayWindow(size)
    seen: list[int] = []
    for i in ids:
        window_is_full = len(seen) >= size
        expected = Verdict.TOO_OLD if window_is_full and i < sorted(seen)[-size] else Verdict.FRESH
        assert window.accept(i) is expected
        if expected is Verdict.FRESH:
            seen.append(i)


def test_MS3_evicted_id_is_not_fresh_again_after_a_removal() -> None:
    window = ReplayWindow(size=2)
    assert [window.accept(i) for i in (1, 2, 3)] == [Verdict.FRESH] * 3
    window.forget(3)
    assert window.accept(1) is Verdict.TOO_OLD
    assert window.accept(3) is Verdict.FRESH


def test_MS6_emptied_window_still_refuses_evicted_ids() -> None:
    window = ReplayWindow(size=1)
    assert [window.accept(i) for i in (5, 6)] == [Verdict.FRESH, Verdict.FRESH]
    window.forget(6)
    assert window.newest == 5
    assert [window.accept(i) for i in (5, 4)] == [Verdict.TOO_OLD, Verdict.TOO_OLD]
    assert window.accept(6) is Verdict.FRESH
    window.forget(7)
    assert window.newest == 6
    assert window.accept(6) is Verdict.DUPLICATE
