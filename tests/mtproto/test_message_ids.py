"""MS7, MS9: message ids and sequence numbers of our messages."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.mtproto.message_ids import CLIENT_MESSAGE, SERVER_ANSWER, SERVER_OTHER, Numbering, unix_time

TIMES = st.lists(st.floats(1.5e9, 4e9), min_size=1)


@given(TIMES, st.sampled_from([CLIENT_MESSAGE, SERVER_ANSWER, SERVER_OTHER]))
def test_MS7_message_ids_rise_strictly_even_when_the_clock_steps_back(times: list[float], kind: int) -> None:
    numbering = Numbering()
    ids = [numbering.next_id(time, kind) for time in times]
    assert all(earlier < later for earlier, later in pairwise(ids))
    assert all(msg_id & 3 == kind for msg_id in ids)


def test_MS7_ids_are_multiples_of_4_however_fine_the_clock() -> None:
    """Far from 1970 a float has no such low bits; a clock of its own may begin at 0."""
    assert Numbering().next_id(1000 + 3 / 2**32) == 1000 << 32


def test_MS7_message_id_contains_the_fraction_of_the_second() -> None:
    msg_id = Numbering().next_id(1_700_000_000.75)
    assert msg_id >> 32 == 1_700_000_000
    assert msg_id & 0xFFFFFFFF == 0xC0000000
    assert unix_time(msg_id) == 1_700_000_000.75


def test_MS7_new_session_may_continue_with_rising_ids() -> None:
    old, new = Numbering(), Numbering()
    last = old.next_id(2e9)
    new.continue_ids_of(old)
    assert new.next_id(1e9) == last + 4


@given(st.lists(st.booleans(), max_size=50))
def test_MS9_seqno_counts_content_related_messages(kinds: list[bool]) -> None:
    numbering = Numbering()
    for at, content_related in enumerate(kinds):
        before = sum(kinds[:at])
        assert numbering.next_seqno(content_related=content_related) == 2 * before + content_related
