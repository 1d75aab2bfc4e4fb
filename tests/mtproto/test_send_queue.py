"""Sending: ids, containers, resending and memory (MS7, MS8, MS9, MS12, MS19)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.limits import Limits
from sansio_tl.mtproto.container import CONTAINER, split
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.message_ids import SERVER_ANSWER, SERVER_OTHER
from sansio_tl.mtproto.outgoing_message import OutgoingMessage
from sansio_tl.mtproto.send_queue import OVERHEAD, SendQueue
from tests.helpers.connected_pair import NOW

BODY = b"body" * 3


def outgoing(*, content_related: bool = True, owner: str | None = None, body: bytes = BODY) -> OutgoingMessage[str]:
    return OutgoingMessage(body, owner, content_related=content_related)


def flush(outbox: SendQueue[str], now: float = NOW) -> list[Message]:
    """What leaves, containers taken apart."""
    messages: list[Message] = []
    for message, _ in outbox.iter_packets(now, now):
        messages += split(message.body, Limits()) if message.constructor == CONTAINER else [message]
    return messages


@given(st.lists(st.tuples(st.integers(1, 40), st.booleans()), max_size=40), st.integers(1, 9), st.integers(40, 400))
def test_MS12_packets_are_bounded_in_count_and_size_and_lose_no_message(
    bodies: list[tuple[int, bool]], count: int, size: int
) -> None:
    limits = Limits(max_container_messages=count, max_container_size=size)
    outbox: SendQueue[str] = SendQueue(limits)
    for number, (words, content_related) in enumerate(bodies):
        outbox.enqueue(outgoing(content_related=content_related, body=number.to_bytes(4, "big") * words))
    seen: list[bytes] = []
    last_id = 0
    for message, parts in outbox.iter_packets(NOW, NOW):
        assert len(parts) <= count
        if len(parts) > 1:
            assert len(message.body) <= size + 8
            children = split(message.body, limits)
            assert message.msg_id > max(child.msg_id for child in children)
        else:
            children = [message]
        for child in children:
            assert child.msg_id > last_id
            last_id = child.msg_id
            seen.append(child.body)
    assert seen == [number.to_bytes(4, "big") * words for number, (words, _) in enumerate(bodies)]
    assert not outbox.has_pending(NOW)


@pytest.mark.parametrize("replaces_old_ids", [False, True])
def test_MS8_message_that_waited_too_long_is_not_sent_under_its_old_id(*, replaces_old_ids: bool) -> None:
    limits = Limits()
    outbox: SendQueue[str] = SendQueue(limits, replaces_old_ids=replaces_old_ids)
    repeated, other = outgoing(owner="request"), outgoing(owner="another")
    outbox.enqueue(repeated)
    (first,) = flush(outbox)
    outbox.resend_same_id(repeated)
    late = NOW + limits.same_id_resend_window
    assert [message.msg_id for message in flush(outbox, late)] == [first.msg_id], "its age is still allowed"
    outbox.resend_same_id(repeated)
    outbox.enqueue(other)
    sent = flush(outbox, late + 1)
    assert first.msg_id not in [message.msg_id for message in sent]
    assert len(sent) == (2 if replaces_old_ids else 1)
    assert (outbox.sent(first.msg_id) is None) == replaces_old_ids
    assert not outbox.has_pending(late + 1)


def test_MS18_new_session_resets_the_count_of_remembered_bytes() -> None:
    size = len(BODY) + OVERHEAD
    outbox: SendQueue[str] = SendQueue(Limits(max_remembered_bytes=2 * size))
    for number in range(2):
        outbox.enqueue(outgoing())
        flush(outbox, NOW + number)
    outbox.begin_session(keep_ids_rising=True)
    later = NOW + Limits().sent_message_ttl + 10
    sent = []
    for number in range(4):
        outbox.enqueue(outgoing())
        sent += flush(outbox, later + number)
    assert [outbox.sent(message.msg_id) is not None for message in sent] == [False, True, True, True]


def test_MS7_containers_and_acknowledgements_of_a_server_have_server_message_ids() -> None:
    outbox: SendQueue[str] = SendQueue(Limits(ack_batch_size=1), container_kind=SERVER_OTHER)
    outbox.enqueue(OutgoingMessage(BODY, kind=SERVER_ANSWER))
    outbox.pending_acks.add(5, NOW)
    ((container, _),) = outbox.iter_packets(NOW, NOW)
    answer, acks = split(container.body, Limits())
    assert [message.msg_id & 3 for message in (answer, acks, container)] == [1, 3, 3]


def test_MS26_message_queued_again_is_sent_once_with_the_same_id() -> None:
    outbox: SendQueue[str] = SendQueue(Limits())
    message = outgoing(owner="me")
    outbox.enqueue(message)
    outbox.enqueue(message)
    (first,) = flush(outbox)
    outbox.enqueue(message)
    assert flush(outbox, NOW + 1) == [first]
    assert flush(outbox) == []


def test_MS8_message_repeated_after_the_window_gets_a_new_id() -> None:
    limits = Limits()
    outbox: SendQueue[str] = SendQueue(limits, replaces_old_ids=True)
    message = outgoing(owner="me")
    outbox.enqueue(message)
    (first,) = flush(outbox)
    assert outbox.is_id_recent(message, NOW + limits.same_id_resend_window)
    outbox.resend_same_id(message)
    assert flush(outbox, NOW + limits.same_id_resend_window) == [first]
    late = NOW + limits.same_id_resend_window + 1
    assert not outbox.is_id_recent(message, late)
    outbox.resend_same_id(message)
    (second,) = flush(outbox, late)
    assert (second.body, second.msg_id > first.msg_id, second.seqno) == (first.body, True, 3)
    assert outbox.sent(first.msg_id) is None
    assert outbox.sent(second.msg_id) is message


def test_MS19_expanded_container_returns_the_remembered_messages() -> None:
    outbox: SendQueue[str] = SendQueue(Limits())
    messages = [outgoing(owner=name) for name in "abc"]
    for message in messages:
        outbox.enqueue(message)
    ((container, _),) = outbox.iter_packets(NOW, NOW)
    outbox.forget(messages[1].msg_id)
    sent = outbox.forget(container.msg_id)
    assert sent is not None
    assert outbox.expand_container(sent) == [messages[0], messages[2]]
    assert outbox.expand_container(sent) == []
    assert outbox.expand_container(messages[0]) == [messages[0]]


def test_sent_container_does_not_keep_the_bodies_of_its_children() -> None:
    outbox: SendQueue[str] = SendQueue(Limits())
    for name in "ab":
        outbox.enqueue(outgoing(owner=name))
    ((container, parts),) = outbox.iter_packets(NOW, NOW)
    sent = outbox.sent(container.msg_id)
    assert sent is not None
    assert sent.children == tuple(part.msg_id for part in parts)
    assert sent.body == b""


def test_withdrawn_message_is_not_sent() -> None:
    outbox: SendQueue[str] = SendQueue(Limits())
    message = outgoing()
    outbox.enqueue(message)
    message.withdraw()
    assert flush(outbox) == []
    assert not outbox.has_pending(NOW)


def test_unowned_messages_expire() -> None:
    limits = Limits()
    outbox: SendQueue[str] = SendQueue(limits)
    outbox.enqueue(outgoing())
    outbox.enqueue(outgoing(owner="me"))
    unowned, owned = flush(outbox)
    flush(outbox, NOW + limits.sent_message_ttl)
    assert outbox.sent(unowned.msg_id) is not None
    flush(outbox, NOW + limits.sent_message_ttl + 1)
    assert outbox.sent(unowned.msg_id) is None
    assert outbox.sent(owned.msg_id) is not None


def test_unowned_messages_are_bounded() -> None:
    outbox: SendQueue[str] = SendQueue(Limits(max_remembered_unowned=10))
    for _ in range(100):
        outbox.enqueue(outgoing())
        flush(outbox)
    assert outbox.remembered <= 11
    assert outbox.remembered_unowned <= 11


def test_detached_message_expires_like_the_others() -> None:
    limits = Limits()
    outbox: SendQueue[str] = SendQueue(limits)
    fresh, repeated = outgoing(owner="me"), outgoing(owner="me")
    outbox.enqueue(repeated)
    flush(outbox)
    outbox.enqueue(repeated)
    outbox.enqueue(fresh)
    outbox.detach_owner(repeated)
    outbox.detach_owner(fresh)
    assert len(flush(outbox)) == 2
    assert outbox.remembered == 3
    flush(outbox, NOW + limits.sent_message_ttl + 1)
    assert outbox.remembered == 0


def test_MS7_new_session_continues_the_ids_unless_the_clock_was_wrong() -> None:
    for keep in (True, False):
        outbox: SendQueue[str] = SendQueue(Limits())
        outbox.enqueue(outgoing())
        (before,) = flush(outbox, NOW + 1000)
        outbox.begin_session(keep_ids_rising=keep)
        assert outbox.sent(before.msg_id) is None
        outbox.enqueue(outgoing())
        (after,) = flush(outbox)
        assert (after.msg_id > before.msg_id) is keep
        assert after.seqno == 1
