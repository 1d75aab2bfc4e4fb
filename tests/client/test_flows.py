"""Flows that a client runs: requests, computations, updates, time, and their ends."""

from __future__ import annotations

import gc
from typing import Any
from weakref import ref

import pytest

from sansio_tl import Client, ClientConfig, Config, auth, errors, functions, types
from sansio_tl.auth.flow_runner import FlowRunner
from sansio_tl.client import Compute, FloodWaitStarted
from sansio_tl.errors import ConnectionLostError, LocalProtocolError, RemoteProtocolError
from sansio_tl.events import FlowFailed, FlowFinished, InputRequired, ResultReceived, UpdatesReceived
from sansio_tl.limits import Limits
from sansio_tl.mtproto.memory_size import weight
from tests.flow_scenarios.simulated_devices import SimulatedCluster, SimulatedDevice
from tests.helpers.entropy import SeededEntropy
from tests.helpers.in_memory_network import AUTHORIZATION, NEAREST, NOW, InMemoryNetwork

FLOW_EVENTS = (InputRequired, FlowFinished, FlowFailed)
SENT = types.auth.SentCode(type=types.auth.SentCodeTypeApp(5), phone_code_hash="hash")


def flow_events(network: InMemoryNetwork) -> list[Any]:
    return [event for event in network.take_events() if isinstance(event, FLOW_EVENTS)]


def answering(*, offload: bool = False, **answers: object) -> InMemoryNetwork:
    """A data center that answers methods by their names; others are left unanswered."""
    return InMemoryNetwork(lambda dc_id, request: answers.get(request.query.NAME.rpartition(".")[2]), offload=offload)


def phone() -> auth.PhoneCodeFlow[Any]:
    return auth.log_in("+1 555 0100", api_id=1, api_hash="hash")


def asks(flow: auth.Flow[Any]) -> InputRequired:
    """The event for what the flow awaits now."""
    prompt = flow.prompt
    assert prompt is not None
    return InputRequired(flow, prompt)


# -- logins against a data center -------------------------------------------------------------------------------------


def run(device: SimulatedDevice, flow: auth.Flow[Any]) -> object:
    """Run a flow until it reports something; returns the event."""
    device.client.run(flow, now=device.now)
    return wait(device)


def wait(device: SimulatedDevice) -> object:
    device.driver.pump()
    device.cluster.until(lambda: any(isinstance(event, FLOW_EVENTS) for event in device.events))
    event = next(event for event in device.events if isinstance(event, FLOW_EVENTS))
    device.events.remove(event)
    return event


def test_login_with_code_and_password_at_another_data_center() -> None:
    cluster = SimulatedCluster()
    cluster.data_centers[4].add_account("+1 555 0100", first_name="Ada", password="correct horse")
    device = SimulatedDevice(cluster)
    flow = phone()
    asked = run(device, flow)
    assert isinstance(asked, InputRequired)
    assert asked.flow is flow
    assert isinstance(asked.prompt, auth.CodePrompt)
    assert device.client.home_dc == 4, "PHONE_MIGRATE_4 was followed"
    (code,) = [event.code for event in iter(cluster.data_centers[4].next_event, None) if hasattr(event, "code")]
    flow.enter_code("1" + code)
    asked = run(device, flow)
    assert isinstance(asked, InputRequired)
    assert isinstance(flow.error, errors.PhoneCodeInvalid)
    flow.enter_code(code)
    asked = run(device, flow)
    assert isinstance(asked, InputRequired)
    assert isinstance(asked.prompt, auth.PasswordPrompt)
    flow.enter_password("correct horse", entropy=SeededEntropy("password"))
    assert run(device, flow) == FlowFinished(flow)
    assert isinstance(flow.result, types.auth.Authorization)
    assert device.client.user_id == flow.result.user.id
    assert device.client.next_event() is None


def test_qr_code_is_renewed_in_time_and_finished_by_an_update() -> None:
    cluster = SimulatedCluster()
    cluster.data_centers[2].add_account("+1 555 0100", first_name="Ada")
    phone_device, device = SimulatedDevice(cluster), SimulatedDevice(cluster)
    login = phone()
    run(phone_device, login)
    (code,) = [event.code for event in iter(cluster.data_centers[2].next_event, None) if hasattr(event, "code")]
    login.enter_code(code)
    assert run(phone_device, login) == FlowFinished(login)

    flow = auth.QrLogin(api_id=1, api_hash="hash")
    shown = run(device, flow)
    assert isinstance(shown, InputRequired)
    assert isinstance(shown.prompt, auth.ScanPrompt)
    again = wait(device)
    assert isinstance(again, InputRequired)
    assert isinstance(again.prompt, auth.ScanPrompt)
    assert again.prompt.link != shown.prompt.link, "time has renewed it"
    accept = auth.QrAccept(again.prompt.link)
    assert run(phone_device, accept) == FlowFinished(accept)
    assert wait(device) == FlowFinished(flow)
    assert device.client.user_id == phone_device.client.user_id


# -- outcomes ---------------------------------------------------------------------------------------------------------


def test_requests_of_flows_are_reported_to_the_flow_alone() -> None:
    network = answering(importBotAuthorization=AUTHORIZATION, getNearestDc=NEAREST)
    flow = auth.BotLogin("7:token", api_id=1, api_hash="hash")
    network.client.run(flow, now=NOW)
    handle = network.invoke()
    events = network.take_events()
    assert [event for event in events if isinstance(event, ResultReceived)] == [ResultReceived(handle, NEAREST)]
    assert [event for event in events if isinstance(event, FLOW_EVENTS)] == [FlowFinished(flow)]
    assert network.client.user_id == 7


def test_flow_that_the_server_ends_is_finished_with_an_error() -> None:
    network = answering(sendCode=errors.parse(401, "USER_DEACTIVATED"))
    flow = phone()
    network.client.run(flow, now=NOW)
    network.settle()
    assert flow_events(network) == [FlowFinished(flow)]
    assert flow.state == auth.FAILED
    assert isinstance(flow.error, errors.UserDeactivated)


class Rejecting(auth.BotLogin):
    """Finds every answer wrong."""

    def _classify_result(self, state: Any, result: object, now: float) -> Any:
        raise RemoteProtocolError("AU1", "unexpected answer")


def test_wrong_answer_fails_the_flow_which_awaits_input_again() -> None:
    network = answering(importBotAuthorization=AUTHORIZATION)
    flow = Rejecting("7:token", api_id=1, api_hash="hash")
    for _ in range(2):
        network.client.run(flow, now=NOW)
        network.settle()
        (failed,) = flow_events(network)
        assert isinstance(failed, FlowFailed)
        assert isinstance(failed.error, RemoteProtocolError)
        assert (failed.error.check, failed.error.__traceback__) == ("AU1", None)
        assert isinstance(flow.prompt, auth.BotTokenPrompt)
        flow.enter_token("7:token")


def test_unknown_outcome_fails_the_flow_and_run_repeats_the_request() -> None:
    network = InMemoryNetwork(lambda dc_id, request: None, unreachable_timeout=5.0, backoff_initial=1.0)
    flow = phone()
    network.client.run(flow, now=NOW)
    network.settle()
    network.data_centers[2].reachable = False
    network.drop_connections(2)
    network.advance(30)
    (failed,) = flow_events(network)
    assert isinstance(failed, FlowFailed)
    assert isinstance(failed.error, ConnectionLostError)
    assert flow.prompt is None
    network.data_centers[2].reachable = True
    network.application = lambda dc_id, request: SENT
    network.client.run(flow, now=network.now)
    network.advance(30)
    assert [type(event) for event in flow_events(network)] == [InputRequired]
    assert [request.query.NAME for request in network.data_centers[2].requests] == ["auth.sendCode"] * 2


class Unsendable(auth.BotLogin):
    """Has a request with a number that is too large."""

    def next_action(self) -> Any:
        return auth.Invoke(functions.auth.ImportBotAuthorization(1 << 40, 1, "hash", "token"))


def test_request_that_cannot_be_sent_fails_the_flow() -> None:
    network = InMemoryNetwork()
    flow = Unsendable("7:token", api_id=1, api_hash="hash")
    network.client.run(flow, now=NOW)
    network.settle()
    (failed,) = flow_events(network)
    assert isinstance(failed, FlowFailed)
    assert isinstance(failed.error, LocalProtocolError)


# -- running, stopping, closing ---------------------------------------------------------------------------------------


def test_running_a_busy_flow_again_changes_nothing() -> None:
    network = answering()
    flow = phone()
    for _ in range(3):
        network.client.run(flow, now=NOW)
        network.settle()
    assert len(network.data_centers[2].requests) == 1
    assert flow_events(network) == []


def test_running_a_flow_that_awaits_input_reports_that_again() -> None:
    network = answering(sendCode=SENT)
    flow = phone()
    for _ in range(2):
        network.client.run(flow, now=NOW)
        network.settle()
        assert flow_events(network) == [asks(flow)]
    network.advance(60)
    assert flow_events(network) == []


def test_two_flows_run_at_once() -> None:
    network = answering(sendCode=SENT, importBotAuthorization=AUTHORIZATION)
    flows: list[auth.Flow[Any]] = [phone(), auth.BotLogin("7:token", api_id=1, api_hash="hash"), phone()]
    for flow in flows:
        network.client.run(flow, now=NOW)
    network.settle()
    assert flow_events(network) == [
        asks(flows[0]),
        FlowFinished(flows[1]),
        asks(flows[2]),
    ]


def test_stopped_flow_is_not_reported_and_can_go_on() -> None:
    network = answering()
    flow = phone()
    network.client.run(flow, now=NOW)
    network.settle()
    network.client.stop(flow, now=NOW)
    network.client.stop(flow, now=NOW)
    (dc_session,) = network.sessions
    assert not dc_session.is_busy
    network.client.close(now=NOW)
    network.settle()
    assert flow_events(network) == []
    other = answering(sendCode=SENT)
    other.client.run(flow, now=NOW)
    other.settle()
    assert flow_events(other) == [asks(flow)]


def test_stopping_withdraws_what_was_not_returned() -> None:
    network = answering(sendCode=SENT)
    flow = phone()
    network.client.run(flow, now=NOW)
    network.hold_events = True
    network.settle()
    network.client.stop(flow, now=NOW)
    network.hold_events = False
    network.settle()
    assert flow_events(network) == []


@pytest.mark.parametrize("wrong", [auth.QrLogin, None, functions.help.GetConfig()])
def test_run_refuses_what_is_no_flow(wrong: Any) -> None:
    network = answering()
    with pytest.raises(LocalProtocolError, match=r"run needs a flow, as auth\.log_in"):
        network.client.run(wrong, now=NOW)


def test_stopping_a_flow_that_never_ran_does_nothing() -> None:
    network = answering(sendCode=SENT)
    network.client.stop(phone(), now=NOW)
    network.client.run(phone(), now=NOW)
    network.client.stop(phone(), now=NOW)
    network.settle()
    assert len(flow_events(network)) == 1


def test_closing_fails_every_flow_once() -> None:
    network = answering(sendCode=SENT)
    waiting, busy = phone(), auth.BotLogin("7:token", api_id=1, api_hash="hash")
    network.client.run(waiting, now=NOW)
    network.client.run(busy, now=NOW)
    network.settle()
    assert len(flow_events(network)) == 1
    network.client.close(now=NOW)
    network.client.close(now=NOW)
    network.settle()
    failed = flow_events(network)
    assert [(type(event), event.flow) for event in failed] == [(FlowFailed, busy), (FlowFailed, waiting)]
    assert [str(event.error) for event in failed] == ["the client was closed"] * 2
    assert network.client.next_deadline() is None
    with pytest.raises(LocalProtocolError, match="the client is closed"):
        network.client.run(waiting, now=NOW)


def test_request_of_a_flow_cannot_be_cancelled_by_its_handle() -> None:
    network = answering(sendCode=SENT)
    network.application = lambda dc_id, request: errors.FloodWait(seconds=5)
    flow = phone()
    network.client.run(flow, now=NOW)
    network.settle()
    (waiting,) = [event.handle for event in network.take_events() if isinstance(event, FloodWaitStarted)]
    network.client.cancel(waiting, now=NOW)
    network.application = lambda dc_id, request: SENT
    network.advance(5)
    assert flow_events(network) == [asks(flow)]


def test_cancelling_withdraws_outcomes_while_flows_run() -> None:
    network = answering(sendCode=SENT, getNearestDc=NEAREST)
    network.client.run(phone(), now=NOW)
    handle = network.client.invoke(functions.help.GetNearestDc(), now=NOW)
    network.hold_events = True
    network.settle()
    network.client.cancel(handle, now=NOW)
    network.hold_events = False
    network.settle()
    assert [event for event in network.take_events() if isinstance(event, ResultReceived)] == []


# -- computations -----------------------------------------------------------------------------------------------------


class Computing(auth.BotLogin):
    """Asks for a computation before its request."""

    def __init__(self, *, value: object = 42) -> None:
        super().__init__("7:token", api_id=1, api_hash="hash")
        self.value = value
        self.computed: list[object] = []

    def next_action(self) -> Any:
        return super().next_action() if self.computed else Compute(lambda: self.value)

    def receive_computed(self, value: object) -> None:
        if value == "unsafe":
            raise RemoteProtocolError("SRP1", "unsafe numbers")
        self.computed.append(value)


def test_client_makes_the_computation_of_a_flow() -> None:
    network, flow = answering(importBotAuthorization=AUTHORIZATION), Computing()
    network.client.run(flow, now=NOW)
    assert flow.computed == [42]
    network.settle()
    assert flow_events(network) == [FlowFinished(flow)]


def test_unsafe_numbers_fail_the_flow_when_the_client_computes() -> None:
    network, flow = answering(), Computing(value="unsafe")
    network.client.run(flow, now=NOW)
    network.settle()
    (failed,) = flow_events(network)
    assert failed.error.check == "SRP1"


def test_computation_is_an_action_and_its_value_is_taken_once() -> None:
    network = answering(offload=True, importBotAuthorization=AUTHORIZATION)
    flow = Computing()
    network.client.run(flow, now=NOW)
    action = network.client.next_action()
    assert isinstance(action, Compute)
    assert network.client.next_action() is None, "the flow waits"
    network.client.receive_computed(action, action.job(), now=NOW)
    network.client.receive_computed(action, 43, now=NOW)
    network.client.receive_computed(Compute(lambda: 44), 44, now=NOW)
    assert flow.computed == [42]
    network.settle()
    assert flow_events(network) == [FlowFinished(flow)]


def test_value_for_a_stopped_flow_has_no_effect() -> None:
    network = answering(offload=True, importBotAuthorization=AUTHORIZATION)
    flow, other = Computing(), Computing()
    network.client.run(flow, now=NOW)
    action = network.client.next_action()
    assert isinstance(action, Compute)
    network.client.stop(flow, now=NOW)
    network.client.receive_computed(action, 42, now=NOW)
    assert flow.computed == []
    network.client.run(other, now=NOW)
    network.client.stop(other, now=NOW)
    assert network.client.next_action() is None, "it was not returned yet"
    InMemoryNetwork().client.receive_computed(action, 42, now=NOW)


def test_closed_client_requests_no_computations() -> None:
    network = answering(offload=True)
    flow = Computing()
    network.client.run(flow, now=NOW)
    network.client.close(now=NOW)
    assert [action for action in iter(network.client.next_action, None) if isinstance(action, Compute)] == []
    network.settle()
    (failed,) = flow_events(network)
    assert isinstance(failed, FlowFailed)


def test_unsafe_numbers_fail_the_flow() -> None:
    network = answering(offload=True)
    flow = Computing()
    network.client.run(flow, now=NOW)
    action = network.client.next_action()
    assert isinstance(action, Compute)
    network.client.receive_computed(action, "unsafe", now=NOW)
    network.settle()
    (failed,) = flow_events(network)
    assert failed.error.check == "SRP1"


def test_result_of_a_job_moves_the_time_of_the_client() -> None:
    config = ClientConfig(connection_config=Config(api_id=1, offload=True))
    saved = Client(config, entropy=SeededEntropy("a"), now=NOW).snapshot()
    saved["flood_waits"] = {"2:users.getUsers": {"until": NOW + 5, "seconds": 5}}
    client = Client(config, snapshot=saved, entropy=SeededEntropy("b"), now=NOW)
    client.run(Computing(), now=NOW)
    action = client.next_action()
    assert isinstance(action, Compute)
    assert client.snapshot()["flood_waits"]
    client.receive_computed(action, action.job(), now=NOW + 5)
    assert not client.snapshot()["flood_waits"]


# -- updates and time -------------------------------------------------------------------------------------------------


class Watching(auth.QrLogin):
    """Records the updates that it is shown."""

    shown: list[object]

    def receive_update(self, update: Any, *, now: float) -> bool:
        self.shown.append(update)
        return super().receive_update(update, now=now)


def push(network: InMemoryNetwork, update: Any) -> None:
    ((_, server),) = network.connections.values()
    server.push(network.data_centers[2].requests[-1].session, update, now=network.now)


def test_updates_that_come_before_the_answer_are_shown_when_the_flow_waits() -> None:
    network = InMemoryNetwork(lambda dc_id, request: None)
    flow = Watching(api_id=1, api_hash="hash")
    flow.shown = []
    network.client.run(flow, now=NOW)
    network.settle()
    scanned = types.UpdateShort(types.UpdateLoginToken(), int(NOW))
    push(network, scanned)
    network.settle()
    assert flow.shown == [], "it waits for an answer"
    answers: list[object] = [
        types.auth.LoginToken(int(NOW) + 30, b"token"),
        types.auth.LoginTokenSuccess(AUTHORIZATION),
    ]
    network.application = lambda dc_id, request: answers.pop(0)
    ((_, server),) = network.connections.values()
    server.send_result(network.data_centers[2].requests[-1], answers.pop(0), now=NOW)
    network.settle()
    assert flow.shown == [scanned]
    events = network.take_events()
    assert [event for event in events if isinstance(event, UpdatesReceived)] == [UpdatesReceived(scanned)]
    assert [event for event in events if isinstance(event, FLOW_EVENTS)] == [FlowFinished(flow)]


def test_stopped_flow_sees_the_updates_that_came_meanwhile_when_it_runs_again() -> None:
    network = answering(exportLoginToken=types.auth.LoginToken(int(NOW) + 30, b"token"))
    flow, other = Watching(api_id=1, api_hash="hash"), Watching(api_id=1, api_hash="hash")
    flow.shown, other.shown = [], []
    for each in (flow, other):
        network.client.run(each, now=NOW)
        network.settle()
        network.client.stop(each, now=NOW)
    push(network, types.UpdatesTooLong())
    push(network, types.UpdateShort(types.UpdateLoginToken(), int(NOW)))
    network.settle()
    network.take_events()
    assert flow.shown == [], "it does not run"
    network.application = lambda dc_id, request: types.auth.LoginTokenSuccess(AUTHORIZATION)
    network.client.run(flow, now=NOW)
    network.settle()
    assert flow.shown == [types.UpdatesTooLong(), types.UpdateShort(types.UpdateLoginToken(), int(NOW))]
    assert flow_events(network) == [FlowFinished(flow)]
    references = ref(flow), ref(other)
    del each, flow, other
    gc.collect()
    assert [reference() for reference in references] == [None, None], "the client keeps neither"


def test_deadline_of_a_flow_is_one_of_the_client() -> None:
    network = answering(exportLoginToken=types.auth.LoginToken(int(NOW) + 30, b"token"))
    flow = auth.QrLogin(api_id=1, api_hash="hash")
    network.client.run(flow, now=NOW)
    network.settle()
    assert len(flow_events(network)) == 1
    network.application = lambda dc_id, request: types.auth.LoginToken(int(NOW) + 60, b"another")
    network.advance(29)
    assert flow_events(network) == []
    network.advance(1)
    (again,) = flow_events(network)
    assert again == asks(flow)


def test_client_keeps_a_flow_until_its_end() -> None:
    network = answering(sendCode=SENT)
    network.client.run(phone(), now=NOW)
    gc.collect()
    network.settle()
    (asked,) = flow_events(network)
    flow = asked.flow
    flow.enter_code("12345")
    network.application = lambda dc_id, request: AUTHORIZATION
    network.client.run(flow, now=NOW)
    network.settle()
    assert flow_events(network) == [FlowFinished(flow)]
    reference = ref(flow)
    del flow, asked
    gc.collect()
    assert reference() is None, "the client keeps nothing of it"


def test_runner_without_flows_passes_events_on() -> None:
    runner = FlowRunner(Limits())
    runner.sort([UpdatesReceived(types.UpdatesTooLong())], NOW)
    runner.handle_deadline(NOW)
    assert (runner.next_request(NOW), runner.next_deadline()) == (None, None)
    assert list(runner.events) == [UpdatesReceived(types.UpdatesTooLong())]


def test_updates_for_a_flow_are_bounded_in_bytes() -> None:
    network = answering(exportLoginToken=types.auth.LoginToken(int(NOW) + 30, b"token"))
    flow = Watching(api_id=1, api_hash="hash")
    flow.shown = []
    network.client.run(flow, now=NOW)
    network.settle()
    network.client.stop(flow, now=NOW)
    large = types.UpdateShort(
        types.UpdateServiceNotification(type="", message="x" * 900_000, media=types.MessageMediaEmpty(), entities=[]), 0
    )
    for _ in range(Limits().max_update_bytes // weight(large) + 2):
        push(network, large)
        network.settle()
    network.take_events()
    network.client.run(flow, now=NOW)
    network.settle()
    assert isinstance(flow.shown[0], types.UpdatesTooLong)
    assert 0 < sum(map(weight, flow.shown)) <= Limits().max_update_bytes
