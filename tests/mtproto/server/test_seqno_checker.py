"""MS18: sequence numbers that fit the order of the message ids, codes 32 and 33."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.mtproto.bad_msg_codes import BadMsgCode
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.message_ids import Numbering
from sansio_tl.mtproto.server.seqno_checker import SeqnoOrder


def judge(order: SeqnoOrder, *numbers: tuple[int, int]) -> list[BadMsgCode | None]:
    return [order.accept(Message(msg_id, seqno, b"body")) for msg_id, seqno in numbers]


@given(st.lists(st.booleans(), max_size=60), st.randoms())
def test_MS18_correct_seqnos_are_accepted_in_any_order_of_arrival(kinds: list[bool], random: object) -> None:
    numbering = Numbering()
    messages = [
        (numbering.next_id(2e9), numbering.next_seqno(content_related=content_related)) for content_related in kinds
    ]
    random.shuffle(messages)  # type: ignore[attr-defined]
    assert set(judge(SeqnoOrder(100), *messages)) <= {None}


def test_MS18_code_32_refuses_a_later_message_with_a_lower_seqno() -> None:
    assert judge(SeqnoOrder(9), (10, 5), (20, 3)) == [None, BadMsgCode.SEQNO_TOO_LOW]
    assert judge(SeqnoOrder(9), (10, 5), (20, 4)) == [None, BadMsgCode.SEQNO_TOO_LOW]


def test_MS18_code_33_refuses_an_earlier_message_with_a_higher_seqno() -> None:
    assert judge(SeqnoOrder(9), (20, 3), (10, 5)) == [None, BadMsgCode.SEQNO_TOO_HIGH]


def test_MS18_codes_32_33_refuse_equal_seqnos_of_content_related_messages() -> None:
    assert judge(SeqnoOrder(9), (10, 5), (20, 5)) == [None, BadMsgCode.SEQNO_TOO_LOW]
    assert judge(SeqnoOrder(9), (20, 5), (10, 5)) == [None, BadMsgCode.SEQNO_TOO_HIGH]
    assert judge(SeqnoOrder(9), (10, 4), (30, 4), (20, 4)) == [None, None, None]


def test_refused_message_does_not_affect_the_checks_of_others() -> None:
    order = SeqnoOrder(9)
    assert judge(order, (10, 1), (20, 1), (30, 3)) == [None, BadMsgCode.SEQNO_TOO_LOW, None]
    order.forget(30)
    assert judge(order, (40, 2)) == [None]
    order.forget(31)


def test_only_the_newest_seqnos_are_remembered() -> None:
    order = SeqnoOrder(3)
    judge(order, *((number, 2 * number + 1) for number in range(100)))
    assert len(order) == 3
