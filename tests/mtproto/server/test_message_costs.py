"""MS49: what a client's message costs its server does not grow with what the client has made it hold."""

from __future__ import annotations

import pytest

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
