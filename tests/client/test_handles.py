"""Outcomes at the handles of requests: `done`, `result`, and the `on_done` of a request."""

from __future__ import annotations

import gc
from collections import deque
from typing import Any

import pytest

from sansio_tl import Connection, RequestHandle, errors, functions, types
from sansio_tl.errors import ConnectionLostError, LocalProtocolError, RemoteProtocolError
from sansio_tl.events import OutcomeUnknown, RequestFailed, ResultReceived
from sansio_tl.mtproto.client import outcomes
from tests.helpers.connected_pair import ConnectedPair, key_record
from tests.helpers.in_memory_network import NEAREST, NOW, InMemoryNetwork

QUERY = functions.help.GetNearestDc()


def test_handle_is_done_when_its_outcome_is_returned() -> None:
    network = InMemoryNetwork()
    done: list[RequestHandle[types.TypeNearestDc]] = []
    handle = network.client.invoke(QUERY, on_done=done.append, now=NOW)
    network.hold_events = True
    network.settle()
    while (event := network.client.next_event()) is not None:
        if isinstance(event, ResultReceived):
            break
        assert (handle.done, done) == (False, [])
    assert event == ResultReceived(handle, NEAREST)
    assert (handle.done, handle.result(), done) == (True, NEAREST, [handle])
    assert handle.result().nearest_dc == 2
    network.client.cancel(handle, now=NOW)
    assert handle.done, "it is too late to cancel it"


@pytest.mark.parametrize("error", [errors.parse(400, "PHONE_NUMBER_INVALID"), errors.FloodWait(seconds=3600)])
def test_result_raises_the_error_of_the_server(error: errors.RpcError) -> None:
    network = InMemoryNetwork(lambda dc_id, request: error)
    handle = network.invoke()
    assert handle.done
    for _ in range(2):
        with pytest.raises(type(error)) as raised:
            handle.result()
        assert len(raised.traceback) == 2, "the traceback of an earlier call is not kept"


def test_handle_is_not_done_by_an_error_after_which_the_request_is_sent_again() -> None:
    answers: list[object] = [errors.FloodWait(seconds=5), NEAREST]
    network = InMemoryNetwork(lambda dc_id, request: answers.pop(0))
    done: list[object] = []
    handle = network.client.invoke(QUERY, on_done=lambda handle: done.append(handle.result()), now=NOW)
    network.settle()
    assert (handle.done, done) == (False, [])
    network.advance(5)
    assert (handle.done, done) == (True, [NEAREST])


def test_result_of_an_unknown_outcome_raises_connection_lost() -> None:
    network = InMemoryNetwork(lambda dc_id, request: None)
    handle = network.invoke()
    network.client.close(now=NOW)
    assert not handle.done, "the event was not returned yet"
    network.settle()
    assert handle.done
    with pytest.raises(ConnectionLostError, match="the client was closed"):
        handle.result()


def test_result_raises_for_an_answer_that_cannot_be_decoded() -> None:
    handle = RequestHandle(QUERY)
    failed = RequestFailed(handle, RemoteProtocolError("TL3", "unknown constructor"), b"\1")
    assert outcomes.next_event(deque([failed])) is failed
    with pytest.raises(RemoteProtocolError, match="TL3"):
        handle.result()


def test_result_is_misuse_before_the_outcome_and_after_cancelling() -> None:
    network = InMemoryNetwork(lambda dc_id, request: None)
    done: list[object] = []
    handle = network.client.invoke(QUERY, on_done=done.append, now=NOW)
    with pytest.raises(LocalProtocolError, match=r"help\.getNearestDc has no outcome yet"):
        handle.result()
    network.settle()
    network.client.cancel(handle, now=NOW)
    with pytest.raises(LocalProtocolError, match=r"help\.getNearestDc was cancelled"):
        handle.result()
    network.client.close(now=NOW)
    network.settle()
    assert (handle.done, done) == (False, [])


def test_cancelling_withdraws_an_outcome_that_was_not_returned() -> None:
    network = InMemoryNetwork()
    done: list[object] = []
    handle = network.client.invoke(QUERY, on_done=done.append, now=NOW)
    other = network.client.invoke(QUERY, now=NOW)
    network.hold_events = True
    network.settle()
    network.client.cancel(handle, now=NOW)
    network.client.cancel(handle, now=NOW)
    found = [event for event in iter(network.client.next_event, None) if isinstance(event, ResultReceived)]
    assert found == [ResultReceived(other, NEAREST)]
    assert (handle.done, done) == (False, [])


def test_requests_of_another_client_cannot_be_cancelled() -> None:
    handle = InMemoryNetwork().client.invoke(QUERY, now=NOW)
    InMemoryNetwork().client.cancel(handle, now=NOW)
    ConnectedPair(record=key_record()).client.cancel(handle, now=NOW)
    with pytest.raises(LocalProtocolError, match="has no outcome yet"):
        handle.result()


def test_exception_of_a_callback_leaves_the_event_and_does_not_call_it_again() -> None:
    network = InMemoryNetwork()
    calls: list[object] = []

    def fail(handle: RequestHandle[Any]) -> None:
        calls.append(handle.result())
        raise ValueError("the application")

    handle = network.client.invoke(QUERY, on_done=fail, now=NOW)
    network.hold_events = True
    network.settle()
    found: list[object] = []
    with pytest.raises(ValueError, match="the application"):
        found.extend(iter(network.client.next_event, None))
    assert ResultReceived(handle, NEAREST) not in found
    assert network.client.next_event() == ResultReceived(handle, NEAREST)
    assert (calls, handle.done) == ([NEAREST], True)


def test_callback_may_use_the_client() -> None:
    network = InMemoryNetwork()
    answers: list[object] = []

    def again(handle: RequestHandle[types.TypeNearestDc]) -> None:
        answers.append(handle.result())
        if len(answers) < 3:
            network.client.invoke(QUERY, on_done=again, now=NOW)
        else:
            network.client.close(now=NOW)

    network.client.invoke(QUERY, on_done=again, now=NOW)
    for _ in range(4):
        network.settle()
    assert answers == [NEAREST] * 3
    assert network.connections == {}


def test_connection_sets_its_handles_too() -> None:
    pair = ConnectedPair(record=key_record(), application=lambda request: NEAREST)
    done: list[object] = []
    handle = pair.client.invoke(QUERY, on_done=done.append, now=pair.now)
    pair.run()
    assert (handle.done, handle.result(), done) == (True, NEAREST, [handle])
    pair.application = lambda request: None
    lost = pair.client.invoke(QUERY, on_done=done.append, now=pair.now)
    dropped = pair.client.invoke(QUERY, on_done=done.append, now=pair.now)
    pair.run()
    pair.client.cancel(dropped, now=pair.now)
    pair.client.close(now=pair.now)
    pair.run()
    assert (lost.done, dropped.done, done) == (True, False, [handle, lost])
    with pytest.raises(ConnectionLostError, match="the connection ended before the answer arrived"):
        lost.result()


def test_connection_delivers_outcomes_of_a_session_to_the_caller_only_once() -> None:
    pair = ConnectedPair(record=key_record(), application=lambda request: NEAREST)
    connection = pair.client
    assert isinstance(connection, Connection)
    connection.session.report(OutcomeUnknown(handle := RequestHandle(QUERY), "lost"))
    assert connection.take_event() == OutcomeUnknown(handle, "lost")
    assert not handle.done, "a client may send the request again"


def test_finished_requests_leave_no_cycles() -> None:
    network = InMemoryNetwork()
    seen: list[object] = []

    def call() -> None:
        network.client.invoke(QUERY, on_done=lambda handle: seen.append(handle.done), now=NOW)
        network.settle()
        network.take_events()

    call()
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        call()
        gc.collect()
        left = [type(each) for each in gc.garbage if type(each).__module__.startswith("sansio_tl")]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert left == []
    assert seen == [True, True]


def test_withdraw_reports_whether_there_was_an_outcome() -> None:
    handle, other = RequestHandle(QUERY), RequestHandle(QUERY)
    queue = deque([ResultReceived(handle, NEAREST)])
    assert not outcomes.withdraw(queue, other)
    assert outcomes.withdraw(queue, handle)
    assert not queue
    assert outcomes.next_event(queue) is None
