"""Callers that wait for flows and updates, without any adapter."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from sansio_tl import Connection, Limits, auth, functions, types
from sansio_tl.errors import ConnectionLostError, LocalProtocolError, RemoteProtocolError
from sansio_tl.events import FlowFailed, FlowFinished, FlowMoved, InputRequired
from sansio_tl_transports._shared.flow_run import FlowRun, must_run
from sansio_tl_transports._shared.waiter import Callers, Hook, Pulse
from tests.helpers.connected_pair import client_config, key_record
from tests.helpers.entropy import SeededEntropy

NOW = 1_790_000_000.0


def scanning(token: bytes = b"token") -> auth.QrLogin:
    """A flow that waits for its code to be scanned."""
    flow = auth.QrLogin(api_id=1, api_hash="hash")
    flow.receive_result(types.auth.LoginToken(int(NOW) + 30, token), now=NOW)
    return flow


def finished() -> auth.BotLogin:
    flow = auth.BotLogin("7:token", api_id=1, api_hash="hash")
    flow.receive_result(types.auth.Authorization(user=types.User(id=7, self=True)), now=NOW)
    return flow


def required(flow: auth.Flow[Any]) -> InputRequired:
    return InputRequired(flow, flow.prompt or auth.ScanPrompt("", 0))


def begun(flow: auth.Flow[Any], *, waits: bool = False) -> FlowRun:
    run = FlowRun(flow, waits=waits)
    run.begin(NOW)
    return run


def test_flow_is_run_for_a_request_and_waited_for_without_one() -> None:
    busy = auth.QrLogin(api_id=1, api_hash="hash")
    for flow, runs, waits in ((busy, True, False), (scanning(), False, True), (finished(), False, False)):
        assert (must_run(flow, waits=False), must_run(flow, waits=True)) == (runs, waits)


def test_run_notes_the_request_that_is_not_answered_and_its_time() -> None:
    flow = auth.QrLogin(api_id=1, api_hash="hash")
    run = FlowRun(flow)
    assert (run.request, run.done, run.flow) == ((None, 0.0), False, flow)
    run.begin(NOW)
    request, since = run.request
    assert isinstance(request, functions.auth.ExportLoginToken)
    assert since == NOW
    run.note_progress(NOW + 1)
    assert run.request == (request, NOW), "nothing has moved"
    flow.receive_result(types.auth.LoginToken(int(NOW) + 30, b"token"), now=NOW)
    run.note_progress(NOW + 2)
    run.note_progress(NOW + 3)
    assert list(run.request) == [None, NOW + 2]


def test_run_ends_with_the_input_that_the_flow_needs() -> None:
    flow = scanning()
    run = begun(flow)
    assert run.end(required(flow))
    assert (run.done, run.result()) == (True, None)
    busy = auth.QrLogin(api_id=1, api_hash="hash")
    run = begun(busy)
    assert not run.end(required(busy)), "the flow has moved since"
    assert not run.done


def test_run_that_waits_ends_only_after_the_flow_has_moved() -> None:
    flow = scanning()
    run = begun(flow, waits=True)
    assert not run.end(required(flow))
    flow.receive_update(types.UpdateShort(types.UpdateLoginToken(), 1), now=NOW)
    run.note_progress(NOW)
    flow.receive_result(types.auth.LoginToken(int(NOW) + 30, b"another"), now=NOW)
    assert run.end(required(flow))
    busy = auth.QrLogin(api_id=1, api_hash="hash")
    run = begun(busy, waits=True)
    busy.receive_result(types.auth.LoginToken(int(NOW) + 30, b"token"), now=NOW)
    assert run.end(required(busy)), "it had a request: that was waited for"


@pytest.mark.parametrize("waits", [False, True])
def test_run_raises_why_its_flow_has_failed(*, waits: bool) -> None:
    flow = scanning()
    run = begun(flow, waits=waits)
    error = RemoteProtocolError("AU1", "why")
    assert run.end(FlowFailed(flow, error))
    assert run.done
    with pytest.raises(RemoteProtocolError) as caught:
        run.result()
    assert caught.value is error


def test_lost_connection_is_the_end_of_a_run_that_only_waits() -> None:
    flow = scanning()
    for waits, expected in ((True, LocalProtocolError), (False, ConnectionLostError)):
        run = begun(flow, waits=waits)
        assert run.end(FlowFailed(flow, ConnectionLostError("the connection ended")))
        with pytest.raises(expected, match="the client is closed" if waits else "the connection ended"):
            run.result()


def test_run_returns_the_data_center_to_which_its_flow_has_moved() -> None:
    flow = auth.QrLogin(api_id=1, api_hash="hash")
    run = begun(flow)
    assert run.end(FlowMoved(flow, 4))
    assert (run.done, run.result()) == (True, 4)
    run = begun(flow)
    assert run.end(FlowFinished(flow))
    assert run.result() is None


# -- callers --------------------------------------------------------------------------------------------------------


def callers() -> Callers[threading.Event]:
    return Callers(threading.Event, Limits())


class Wakes:
    """Counts the calls."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


def test_flow_has_one_caller_at_a_time() -> None:
    waiting, flow, wake = callers(), scanning(), Wakes()
    waiting.require_idle(flow)
    run = FlowRun(flow)
    waiting.add_run(run, wake, NOW)
    assert run.request[1] == NOW
    assert (waiting.running, waiting.waiting) == (1, 1)
    with pytest.raises(LocalProtocolError, match="^the flow runs already$"):
        waiting.require_idle(flow)
    other = FlowRun(flow)
    assert not waiting.remove(other), "that of another caller"
    assert waiting.running == 1
    assert waiting.remove(run)
    assert not waiting.remove(run)
    assert (waiting.running, waiting.waiting, wake.count) == (0, 0, 0)
    waiting.require_idle(flow)


def test_event_of_a_flow_wakes_its_caller_when_the_run_has_ended() -> None:
    waiting, flow, wake = callers(), scanning(), Wakes()
    assert not waiting.end_run(required(flow)), "no run"
    run = FlowRun(flow, waits=True)
    waiting.add_run(run, wake, NOW)
    assert not waiting.end_run(required(flow))
    assert wake.count == 0
    assert waiting.end_run(FlowMoved(flow, 4))
    assert (wake.count, waiting.running, waiting.waiting) == (1, 0, 0)
    assert not waiting.end_run(FlowMoved(flow, 4))


def test_outcome_of_a_request_wakes_its_caller_once() -> None:
    waiting, wake = callers(), Wakes()
    assert waiting.make_event is threading.Event
    connection = Connection(client_config(), auth_key=key_record().auth_key, entropy=SeededEntropy(), now=NOW)
    awaited, other = (connection.invoke(functions.help.GetConfig(), now=NOW) for _ in range(2))
    waiting.add(awaited, wake)
    waiting.on_done(other)
    assert wake.count == 0
    waiting.on_done(awaited)
    waiting.on_done(awaited)
    assert (wake.count, waiting.waiting) == (1, 0)


def test_progress_of_each_flow_is_noted() -> None:
    waiting, flow = callers(), auth.QrLogin(api_id=1, api_hash="hash")
    run = FlowRun(flow)
    waiting.add_run(run, Wakes(), NOW)
    flow.receive_result(types.auth.LoginToken(int(NOW) + 30, b"token"), now=NOW)
    waiting.note_progress(lambda: NOW + 5)
    assert run.request == (None, NOW + 5)


def test_bug_wakes_all_callers_and_is_raised_with_its_own_traceback() -> None:
    waiting, wakes = callers(), [Wakes() for _ in range(3)]
    waiting.raise_bug()
    waiting.add_run(FlowRun(scanning()), wakes[0], NOW)
    for wake in wakes[1:]:
        waiting.add(FlowRun(scanning()), wake)
    news = waiting.news.event
    with pytest.raises(ZeroDivisionError) as first:
        _ = 1 / 0
    bug = first.value
    trace = bug.__traceback__
    waiting.fail(bug)
    assert [wake.count for wake in wakes] == [1, 1, 1]
    assert (waiting.waiting, waiting.running, waiting.bug, news.is_set()) == (0, 0, bug, True)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError) as caught:
            waiting.raise_bug()
        assert caught.value is bug
        last = bug.__traceback__
        while last is not None and last is not trace:
            last = last.tb_next
        assert last is trace
        frames = 0
        last = bug.__traceback__
        while last is not None:
            frames, last = frames + 1, last.tb_next
        assert frames == 3, "this test, raise_bug, and where the bug was"


def test_updates_wake_a_caller_and_are_taken_in_their_order() -> None:
    waiting = callers()
    assert waiting.take_update() is None
    news = waiting.news.event
    waiting.put_update(types.UpdatesTooLong())
    assert news.is_set()
    assert not waiting.news.event.is_set()
    assert (waiting.take_update(), waiting.take_update()) == (types.UpdatesTooLong(), None)


def test_each_session_but_the_first_may_have_lost_updates() -> None:
    waiting = callers()
    waiting.session_created()
    assert waiting.take_update() is None
    for _ in range(2):
        waiting.session_created()
        assert waiting.take_update() == types.UpdatesTooLong()
    waiting.expect_session()
    waiting.session_created()
    assert waiting.take_update() is None
    waiting.session_created()
    assert waiting.take_update() == types.UpdatesTooLong()


def test_pulse_wakes_those_that_wait_now() -> None:
    pulse: Pulse[threading.Event] = Pulse(threading.Event)
    first = pulse.event
    pulse()
    second = pulse.event
    assert (first.is_set(), second.is_set(), first is second) == (True, False, False)


def test_hook_without_a_listener_has_no_effect() -> None:
    hook, wake = Hook(), Wakes()
    hook()
    hook.listener = wake
    hook()
    assert wake.count == 1
