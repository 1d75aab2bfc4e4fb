"""Each known error of each method, at the step that calls it, leads where the tables of the protocol's facts say."""

from __future__ import annotations

import pytest

from sansio_tl import errors
from sansio_tl.auth.actions import Invoke
from sansio_tl.auth.flow import FAILED
from sansio_tl.auth.password import AWAITING_PASSWORD, FETCHING_PASSWORD, FETCHING_SRP
from sansio_tl.auth.phone_code import table as at
from sansio_tl.auth.state_table import Request, Running, State, states_of
from sansio_tl.errors import RpcError
from tests.helpers.flow_samples import LOG_IN, NOW, PURPOSES, known_error, phone_code_at

LEADS: dict[str, State] = {
    "PHONE_CODE_EXPIRED": at.START,
    "PHONE_CODE_HASH_EMPTY": at.START,
    "PHONE_HASH_EXPIRED": at.START,
    "PHONE_NUMBER_INVALID": at.START,
    "PHONE_NUMBER_BANNED": at.START,
    "SMS_CODE_CREATE_FAILED": at.START,
    "AUTH_KEY_UNREGISTERED": at.START,
    "EMAIL_INSTALL_MISSING": at.START,
    "EMAIL_NOT_SETUP": at.START,
    "API_ID_INVALID": FAILED,
    "API_ID_PUBLISHED_FLOOD": FAILED,
    "UPDATE_APP_TO_LOGIN": FAILED,
    "PHONE_NUMBER_APP_SIGNUP_FORBIDDEN": FAILED,
    "PHONE_PASSWORD_PROTECTED": FAILED,
    "USER_DEACTIVATED_BAN": FAILED,
    "SESSION_REVOKED": FAILED,
    "AUTH_RESTART_X": at.SENDING_CODE,
    "SIGN_IN_FAILED": at.SENDING_CODE,
    "SESSION_PASSWORD_NEEDED": FETCHING_PASSWORD,
    "EMAIL_INVALID": at.AWAITING_EMAIL,
    "EMAIL_NOT_ALLOWED": at.AWAITING_EMAIL,
}
"""Wherever the error may come in a login; every other error leads home, with a few exceptions at single steps."""

EXCEPTIONS: dict[tuple[str, str], State] = {
    ("signing up", "PHONE_CODE_INVALID"): at.START,
    ("signing up", "PHONE_CODE_EMPTY"): at.START,
    ("signing up", "PHONE_NUMBER_OCCUPIED"): at.SUBMITTING,
    ("submitting code", "PHONE_NUMBER_UNOCCUPIED"): at.AWAITING_SIGN_UP,
    ("signing in by e-mail", "PHONE_NUMBER_UNOCCUPIED"): at.AWAITING_SIGN_UP,
    ("recovering", "PASSWORD_RECOVERY_EXPIRED"): AWAITING_PASSWORD,
    ("checking password", "SRP_ID_INVALID"): FETCHING_SRP,
    ("checking password", "SRP_PASSWORD_CHANGED"): FETCHING_SRP,
    ("checking password", "AUTH_KEY_UNSYNCHRONIZED"): FETCHING_SRP,
    ("requesting recovery", "PASSWORD_EMPTY"): FETCHING_PASSWORD,
    ("deleting account", "USER_DEACTIVATED"): at.START,
}

STAYS = {"PHONE_MIGRATE_X", "NETWORK_MIGRATE_X", "USER_MIGRATE_X", "RECAPTCHA_CHECK_X__Y"}
"""The same request is made again, elsewhere or with a proof."""


def method_of(state: Request) -> str:
    action = phone_code_at(state).next_action()
    assert isinstance(action, Invoke)
    return action.function.NAME


CASES = [
    (state, error.name)
    for state in states_of(at.TABLE).values()
    if isinstance(state, Request)
    for error in dict.fromkeys((*errors.errors_of(method_of(state)), *errors.ANY_METHOD))
]


@pytest.mark.parametrize(("state", "name"), CASES, ids=[f"{state} - {name}" for state, name in CASES])
def test_each_error_leads_to_the_documented_state(state: Request, name: str) -> None:
    flow = phone_code_at(state)
    error = known_error(name)
    before = flow.next_action()
    flow.receive_error(error, now=NOW)
    if name in STAYS:
        assert flow.state == state
        return
    expected = EXCEPTIONS.get((state.value, name))
    if expected is None:
        expected = LEADS.get(name, FAILED if error.authorization_lost else state.home)
    if state == at.CANCELLING:
        expected = FAILED if error.authorization_lost and name != "AUTH_KEY_UNREGISTERED" else at.START
    elif state not in PHONE_STATES and name not in {"AUTH_KEY_UNREGISTERED", "USER_DEACTIVATED_BAN", "SESSION_REVOKED"}:
        expected = EXCEPTIONS.get((state.value, name), FAILED if error.authorization_lost else state.home)
    assert flow.state == expected
    if isinstance(expected, Running):
        assert flow.error is None
        assert expected == state or flow.next_action() != before
    elif state != at.CANCELLING or expected == FAILED:
        assert flow.error is error


PHONE_STATES = {state for state, given in at.TABLE if given == at.NUMBER_REJECTED}

ACCOUNT_ERRORS = [
    ("account.sendChangePhoneCode", "FRESH_CHANGE_PHONE_FORBIDDEN", FAILED),
    ("account.sendChangePhoneCode", "PHONE_NUMBER_BANNED", at.START),
    ("account.sendChangePhoneCode", "PHONE_NUMBER_INVALID", at.START),
    ("account.sendChangePhoneCode", "PHONE_NUMBER_OCCUPIED", at.START),
    ("account.sendVerifyPhoneCode", "PHONE_NUMBER_INVALID", at.START),
    ("account.sendConfirmPhoneCode", "HASH_INVALID", FAILED),
    ("account.changePhone", "PHONE_CODE_EMPTY", at.AWAITING_CODE),
    ("account.changePhone", "PHONE_CODE_EXPIRED", at.START),
    ("account.changePhone", "PHONE_CODE_INVALID", at.AWAITING_CODE),
    ("account.changePhone", "PHONE_NUMBER_INVALID", at.START),
    ("account.changePhone", "PHONE_NUMBER_OCCUPIED", at.START),
    ("account.verifyPhone", "PHONE_CODE_EMPTY", at.AWAITING_CODE),
    ("account.verifyPhone", "PHONE_CODE_EXPIRED", at.START),
    ("account.verifyPhone", "PHONE_NUMBER_INVALID", at.START),
    ("account.confirmPhone", "CODE_HASH_INVALID", at.START),
    ("account.confirmPhone", "PHONE_CODE_EMPTY", at.AWAITING_CODE),
    ("auth.resendCode", "SEND_CODE_UNAVAILABLE", at.AWAITING_CODE),
    ("auth.resendCode", "PHONE_CODE_EXPIRED", at.START),
]


@pytest.mark.parametrize(("method", "name", "target"), ACCOUNT_ERRORS)
def test_each_error_of_an_account_method_leads_to_the_documented_state(method: str, name: str, target: State) -> None:
    seen = 0
    for purpose in PURPOSES[1:]:
        for state in (at.SENDING_CODE, at.SUBMITTING, at.RESENDING):
            flow = phone_code_at(state, purpose)
            action = flow.next_action()
            assert isinstance(action, Invoke)
            if method == action.function.NAME:
                flow.receive_error(known_error(name), now=NOW)
                assert flow.state == target
                seen += 1
    assert seen


def test_every_known_error_of_the_account_methods_is_tested() -> None:
    listed = {(method, name) for method, name, _ in ACCOUNT_ERRORS}
    for method in {method for method, _ in listed if method.startswith("account.")}:
        assert {(method, error.name) for error in errors.errors_of(method)} <= listed


@pytest.mark.parametrize("purpose", PURPOSES, ids=lambda purpose: type(purpose).__name__)
def test_unknown_error_is_reported_and_the_state_kept(purpose: object) -> None:
    for state in states_of(at.TABLE).values():
        if isinstance(state, Request) and state != at.CANCELLING:
            flow = phone_code_at(state, purpose)
            error: RpcError = errors.parse(400, "NOBODY_KNOWS_THIS_3")
            flow.receive_error(error, now=NOW)
            assert flow.state == state.home
            assert flow.error is error
            assert flow.snapshot()["data"]["phone_code_hash"] == "hash"


def test_code_cannot_be_resent_after_send_code_unavailable() -> None:
    flow = phone_code_at(at.RESENDING, LOG_IN)
    flow.receive_error(known_error("SEND_CODE_UNAVAILABLE"), now=NOW)
    assert at.RESEND not in flow.allowed_inputs
    with pytest.raises(errors.LocalProtocolError):
        flow.resend(now=NOW + 10_000)
