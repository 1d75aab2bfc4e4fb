"""Requests that depend on others (L1), also across data centers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sansio_tl import errors, functions, trace, types
from sansio_tl.connection.server import IncomingRequest
from sansio_tl.events import RequestFailed, ResultReceived
from tests.helpers.in_memory_network import AUTHORIZATION, InMemoryNetwork
from tests.helpers.recorder import Recorder

FIRST, SECOND, THIRD = (functions.help.GetDeepLinkInfo(path) for path in ("first", "second", "third"))
ANSWER = types.help.DeepLinkInfoEmpty()
FLOOD = errors.FloodWait(seconds=5)


def network(answer: Callable[[int, IncomingRequest], object]) -> InMemoryNetwork:
    network = InMemoryNetwork(answer)
    network.log_in()
    for data_center in network.data_centers.values():
        data_center.requests.clear()
    return network


def queries(network: InMemoryNetwork, dc_id: int) -> list[object]:
    return [request.query for request in network.data_centers[dc_id].requests]


def ask_in_a_row(network: InMemoryNetwork, *chain: tuple[Any, dict[str, Any]]) -> list[Any]:
    handles: list[Any] = []
    for function, where in chain:
        after = handles[-1] if handles else None
        handles.append(network.client.invoke(function, after=after, now=network.now, **where))
    network.settle()
    return handles


def test_L1_dependent_waits_while_its_predecessor_sleeps_for_a_flood_wait() -> None:
    rejections = [FLOOD]
    here = network(lambda dc_id, request: rejections.pop() if rejections else ANSWER)
    first, second, third = ask_in_a_row(here, (FIRST, {}), (SECOND, {}), (THIRD, {}))
    assert queries(here, 2) == [FIRST]
    here.advance(6)
    assert queries(here, 2) == [FIRST, FIRST, SECOND, THIRD]
    answered = [event.handle for event in here.take_events() if isinstance(event, ResultReceived)]
    assert answered == [first, second, third]


def test_L1_dependent_is_sent_with_its_predecessor_not_after_its_answer() -> None:
    replies: list[object] = [FLOOD]
    recorder = Recorder()
    here = InMemoryNetwork(lambda dc_id, request: replies.pop() if replies else None, tracer=recorder)
    first = here.invoke(FIRST)
    here.invoke(functions.help.GetNearestDc(), after=first)  # no flood of its own delays it
    assert [sent.request for sent in recorder.of(trace.RequestSent)] == [1]
    here.advance(6)
    assert queries(here, 2) == [FIRST, FIRST], "the server executes the others after it"
    assert {sent.request for sent in recorder.of(trace.RequestSent)} == {1, 2}
    assert not recorder.of(trace.RequestFinished)


def test_L1_dependent_in_another_data_center_waits_for_the_answer() -> None:
    kept: list[IncomingRequest] = []

    def answer(dc_id: int, request: IncomingRequest) -> object:
        match request.query:
            case functions.auth.ExportAuthorization():
                return types.auth.ExportedAuthorization(7, b"token")
            case functions.auth.ImportAuthorization():
                return AUTHORIZATION
        if request.query == FIRST:
            kept.append(request)
            return None
        return ANSWER

    here = network(answer)
    here.invoke(THIRD, dc_id=4)  # the account is taken along
    here.data_centers[4].requests.clear()
    ask_in_a_row(here, (FIRST, {}), (SECOND, {"dc_id": 4}))
    assert queries(here, 4) == []
    [(_, server)] = [known for known in here.connections.values() if known[0].dc_id == 2]
    server.send_result(kept[0], ANSWER, now=here.now)
    here.settle()
    assert queries(here, 4) == [SECOND]


def test_L1_dependent_does_not_overtake_a_predecessor_that_waits_for_an_import() -> None:
    here = network(lambda dc_id, request: None)  # the export is not answered: of the authorization
    first, second = ask_in_a_row(here, (FIRST, {"dc_id": 4}), (SECOND, {"dc_id": 4}))
    here.account.log_out()  # the login is lost meanwhile: nothing needs to be taken along for what comes now
    here.invoke(THIRD, dc_id=4, after=second)
    assert queries(here, 4) == []
    here.client.cancel(first, now=here.now)
    here.client.cancel(second, now=here.now)
    here.settle()
    assert queries(here, 4) == [THIRD]


def test_L1_dependent_of_a_redirected_request_is_executed_after_it() -> None:
    moved = [errors.parse(303, "FILE_MIGRATE_4")]
    here = network(lambda dc_id, request: moved.pop() if moved else ANSWER)
    here.authorize(4)
    ask_in_a_row(here, (FIRST, {}), (SECOND, {}))
    here.advance(1)
    assert (queries(here, 2), queries(here, 4)) == ([FIRST, SECOND], [FIRST])


@pytest.mark.parametrize("elsewhere", [{}, {"dc_id": 4}], ids=["here", "elsewhere"])
def test_L1_dependent_of_a_failed_request_fails(elsewhere: dict[str, Any]) -> None:
    here = network(lambda dc_id, request: errors.parse(400, "PEER_ID_INVALID"))
    here.authorize(4)
    _, second, third = ask_in_a_row(here, (FIRST, {}), (SECOND, elsewhere), (THIRD, elsewhere))
    failed = {event.handle: event.error for event in here.take_events() if isinstance(event, RequestFailed)}
    assert [getattr(failed[handle], "text", "") for handle in (second, third)] == ["MSG_WAIT_FAILED"] * 2
    assert queries(here, 2) == [FIRST]
    assert queries(here, 4) == []


def test_L1_dependent_cancelled_while_waiting_is_never_sent() -> None:
    rejections = [FLOOD]
    here = network(lambda dc_id, request: rejections.pop() if rejections else ANSWER)
    _, second = ask_in_a_row(here, (FIRST, {}), (SECOND, {}))
    here.client.cancel(second, now=here.now)
    here.advance(6)
    assert queries(here, 2) == [FIRST, FIRST]


@pytest.mark.interpreted
def test_L1_msg_wait_failed_is_retried_a_bounded_number_of_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = network(lambda dc_id, request: None if request.query == FIRST else errors.parse(400, "MSG_WAIT_FAILED"))
    first = here.invoke(FIRST)
    session = here.manager.open_session(2, here.now).session
    submit = session.enqueue
    monkeypatch.setattr(session, "enqueue", lambda *what, after, **how: submit(*what, after=None, **how))
    second = here.invoke(SECOND, after=first)
    failed = [event.handle for event in here.take_events() if isinstance(event, RequestFailed)]
    assert failed == [second]
    assert queries(here, 2) == [FIRST] + [SECOND] * (1 + here.config.max_redirects)


@pytest.mark.interpreted
def test_L1_dependent_is_not_resent_before_its_predecessors_flood_wait_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept: list[IncomingRequest] = []

    def answer(dc_id: int, request: IncomingRequest) -> object:
        if len(kept) == 2:
            return ANSWER
        kept.append(request)
        return None

    here = network(answer)
    session = here.manager.open_session(2, here.now).session
    submit = session.enqueue
    monkeypatch.setattr(session, "enqueue", lambda *what, after, **how: submit(*what, after=None, **how))
    ask_in_a_row(here, (FIRST, {}), (SECOND, {}))
    [(_, server)] = here.connections.values()
    server.send_error(kept[1], errors.parse(400, "MSG_WAIT_FAILED"), now=here.now)
    server.send_error(kept[0], FLOOD, now=here.now)
    here.settle()
    assert queries(here, 2) == [FIRST, SECOND]
    here.advance(6)
    assert queries(here, 2) == [FIRST, SECOND, FIRST, SECOND]


def test_L1_dependent_that_cannot_enter_a_new_session_is_not_lost() -> None:
    here = network(lambda dc_id, request: None)
    _, second = ask_in_a_row(here, (FIRST, {}), (SECOND, {}))
    channel = here.manager.open_session(2, here.now)
    for pending in channel.session.pending():
        pending.set_failed()
        pending.forget_sent_ids()
    here.manager.restart(channel, "another key", here.now)
    assert channel.session.is_pending(second)  # it was rejected, and made again behind the first
