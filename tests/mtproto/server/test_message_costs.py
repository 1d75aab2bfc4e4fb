"""MS49: what a client's message costs its server does not grow with what the client has made it hold."""

from __future__ import annotations

import pytest

from sansio_tl import functions
from tests.helpers.instruction_count import instructions
from tests.mtproto.server.scripted_client import QUERY, ScriptedClient

MESSAGES = 20


def assert_constant(costs: list[int]) -> None:
    assert max(costs) <= 1.1 * min(costs), costs


def full_session(held: int, *, answered: bool) -> ScriptedClient:
    """A client whose session holds as many requests as it may."""
    client = ScriptedClient(max_unacked_responses=held, replay_window=8 * held)
    client.start_session()
    for _ in range(held):
        client.send()
    requests = client.connection.requests()
    assert len(requests) == held
    if answered:
        client.connection.answer(*requests)
        client.connection.messages()
    return client


def cost_of_requests(held: int, *, answered: bool) -> int:
    """Instructions for MESSAGES further requests."""
    client = full_session(held, answered=answered)
    client.send()  # the first one beyond the bound
    messages = [client.message(QUERY) for _ in range(MESSAGES)]
    return instructions(lambda: [client.send_message(message) for message in messages])


@pytest.mark.parametrize("answered", [False, True])
def test_MS49_cost_of_a_request_is_independent_of_the_requests_that_a_session_holds(*, answered: bool) -> None:
    cost_of_requests(10, answered=answered)  # what is imported or cached once counts for none of them
    assert_constant([cost_of_requests(held, answered=answered) for held in (100, 200, 400)])


def test_MS49_answer_forgotten_for_another_is_the_one_that_was_answered_first() -> None:
    client = full_session(4, answered=False)
    first, second, third, _ = client.session.requests.values()
    client.connection.answer(third, first)
    for forgotten in (third, first):
        client.send()
        assert forgotten.msg_id not in client.session.requests
    assert second.msg_id in client.session.requests


def use_sessions(client: ScriptedClient, count: int) -> None:
    """Send a request in each of so many sessions, over the same connection."""
    for session_id in range(1, count + 1):
        client.session_id = session_id
        client.send()
        client.connection.messages()


def cost_with_sessions(count: int) -> int:
    """Instructions for MESSAGES pings on a connection that so many sessions have used."""
    client = ScriptedClient(max_sessions_per_connection=5, max_sessions_per_key=1000)
    use_sessions(client, count)

    def work() -> None:
        for number in range(MESSAGES):
            client.send(functions.mtproto.Ping(number))
            client.connection.messages()
            client.connection.server.next_deadline()

    return instructions(work)


def test_MS49_cost_of_a_packet_is_independent_of_the_sessions_that_have_used_a_connection() -> None:
    cost_with_sessions(6)
    assert_constant([cost_with_sessions(count) for count in (10, 20, 40)])


def test_MS49_session_that_had_to_leave_a_connection_gets_its_answers_with_its_next_packet() -> None:
    client = ScriptedClient(max_sessions_per_connection=2)
    use_sessions(client, 2)
    client.session_id = 1
    client.send(functions.mtproto.Ping(1))  # now the second one used the connection longest ago
    client.connection.messages()
    requests = client.connection.requests()
    client.session_id = 3
    client.send(functions.mtproto.Ping(1))
    client.connection.messages()
    assert [session.id for session in client.connection.server.sessions] == [1, 3]
    client.connection.answer(*requests)
    assert list(client.connection.answers()) == [requests[0].msg_id]
    client.session_id = 2
    client.send(functions.mtproto.Ping(2))
    assert list(client.connection.answers()) == [requests[1].msg_id]
    assert [session.id for session in client.connection.server.sessions] == [3, 2]
