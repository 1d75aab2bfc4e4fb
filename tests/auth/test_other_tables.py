"""Every transition of every other flow's table, and arbitrary sequences of inputs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as sample
from hypothesis import settings
from hypothesis import strategies as st

from sansio_tl import auth, errors, types
from sansio_tl.auth import Compute, Invoke
from sansio_tl.auth.log_out import LOGGING_OUT
from sansio_tl.auth.login_base import BEGIN, STOPPED
from sansio_tl.auth.password import CHECKING_PASSWORD, KEY_UNREGISTERED, PASSWORD_NEEDED, WAIT, PasswordFlowData
from sansio_tl.auth.state_table import (
    AwaitInput,
    Computation,
    Final,
    Input,
    Request,
    Result,
    RpcFailure,
    Running,
    State,
    UserInput,
    states_of,
)
from sansio_tl.errors import LocalProtocolError, ProtocolError, RemoteProtocolError
from tests.helpers.flow_cases import FLOW_CASES
from tests.helpers.flow_samples import (
    NOW,
    PASSWORD,
    assert_in_state,
    entropy,
    failures_of,
    known_error,
    password_of,
    stored_state,
    through_json,
)
from tests.helpers.flow_state import data_of, put_at

FLOWS = {flow.KIND: flow for flow in auth.FLOWS}
ROWS = [
    (kind, state, given, target)
    for kind, flow in FLOWS.items()
    if kind in FLOW_CASES
    for (state, given), target in flow.TABLE.items()
]


def test_every_flow_has_a_flow_case() -> None:
    assert FLOWS.keys() - FLOW_CASES.keys() == {"phone code"}
    assert FLOW_CASES.keys() <= FLOWS.keys()
    assert len(FLOWS) == len(auth.FLOWS)


@pytest.mark.parametrize(("kind", "state", "given", "target"), ROWS, ids=[f"{k}: {s} - {g}" for k, s, g, _ in ROWS])
def test_each_transition_leads_to_the_state_in_the_table(kind: str, state: State, given: Input, target: State) -> None:
    flow_case = FLOW_CASES[kind]
    for name in given.names if isinstance(given, RpcFailure) else ("",):
        flow = flow_case.at(state)
        match given:
            case UserInput():
                assert given in flow.allowed_inputs
                flow_case.inputs[given.value](flow)
            case RpcFailure():
                flow.receive_error(known_error(name), now=NOW)
            case Result() if isinstance(state, Computation):
                flow.receive_computed(object())
            case Result():
                flow.receive_result(flow_case.results[given.value], now=NOW)
        assert_in_state(flow, target)
        action = flow.next_action()
        assert not isinstance(target, Request) or isinstance(action, Invoke)
        assert not isinstance(target, Computation) or isinstance(action, Compute)
        if isinstance(given, RpcFailure) and not isinstance(target, Running) and state != LOGGING_OUT:
            assert flow.error is not None
            assert flow.error.name == name


@pytest.mark.parametrize("kind", FLOW_CASES)
def test_every_state_can_be_reached_and_left(kind: str) -> None:
    table = FLOWS[kind].TABLE
    reached = {*table.values(), FLOW_CASES[kind].make().state}
    left = {state for state, _ in table}
    for state in states_of(table).values():
        assert state in left or isinstance(state, Final), f"{state} is a dead end"
        homes = {busy.home for busy in states_of(table).values() if isinstance(busy, Running)}
        assert state in reached | homes, f"{state} is never reached"


@pytest.mark.parametrize("kind", FLOW_CASES)
def test_every_request_state_sends_its_request(kind: str) -> None:
    for state in states_of(FLOWS[kind].TABLE).values():
        if isinstance(state, Request):
            action = FLOW_CASES[kind].at(state).next_action()
            assert isinstance(action, Invoke)
            assert action.function.NAME in state.about or "request of the input" in state.about


@pytest.mark.parametrize("kind", FLOW_CASES)
def test_snapshot_of_each_state_can_be_restored(kind: str) -> None:
    for state in states_of(FLOWS[kind].TABLE).values():
        flow = FLOW_CASES[kind].at(state)
        again = through_json(flow)
        assert again.state == stored_state(flow)
        assert again.snapshot() == flow.snapshot()
        if isinstance(state, Running) and not state.needs:
            assert again.next_action() == flow.next_action()
        if not isinstance(state, Running):
            assert (again.prompt, again.allowed_inputs) == (flow.prompt, flow.allowed_inputs)


@pytest.mark.parametrize("kind", FLOW_CASES)
def test_restore_finds_the_flow_by_the_name_in_the_snapshot(kind: str) -> None:
    flow = FLOW_CASES[kind].make()
    again = auth.restore(flow.snapshot())
    assert type(again) is type(flow)
    with pytest.raises(LocalProtocolError):
        auth.restore(flow.snapshot() | {"flow": "something else"})


@pytest.mark.parametrize("kind", FLOW_CASES)
def test_unknown_error_is_reported_and_the_state_kept(kind: str) -> None:
    for state in states_of(FLOWS[kind].TABLE).values():
        if isinstance(state, Request):
            flow = FLOW_CASES[kind].at(state)
            error = errors.parse(400, "NOBODY_KNOWS_THIS_3")
            flow.receive_error(error, now=NOW)
            assert flow.state == state.home
            assert flow.error is error


EVERYWHERE = {
    "PHONE_MIGRATE_X",
    "NETWORK_MIGRATE_X",
    "USER_MIGRATE_X",
    "RECAPTCHA_CHECK_X__Y",
    "TIMEOUT",
    "INPUT_REQUEST_TOO_LONG",
    "AUTH_KEY_PERM_EMPTY",
}
"""The engine deals with these, or home is where they lead."""

NOT_HERE = {
    "account.deleteAccount": {"PASSWORD_HASH_INVALID"},  # on the way in no password is sent with it
    "auth.recoverPassword": {"NEW_SETTINGS_INVALID"},  # nor new settings
    "account.sendVerifyEmailCode": {  # these belong to setting up an address on the way in
        "PHONE_CODE_EMPTY",
        "PHONE_HASH_EXPIRED",
        "PHONE_NUMBER_INVALID",
        "SESSION_PASSWORD_NEEDED",
    },
    "account.verifyEmail": {"PHONE_CODE_EXPIRED", "PHONE_NUMBER_INVALID", "SESSION_PASSWORD_NEEDED"},
}


@pytest.mark.parametrize("kind", FLOW_CASES)
def test_each_known_error_of_each_method_has_a_row_or_may_follow_any_request(kind: str) -> None:
    """What the catalogue lists for a method is either a row, or one of the errors that any request may meet."""
    flow_class = FLOWS[kind]
    for state in states_of(flow_class.TABLE).values():
        if not isinstance(state, Request):
            continue
        action = FLOW_CASES[kind].at(state).next_action()
        assert isinstance(action, Invoke)
        for error in errors.errors_of(action.function):
            if error.name not in EVERYWHERE and error.name not in NOT_HERE.get(action.function.NAME, ()):
                assert (state, error.name) in failures_of(flow_class), f"{state}: {error.name}"


@pytest.mark.parametrize("kind", [kind for kind in FLOW_CASES if kind != "log out"])
def test_lost_authorization_fails_the_flow_or_restarts_it(kind: str) -> None:
    for state in states_of(FLOWS[kind].TABLE).values():
        if isinstance(state, Request):
            flow = FLOW_CASES[kind].at(state)
            flow.receive_error(errors.SessionRevoked(), now=NOW)
            assert flow.state == auth.FAILED
            flow = FLOW_CASES[kind].at(state)
            flow.receive_error(errors.AuthKeyUnregistered(), now=NOW)
            assert flow.state == FLOWS[kind].TABLE.get((state, KEY_UNREGISTERED), auth.FAILED)


NOISE: list[Any] = [
    *(("result", answer) for flow_case in FLOW_CASES.values() for answer in flow_case.results.values()),
    *(("result", answer) for answer in (None, b"x", 7)),
    *(("error", known_error(name)) for flow in auth.FLOWS for _, name in failures_of(flow)),
    ("error", errors.PhoneMigrate(dc=4)),
    ("error", errors.RecaptchaCheck("a", "b")),
    ("error", errors.parse(777, "WHAT_5")),
    ("error", RemoteProtocolError("TL2", "too short")),
    ("computed", object()),
    ("computed", RemoteProtocolError("HS20", "a bad group")),
    ("deadline", NOW + 100),
    ("prove", "token"),
    ("give up", None),
]


def apply(flow: Any, kind: str, what: str, value: Any) -> type[ProtocolError] | None:
    try:
        match what:
            case "move":
                FLOW_CASES[kind].inputs[value](flow)
            case "result":
                flow.receive_result(value, now=NOW)
            case "error":
                flow.receive_error(value, now=NOW)
            case "computed":
                flow.receive_computed(value)
            case "deadline":
                flow.handle_deadline(now=value)
            case "prove":
                flow.answer_challenge(value)
            case "give up":
                flow.abandon_challenge()
            case "right":
                for given, result in FLOW_CASES[kind].results.items():
                    if (flow.state, Result(given)) in flow.TABLE and flow.next_action() is not None:
                        flow.receive_result(result, now=NOW)
                        break
    except ProtocolError as error:
        return type(error)
    return None


@settings(max_examples=400, deadline=None)
@sample(st.data())
def test_any_sequence_of_inputs_results_and_errors_leaves_one_next_step(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(FLOW_CASES)))
    moves = [("move", move) for move in FLOW_CASES[kind].inputs]
    steps = st.one_of(
        st.just(("right", None)), st.sampled_from(NOISE), st.sampled_from(moves) if moves else st.nothing()
    )
    flow: Any = FLOW_CASES[kind].make()
    for what, value in data.draw(st.lists(steps, max_size=20)):
        copy = through_json(flow)
        same = stored_state(flow) == flow.state
        before = flow.state
        raised = apply(flow, kind, what, value)
        if raised is LocalProtocolError:
            assert flow.state == before
        if same:
            assert apply(copy, kind, what, value) == raised
            if copy.state == flow.state:
                assert copy.snapshot() == flow.snapshot()
        action = flow.next_action()
        assert [action is not None, flow.prompt is not None, flow.finished].count(True) == 1
        assert isinstance(flow.allowed_inputs, tuple)
        if isinstance(flow.state, AwaitInput):
            assert flow.allowed_inputs


REQUEST_STATES = [
    (kind, state)
    for kind in FLOW_CASES
    for state in states_of(FLOWS[kind].TABLE).values()
    if isinstance(state, Request)
]
_IDS = [f"{kind}: {state}" for kind, state in REQUEST_STATES]


@pytest.mark.parametrize(("kind", "state"), REQUEST_STATES, ids=_IDS)
@pytest.mark.parametrize("result", [types.UserEmpty(id=7), b"bytes", None], ids=["object", "bytes", "none"])
def test_AU1_unexpected_result_is_reported_by_its_type(kind: str, state: Request, result: object) -> None:
    flow = FLOW_CASES[kind].at(state)
    with pytest.raises(RemoteProtocolError) as caught:
        flow.receive_result(result, now=NOW)
    assert str(caught.value) == f"AU1: unexpected answer in state {state}: {type(result).__name__}"
    assert flow.state == state.home


@pytest.mark.parametrize(("kind", "state"), REQUEST_STATES, ids=_IDS)
def test_AU1_bool_result_without_a_row_is_refused(kind: str, state: Request) -> None:
    for result in (True, False):
        flow = FLOW_CASES[kind].at(state)
        bools = {"boolTrue", "boolFalse", "Bool", "the account is deleted"}
        if any(given.value in bools for row, given in flow.TABLE if row == state and isinstance(given, Result)):
            continue
        with pytest.raises(RemoteProtocolError, match=f"AU1: unexpected answer in state {state}"):
            flow.receive_result(result, now=NOW)


@pytest.mark.parametrize("name", WAIT.names)
@pytest.mark.parametrize(("kind", "state"), REQUEST_STATES, ids=_IDS)
def test_pause_of_flood_wait_is_in_the_prompt(kind: str, state: Request, name: str) -> None:
    flow = FLOW_CASES[kind].at(state)
    error = known_error(name)
    flow.receive_error(error, now=NOW)
    assert flow.error is error
    if isinstance(flow.prompt, auth.RetryPrompt):
        seconds = getattr(error, "seconds", None)
        if kind == "QR":  # it pauses after every error
            seconds = seconds or 1
        assert flow.prompt.at == (None if seconds is None else NOW + seconds)


@pytest.mark.parametrize(
    "kind", [kind for kind in FLOW_CASES if kind != "QR" and (STOPPED, BEGIN) in FLOWS[kind].TABLE]
)
def test_beginning_again_clears_the_pause(kind: str) -> None:
    flow = FLOW_CASES[kind].make()
    flow.receive_error(errors.FloodWait(7), now=NOW)
    assert flow.prompt == auth.RetryPrompt(NOW + 7)
    flow.begin()  # type: ignore[attr-defined]
    flow.receive_error(errors.parse(500, "RPC_CALL_FAIL"), now=NOW)
    assert flow.prompt == auth.RetryPrompt(None)


@pytest.mark.parametrize("kind", ["QR", "web token", "passkey", "Firebase PNV"])
def test_tries_of_an_earlier_password_are_not_counted(kind: str) -> None:
    """In each state in which the server may ask for the password."""
    needed = [state for state, given in FLOWS[kind].TABLE if given == PASSWORD_NEEDED]
    assert needed
    for state in needed:
        flow = FLOW_CASES[kind].at(state)
        data_of(flow).password = PasswordFlowData(hint="old", tries=3, recovery_pattern="old")
        flow.receive_error(errors.SessionPasswordNeeded(), now=NOW)
        flow.receive_result(password_of(pending_reset_date=int(NOW) + 5), now=NOW)
        assert flow.prompt == auth.PasswordPrompt("like the comic", recoverable=True, reset_at=int(NOW) + 5, tries=0)
        flow.enter_password(PASSWORD, entropy=entropy)
        put_at(flow, CHECKING_PASSWORD)
        flow.receive_error(errors.PasswordHashInvalid(), now=NOW)
        assert flow.prompt.tries == 1
