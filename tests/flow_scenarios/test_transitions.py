"""Every transition of every flow's table, and every known error of a method, over the wire.

A flow is put into a state. Its request goes through a client and a simulated network to an embedded data center with a
scripted reply, and the result leads to the state in the table. `tests.flow_scenarios.scenarios` reaches each state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from sansio_tl import auth, errors, functions, types
from sansio_tl.auth import FAILED, Flow, Invoke
from sansio_tl.auth.phone_code import table as phone
from sansio_tl.auth.state_table import (
    AwaitInput,
    Computation,
    Input,
    Request,
    Result,
    RpcFailure,
    Running,
    State,
    UserInput,
    states_of,
)
from sansio_tl.client.error_policy import ErrorPolicy, reaction_to
from sansio_tl.errors import RpcError
from sansio_tl.testing import DataCenter
from sansio_tl.tl.objects import Function
from tests.flow_scenarios.simulated_devices import SimulatedCluster, SimulatedDevice
from tests.helpers.data_center_state import unused_replies
from tests.helpers.flow_cases import FLOW_CASES
from tests.helpers.flow_samples import (
    ANSWERS,
    LOG_IN,
    OPENED_BY,
    PURPOSES,
    USER_INPUTS,
    assert_in_state,
    failures_of,
    phone_code_at,
)
from tests.helpers.flow_state import secrets_of

FLOWS = {flow.KIND: flow for flow in auth.FLOWS}
AGAIN = errors.FloodWait(seconds=77_777)
"""What is answered when the engine itself asks again: the flow gets no other error."""
ENGINE = {"CONNECTION_NOT_INITED", "CONNECTION_LAYER_INVALID"}
"""The errors after which a session sends initConnection and the request again."""
TAKES_UP_UPDATES = {"updateLoginToken", "updateNewAuthorization"}


@dataclass(frozen=True)
class FlowCase:
    """How a flow is put into a state, a call for each input, and a value for each result."""

    at: Callable[[State, Input | None], Any]
    inputs: Mapping[str, Callable[[Any], None]]
    results: Mapping[str, object]


@cache
def flow_case(kind: str) -> FlowCase:
    if kind != "phone code":
        made = FLOW_CASES[kind]
        return FlowCase(lambda state, given: made.at(state), made.inputs, made.results)
    return FlowCase(
        lambda state, given: phone_code_at(
            state,
            PURPOSES[2] if given in phone.ACCOUNT_ONLY else LOG_IN,
            None if given is None else OPENED_BY.get(given),
        ),
        {str(move): do for move, do in USER_INPUTS.items()},
        {str(given): answer for given, answer in ANSWERS.items()},
    )


@pytest.fixture(scope="module")
def cluster() -> SimulatedCluster:
    return SimulatedCluster()


@pytest.fixture
def device(cluster: SimulatedCluster) -> SimulatedDevice:
    return SimulatedDevice(cluster)


def order(data_center: DataCenter, function: Function[Any], *replies: object) -> None:
    """Script the answers to the next requests of this method, in this order."""
    data_center.clear_answers()
    for each in replies:
        data_center.answer(function.NAME, each, times=1)


def unused(cluster: SimulatedCluster) -> int:
    """The number of unused replies."""
    return sum(unused_replies(data_center) for data_center in cluster.data_centers.values())


AUTHORIZATIONS = types.auth.Authorization | types.auth.AuthorizationSignUpRequired
SEND_CODES = {
    "auth.sendCode",
    "auth.resendCode",
    "auth.resetLoginEmail",
    "auth.checkPaidAuth",
    "account.sendChangePhoneCode",
    "account.sendVerifyPhoneCode",
    "account.sendConfirmPhoneCode",
}


def as_result_of(function: Function[Any], answer: object) -> object:
    """What carries the answer when this method gives it."""
    match function:
        case functions.auth.ExportLoginToken() | functions.auth.ImportLoginToken():
            return types.auth.LoginTokenSuccess(answer) if isinstance(answer, AUTHORIZATIONS) else answer
        case functions.account.VerifyEmail(purpose=types.EmailVerifyPurposeLoginSetup()):
            return types.account.EmailVerifiedLogin("me@b.c", sent_code(answer))
    return sent_code(answer) if function.NAME in SEND_CODES else answer


def sent_code(answer: Any) -> Any:
    return types.auth.SentCodeSuccess(answer) if isinstance(answer, AUTHORIZATIONS) else answer


def deliver_update(device: SimulatedDevice, flow: Flow[Any], update: types.TypeUpdate) -> None:
    """The data center pushes an update, and the flow receives it."""
    device.ask(functions.help.GetNearestDc())
    updates = types.UpdateShort(update=update, date=int(device.now))
    device.cluster.data_centers[2].push_to_key(device.key_id, updates, now=device.now)
    device.pass_update(flow)


ROWS = [
    pytest.param(kind, state, given, target, id=f"{kind}: {state} - {given}")
    for kind, flow in FLOWS.items()
    for (state, given), target in flow.TABLE.items()
    if not isinstance(given, RpcFailure)
]


@pytest.mark.parametrize(("kind", "state", "given", "target"), ROWS)
def test_each_input_and_each_result_leads_to_the_state_in_the_table(
    kind: str, state: State, given: Input, target: State, cluster: SimulatedCluster, device: SimulatedDevice
) -> None:
    material = flow_case(kind)
    flow = material.at(state, given)
    action = flow.next_action()
    match given:
        case UserInput() if given.value in TAKES_UP_UPDATES:
            deliver_update(device, flow, UPDATES[given.value])
        case UserInput():
            assert given in flow.allowed_inputs
            material.inputs[given.value](flow)
        case Result() if isinstance(state, Computation):
            flow.receive_computed(object())
        case Result() if isinstance(state, AwaitInput):
            deliver_update(device, flow, types.UpdateSentPhoneCode(sent_code(material.results[given.value])))
        case Result():
            assert isinstance(action, Invoke)
            answer = as_result_of(action.function, material.results[given.value])
            order(cluster.data_centers[action.dc or 2], action.function, answer)
            device.step(flow)
    assert_in_state(flow, target)


UPDATES: dict[str, types.TypeUpdate] = {
    "updateLoginToken": types.UpdateLoginToken(),
    "updateNewAuthorization": types.UpdateNewAuthorization(hash=5),
}


def errors_at(flow: Flow[Any], elsewhere: int) -> Iterator[RpcError]:
    """The known errors of the request, those of any request, and unknown ones."""
    action = flow.next_action()
    assert isinstance(action, Invoke)
    names = dict.fromkeys(cls.name for cls in (*errors.errors_of(action.function), *errors.ANY_METHOD))
    names |= dict.fromkeys(name for state, name in failures_of(flow) if state == flow.state)
    for name in names:
        cls: Any = errors.class_of_name(name)
        yield cls(**{value: elsewhere if value == "dc" else kind(7) for value, kind in cls.values.items()})
    yield errors.parse(400, "NOBODY_KNOWS_THIS_3")
    yield errors.parse(406, "NOBODY_KNOWS_THIS")
    yield errors.parse(420, "NOBODY_KNOWS_THIS")
    yield errors.parse(777, "NOBODY_KNOWS_THIS")


def leads(flow: Flow[Any], error: RpcError) -> State:
    """The state to which the table leads for an error."""
    state = flow.state
    assert isinstance(state, Request)
    row = failures_of(flow).get((state, error.name))
    if row is not None and flow._is_enabled(row):
        target = flow.TABLE[state, row]
        return target.home if isinstance(target, Running) and not target.needs <= secrets_of(flow).keys() else target
    return FAILED if error.authorization_lost else state.home


STEPS = [
    pytest.param(kind, state, purpose, id=f"{kind}: {state}" + (f" - {type(purpose).__name__}" if purpose else ""))
    for kind, flow in FLOWS.items()
    for state in states_of(flow.TABLE).values()
    if isinstance(state, Request)
    for purpose in (PURPOSES if kind == "phone code" and state in (phone.SENDING_CODE, phone.SUBMITTING) else (None,))
]


@pytest.mark.parametrize(("kind", "state", "purpose"), STEPS)
def test_each_error_at_each_state_leads_to_the_state_in_the_table(
    kind: str, state: Request, purpose: Any, cluster: SimulatedCluster, device: SimulatedDevice
) -> None:
    def make() -> Any:
        return flow_case(kind).at(state, None) if purpose is None else phone_code_at(state, purpose)

    here = make().next_action().dc or 2
    elsewhere = 6 - here
    for error in errors_at(make(), elsewhere):
        flow = make()
        function = flow.next_action().function
        saved = device.client.snapshot()
        order(cluster.data_centers[here], function, error, AGAIN)
        order(cluster.data_centers[elsewhere], function, AGAIN)
        device.step(flow)
        if isinstance(flow.prompt, auth.ChallengePrompt):
            assert error.code == 403
            flow.abandon_challenge()
            assert_in_state(flow, state.home)
            continue
        redirected = reaction_to(error) in (ErrorPolicy.CHANGE_HOME_DC, ErrorPolicy.USE_OTHER_DC)
        asks_again = error.name in ENGINE or redirected
        assert unused(cluster) == (1 if asks_again else 2), error
        reported = AGAIN if asks_again else error
        expected = leads(make(), reported)
        assert flow.state == expected, error
        assert_in_state(flow, expected)
        if not isinstance(expected, Running) and not (state.value in QUIET and expected != FAILED):
            assert flow.error is not None, error
            assert flow.error.text == reported.text
        if reaction_to(error) is not ErrorPolicy.REPORT:
            device.restart(saved)


QUIET = {"cancelling", "logging out"}
"""An error of a request that was over already has no effect."""
