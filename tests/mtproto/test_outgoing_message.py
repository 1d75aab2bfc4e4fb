"""What a message to send knows of its delivery."""

from __future__ import annotations

from typing import Any

from sansio_tl.mtproto.message_ids import CLIENT_MESSAGE
from sansio_tl.mtproto.outgoing_message import OutgoingMessage


def test_new_message_is_content_related_and_was_never_sent() -> None:
    message = OutgoingMessage[str](b"body")
    assert (message.body, message.owner, message.content_related, message.kind) == (b"body", None, True, CLIENT_MESSAGE)
    assert (message.quick_ack, message.reserve, message.asks, message.children) == (False, 0, (), ())
    assert (message.resend_count, message.asked_for, message.acknowledged, message.refused_at) == (0, 0, False, None)
    assert (message.waiting, message.withdrawn, message.repeated) == (False, False, False)
    assert (message.msg_id, message.seqno, message.sent_at, message.envelope_id) == (0, 0, 0.0, 0)


def test_message_that_was_sent_has_its_numbers_until_its_id_is_cleared() -> None:
    message = OutgoingMessage[str](b"body")
    message.enter_queue()
    assert message.waiting
    message.leave_queue()
    assert not message.waiting
    message.set_numbers(8, 3, 1.5)
    message.set_envelope(12)
    message.mark_repeated()
    message.set_acknowledged()
    message.set_refused(2.5)
    assert (message.msg_id, message.seqno, message.sent_at, message.envelope_id) == (8, 3, 1.5, 12)
    assert (message.repeated, message.acknowledged, message.refused_at) == (True, True, 2.5)
    message.clear_id()
    assert (message.msg_id, message.repeated, message.acknowledged, message.refused_at) == (0, False, False, None)
    message.withdraw()
    assert message.withdrawn


def test_rejections_and_resend_requests_are_counted() -> None:
    message = OutgoingMessage[str](b"body", resend_count=2)
    assert [message.count_rejection(), message.count_rejection()] == [3, 4]
    assert message.resend_count == 4
    message.count_resend_request()
    message.count_resend_request()
    assert message.asked_for == 2


def test_copy_with_a_new_id_keeps_what_is_sent_and_counts_the_rejection() -> None:
    message = OutgoingMessage(
        b"body",
        "owner",
        content_related=False,
        kind=3,
        asks=(4,),
        children=(8,),
        quick_ack=True,
        prepare=lambda owner, msg_id: f"{owner} {msg_id}".encode(),
        reserve=5,
        resend_count=2,
    )
    message.set_numbers(8, 3, 1.5)
    message.mark_repeated()
    copy = message.copy_with_new_id()
    assert (copy.body, copy.owner, copy.content_related, copy.kind, copy.asks) == (b"owner 8", "owner", False, 3, (4,))
    assert (copy.quick_ack, copy.reserve) == (True, 5)
    assert (copy.children, copy.resend_count, copy.msg_id, copy.repeated) == ((), 3, 0, False)
    copy.set_numbers(12, 5, 1.5)
    assert (copy.body, message.body) == (b"owner 12", b"owner 8")
    assert message.resend_count == 2


def test_body_that_depends_on_the_id_is_made_for_its_owner() -> None:
    message: Any = OutgoingMessage(b"body", "owner", prepare=lambda owner, msg_id: f"{owner} {msg_id}".encode())
    message.set_numbers(8, 1, 1.5)
    assert message.body == b"owner 8"
    message.detach_owner()
    message.set_numbers(12, 3, 1.5)
    assert (message.body, message.owner) == (b"owner 8", None)
    plain = OutgoingMessage(b"body", "owner")
    plain.set_numbers(8, 1, 1.5)
    assert plain.body == b"body"
