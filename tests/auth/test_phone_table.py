"""Every transition of the phone code's table, for every purpose that has it."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import errors
from sansio_tl.auth.actions import Invoke
from sansio_tl.auth.flow import DONE, FAILED
from sansio_tl.auth.password import PROVEN
from sansio_tl.auth.phone_code import table as at
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
from sansio_tl.types import UpdateSentPhoneCode, account
from sansio_tl.types.auth import SentCodeSuccess
from tests.helpers.flow_samples import (
    ANSWERS,
    LOG_IN,
    NOW,
    OPENED_BY,
    PURPOSES,
    SENT,
    USER_INPUTS,
    assert_in_state,
    known_error,
    phone_code_at,
    through_json,
)

ROWS = [(state, given, target) for (state, given), target in at.TABLE.items()]


def purpose_for(given: Input) -> Any:
    return PURPOSES[1] if given in at.ACCOUNT_ONLY else LOG_IN


@pytest.mark.parametrize(("state", "given", "target"), ROWS, ids=[f"{s} - {g}" for s, g, _ in ROWS])
def test_each_transition_leads_to_the_state_in_the_table(state: State, given: Input, target: State) -> None:
    for name in given.names if isinstance(given, RpcFailure) else ("",):
        flow = phone_code_at(state, purpose_for(given), OPENED_BY.get(given))
        match given:
            case UserInput():
                assert given in flow.allowed_inputs
                USER_INPUTS[given](flow)
            case RpcFailure():
                flow.receive_error(known_error(name), now=NOW)
            case Result() if given == PROVEN:
                flow.receive_computed(object())
            case Result() if isinstance(state, AwaitInput):
                inner = ANSWERS[given]
                sent = inner if given in SENT_CODES else SentCodeSuccess(authorization=inner)  # type: ignore[arg-type]
                assert flow.receive_update(UpdateSentPhoneCode(sent_code=sent), now=NOW)  # type: ignore[arg-type]
            case Result() if state in (at.VERIFYING_EMAIL, at.VERIFYING_TOKEN) and given in SENT_CODES:
                verified = account.EmailVerifiedLogin(email="me@b.c", sent_code=ANSWERS[given])  # type: ignore[arg-type]
                flow.receive_result(verified, now=NOW)
            case Result():
                flow.receive_result(ANSWERS[given], now=NOW)
        assert_in_state(flow, target)
        if isinstance(given, RpcFailure) and not isinstance(target, Running) and state != at.CANCELLING:
            assert flow.error is not None
            assert flow.error.name == name
        if target == DONE:
            assert flow.result is not None


SENT_CODES = (at.CODE_SENT, at.EMAIL_REQUIRED, at.EMAIL_CODE_SENT, at.PAYMENT_REQUIRED)


def test_every_state_can_be_reached_and_left() -> None:
    reached = set(at.TABLE.values()) | {at.SENDING_CODE}
    left = {state for state, _ in at.TABLE}
    for state in states_of(at.TABLE).values():
        assert state in reached
        assert state in left or isinstance(state, Final)


def test_every_error_name_in_the_table_is_a_known_error() -> None:
    for _, given, _ in ROWS:
        if isinstance(given, RpcFailure):
            for name in given.names:
                assert known_error(name).name == name


def test_every_request_state_sends_the_method_in_its_description() -> None:
    for state in states_of(at.TABLE).values():
        if isinstance(state, Request):
            action = phone_code_at(state).next_action()
            assert isinstance(action, Invoke)
            method = action.function.NAME.partition(".")[2]
            assert method in state.about or "send...Code" in state.about
            assert isinstance(action.function.NAME, str)


@pytest.mark.parametrize("purpose", PURPOSES, ids=lambda purpose: type(purpose).__name__)
def test_snapshot_of_each_state_can_be_restored(purpose: object) -> None:
    for state in states_of(at.TABLE).values():
        flow = phone_code_at(state, purpose)
        again = through_json(flow)
        assert again.state == (state.home if isinstance(state, Running) and state.needs else state)
        assert again.snapshot() == flow.snapshot()
        if isinstance(state, Request) and not state.needs:
            assert again.next_action() == flow.next_action()
        if not isinstance(state, Running):
            assert again.prompt == flow.prompt
            assert again.allowed_inputs == flow.allowed_inputs


@pytest.mark.parametrize("purpose", PURPOSES[1:], ids=lambda purpose: type(purpose).__name__)
@pytest.mark.parametrize("given", sorted(at.LOGIN_ONLY, key=str), ids=str)
def test_login_results_are_refused_in_flows_of_a_logged_in_user(given: Input, purpose: object) -> None:
    for state, row, _ in ROWS:
        if row != given or not isinstance(state, Request):
            continue
        flow = phone_code_at(state, purpose)
        if isinstance(given, RpcFailure):
            flow.receive_error(known_error(given.names[0]), now=NOW)
            lost = flow.error is not None and flow.error.authorization_lost
            assert flow.state == (FAILED if lost else state.home)
        elif state not in (at.VERIFYING_EMAIL, at.VERIFYING_TOKEN):
            with pytest.raises(errors.RemoteProtocolError, match="AU1"):
                flow.receive_result(ANSWERS[given], now=NOW)
            assert flow.state == state.home


def test_table_has_a_computation_state() -> None:
    assert [state for state in states_of(at.TABLE).values() if isinstance(state, Computation)]


def test_update_with_the_sent_code_ends_the_payment_wait() -> None:
    flow = phone_code_at(at.AWAITING_PAYMENT)
    assert flow.receive_update(UpdateSentPhoneCode(sent_code=SENT), now=NOW)
    assert flow.state == at.AWAITING_CODE
    assert not flow.receive_update(UpdateSentPhoneCode(sent_code=SENT), now=NOW)
