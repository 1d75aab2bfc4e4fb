"""What a server sends again is bounded in bytes, for each session in time and for each connection at once."""

from __future__ import annotations

import pytest

from sansio_tl import functions, types
from sansio_tl.framing.http_client import HttpClient
from sansio_tl.limits import Limits
from sansio_tl.mtproto.outgoing_message import OutgoingMessage
from sansio_tl.mtproto.send_queue import OVERHEAD
from sansio_tl.mtproto.server.resend_queue import ResendQueue
from tests.helpers.connected_pair import NOW
from tests.mtproto.server.scripted_client import QUERY, ScriptedClient, ScriptedConnection

SIZE = 10_000
BOUND = 25_000


def answer(size: int = SIZE) -> OutgoingMessage[None]:
    """A message that counts as `size` bytes."""
    return OutgoingMessage(bytes(size - OVERHEAD))


def queue(*messages: OutgoingMessage[None]) -> ResendQueue[None]:
    resends: ResendQueue[None] = ResendQueue(Limits(max_resent_bytes=BOUND))
    for message in messages:
        resends.add(message)
    return resends


def test_MS47_allowance_is_spent_and_grows_with_time() -> None:
    messages = [answer() for _ in range(12)]
    resends = queue(*messages)
    assert resends.take(10**6, NOW) == messages[:3], "30,000 bytes: the last one exceeds the bound"
    assert resends.take(10**6, NOW) == []
    assert resends.take(10**6, NOW + 0.1) == []
    assert resends.take(10**6, NOW + 0.3) == messages[3:4]
    assert resends.take(10**6, NOW + 1000) == messages[4:7], "no more than the bound is saved up"
    assert resends


def test_MS47_message_larger_than_the_bound_is_sent_whole_and_delays_the_next_one() -> None:
    large, small = answer(5 * BOUND), answer()
    resends = queue(large, small)
    assert resends.take(10**6, NOW) == [large]
    assert resends.take(10**6, NOW + 4.0) == []
    assert resends.take(10**6, NOW + 4.1) == [small]
    assert not resends


def test_MS47_portion_of_the_connection_bounds_what_is_taken() -> None:
    messages = [answer() for _ in range(4)]
    resends = queue(*messages)
    assert resends.take(0, NOW) == []
    assert resends.take(1, NOW) == messages[:1]
    assert resends.take(SIZE + 1, NOW) == messages[1:3]


def test_MS47_acknowledged_bytes_may_be_sent_again() -> None:
    messages = [answer() for _ in range(6)]
    resends = queue(*messages)
    sent = resends.take(10**6, NOW)
    assert resends.take(10**6, NOW) == []
    resends.acknowledged(sent[0])
    assert resends.take(10**6, NOW) == messages[3:4]
    for message in sent:
        resends.acknowledged(message)
    resends.acknowledged(messages[4])
    assert resends.take(10**6, NOW) == messages[5:], "what is acknowledged is not sent again"


def test_message_is_queued_once_and_not_if_it_is_about_to_be_sent() -> None:
    first, second = answer(), answer()
    resends = queue(first, second, first)
    second.enter_queue()
    assert resends.take(10**6, NOW) == [first]
    assert not resends
    resends.add(first)
    resends.discard(first)
    resends.discard(second)
    assert not resends


# -- a session and its connections -----------------------------------------------------------------------------------


def with_unacknowledged_answers(
    count: int, *, session_id: int = 1, client: ScriptedClient | None = None
) -> ScriptedClient:
    """A client that has received answers of about `SIZE` bytes each, and has acknowledged none."""
    client = client or ScriptedClient(max_resent_bytes=BOUND)
    client.session_id = session_id
    client.start_session()
    for _ in range(count):
        client.send(QUERY)
        client.connection.answer(*client.connection.requests(), result=large())
        assert len(client.connection.answers()) == 1
    return client


def large() -> types.NearestDc:
    return types.NearestDc(country="x" * SIZE, this_dc=2, nearest_dc=2)


def ping(client: ScriptedClient, connection: ScriptedConnection) -> None:
    client.send(functions.mtproto.Ping(1), content_related=False, connection=connection)


def test_MS47_alternating_connections_get_a_bounded_number_of_bytes() -> None:
    for connections in (10, 20, 40):
        client = with_unacknowledged_answers(30)
        sent = 0
        for _ in range(connections):
            other = client.open_connection()
            ping(client, other)
            sent += len(other.server.data_to_send(now=client.now))
        assert sent < BOUND + 2 * SIZE + 400 * connections, connections


def test_MS47_connection_sends_a_bounded_number_of_bytes_at_once_for_all_its_sessions() -> None:
    client = ScriptedClient(max_resent_bytes=BOUND, max_sessions_per_key=20)
    for session_id in range(8):
        with_unacknowledged_answers(5, session_id=session_id, client=client)
    other = client.open_connection()
    for session_id in range(8):
        client.session_id = session_id
        ping(client, other)
    assert len(other.server.data_to_send(now=client.now)) < BOUND + SIZE + 8 * 400
    assert other.server.next_deadline() == client.now + 1.0


@pytest.mark.parametrize("how", ["duplicates", "msg_resend_req", "msg_resend_ans_req"])
def test_MS47_answers_on_request_are_bounded_too(how: str) -> None:
    client = ScriptedClient(max_resent_bytes=BOUND)
    client.start_session()
    messages = [client.message(QUERY) for _ in range(30)]
    for message in messages:
        client.send_message(message)
    client.connection.answer(*client.connection.requests(), result=large())
    answers = [message.msg_id for message in client.connection.messages() if len(message.body) > SIZE]
    assert len(answers) == 30
    sent = 0
    for _ in range(20):
        if how == "duplicates":
            client.send_container(*messages)
        elif how == "msg_resend_req":
            client.send(types.mtproto.MsgResendReq(msg_ids=answers))
        else:
            client.send(types.mtproto.MsgResendAnsReq(msg_ids=[message.msg_id for message in messages]))
        sent += len(client.connection.server.data_to_send(now=client.now))
    assert sent < BOUND + 2 * SIZE + 20 * 2000


def test_MS47_client_that_reads_gets_everything_again_whether_it_acknowledges_or_not() -> None:
    for acknowledges in (True, False):
        client = with_unacknowledged_answers(20)
        other = client.open_connection()
        ping(client, other)
        received: set[int] = set()
        for _ in range(100):
            new = [message for message in other.messages() if len(message.body) > SIZE]
            received |= {message.msg_id for message in new}
            if len(received) == 20:
                break
            if acknowledges:
                client.send(types.mtproto.MsgsAck([message.msg_id for message in new]), connection=other)
            else:
                due = other.server.next_deadline()
                assert due is not None
                assert due == client.now + 1.0
                client.now = due
                other.server.handle_deadline(now=due)
                assert (other.server.next_deadline() or 0) > due, (
                    "a driver that cannot write is not called all the time"
                )
        assert len(received) == 20
        assert client.now - NOW < (0.1 if acknowledges else 10)


def test_MS47_over_http_the_answers_to_polls_are_bounded_together() -> None:
    client = with_unacknowledged_answers(30)
    sent = 0
    for _ in range(20):
        other = ScriptedConnection(client, lambda role, limits: HttpClient(limits))
        ping(client, other)
        sent += len(other.server.data_to_send(now=client.now))
    assert sent < BOUND + 2 * SIZE + 20 * 600


def test_answer_that_is_forgotten_for_another_is_not_sent_again() -> None:
    client = ScriptedClient(max_resent_bytes=BOUND, max_unacked_responses=8)
    with_unacknowledged_answers(8, client=client)
    oldest = next(iter(client.session.requests))
    connections = [client.open_connection() for _ in range(3)]
    for each in connections:
        ping(client, each)
        each.messages()
    other = connections[-1]  # may not send anything again yet
    client.send(QUERY, connection=other)
    other.answer(*other.requests(), result=large())
    answered = set(other.answers())
    assert oldest not in client.session.requests
    while (due := other.server.next_deadline()) is not None and due < NOW + 60:
        client.now = due
        other.server.handle_deadline(now=due)
        answered |= set(other.answers())
    assert len(answered) == 8
    assert oldest not in answered
