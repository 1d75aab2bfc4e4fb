"""The engine under every flow: redirects, challenges, misuse and snapshots."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from sansio_tl import LAYER, auth, errors, functions, types
from sansio_tl.auth import ChallengePrompt, CodePrompt, Invoke, NumberPrompt
from sansio_tl.auth import password as pw
from sansio_tl.auth.phone_code import table as at
from sansio_tl.auth.state_table import AwaitInput, Result, table
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from tests.auth.scripted_replies import Server, drive
from tests.helpers.flow_samples import LOG_IN, NOW, SENT, phone_code_at, through_json


def new() -> auth.PhoneCodeFlow[Any]:
    return auth.PhoneCodeFlow(LOG_IN)


def invoke(flow: auth.PhoneCodeFlow[Any]) -> Invoke:
    action = flow.next_action()
    assert isinstance(action, Invoke)
    return action


def test_next_action_is_unchanged_until_its_result_arrives() -> None:
    flow = new()
    assert flow.next_action() == flow.next_action()
    assert invoke(flow).dc is None


@pytest.mark.parametrize("text", ["PHONE_MIGRATE_4", "NETWORK_MIGRATE_4", "USER_MIGRATE_4"])
def test_migrate_error_moves_the_request_and_later_ones_to_the_named_data_center(text: str) -> None:
    flow = new()
    request = invoke(flow).function
    flow.receive_error(errors.parse(303, text), now=NOW)
    assert invoke(flow) == Invoke(request, dc=4, moves_account=True)
    assert flow.error is None
    assert invoke(through_json(flow)) == invoke(flow)
    flow.receive_result(SENT, now=NOW)
    flow.enter_code("12345")
    assert invoke(flow).dc == 4


def test_third_redirect_in_a_row_is_reported_as_the_error() -> None:
    flow = new()
    for number in range(2):
        flow.receive_error(errors.PhoneMigrate(dc=number + 1), now=NOW)
        assert flow.state == at.SENDING_CODE
    flow.receive_error(errors.PhoneMigrate(dc=1), now=NOW)
    assert flow.state == at.START
    assert isinstance(flow.error, errors.PhoneMigrate)


@pytest.mark.parametrize(
    ("text", "wrapper"),
    [
        ("RECAPTCHA_CHECK_signup__6Lf", functions.InvokeWithReCaptcha),
        ("INTEGRITY_CHECK_CLASSIC_n0nce", functions.InvokeWithGooglePlayIntegrity),
        ("APNS_VERIFY_CHECK_n0nce", functions.InvokeWithApnsSecret),
    ],
)
def test_challenged_request_is_resent_with_the_proof(text: str, wrapper: Any) -> None:
    flow = new()
    request = invoke(flow).function
    flow.receive_error(errors.parse(403, text), now=NOW)
    assert flow.next_action() is None
    assert isinstance(flow.prompt, ChallengePrompt)
    assert flow.prompt.action == ("signup" if "CAPTCHA" in text else None)
    assert flow.prompt.nonce == (None if "CAPTCHA" in text else "n0nce")
    assert through_json(flow).prompt == flow.prompt
    with pytest.raises(LocalProtocolError):
        flow.send_code()
    with pytest.raises(LocalProtocolError):
        flow.receive_result(SENT, now=NOW)
    flow.answer_challenge("token")
    wrapped = invoke(flow).function
    assert isinstance(wrapped, wrapper)
    assert wrapped.query == request
    assert "token" not in json.dumps(flow.snapshot()).replace("logout_tokens", "").replace('"token": null', "")
    flow.receive_result(SENT, now=NOW)
    flow.enter_code("12345")
    assert isinstance(invoke(flow).function, functions.auth.SignIn)


def test_second_challenge_after_a_proof_is_reported_as_the_error() -> None:
    flow = new()
    flow.receive_error(errors.RecaptchaCheck("signup", "6Lf"), now=NOW)
    flow.answer_challenge("token")
    flow.receive_error(errors.RecaptchaCheck("signup", "6Lf"), now=NOW)
    assert flow.state == at.START
    assert isinstance(flow.error, errors.RecaptchaCheck)


def test_abandoned_challenge_returns_to_the_start() -> None:
    flow = new()
    for misuse in (flow.abandon_challenge, lambda: flow.answer_challenge("x")):
        with pytest.raises(LocalProtocolError):
            misuse()
    flow.receive_error(errors.RecaptchaCheck("signup", "6Lf"), now=NOW)
    prompt = flow.prompt
    assert isinstance(prompt, ChallengePrompt)
    for misuse in (lambda: flow.receive_result(SENT, now=NOW), flow.send_code):
        with pytest.raises(LocalProtocolError):
            misuse()
    assert (flow.prompt, flow.next_action()) == (prompt, None)
    flow.abandon_challenge()
    assert flow.state == at.START
    assert (flow.prompt, flow.allowed_inputs) == (NumberPrompt(), (at.SEND_CODE,))
    flow.send_code()
    assert invoke(flow).function.NAME == "auth.sendCode"


@pytest.mark.parametrize("answer", [True, 5, None, "x", functions.help.GetConfig()])
def test_AU1_result_of_an_unexpected_type_is_refused(answer: object) -> None:
    flow = new()
    with pytest.raises(RemoteProtocolError, match="AU1"):
        flow.receive_result(answer, now=NOW)
    assert flow.state == at.START


def test_undecodable_result_raises_and_returns_to_the_state_before_the_request() -> None:
    flow = new()
    with pytest.raises(RemoteProtocolError, match="TL2"):
        flow.receive_error(RemoteProtocolError("TL2", "too short"), now=NOW)
    assert flow.state == at.START


def test_result_without_a_pending_request_is_a_local_error() -> None:
    flow = new()
    drive(flow, Server())
    before = flow.snapshot()
    misuses: list[Callable[[], object]] = [
        lambda: flow.receive_result(SENT, now=NOW),
        lambda: flow.receive_error(errors.PhoneCodeInvalid(), now=NOW),
        lambda: flow.receive_computed(5),
        lambda: flow.sign_up("A"),
        flow.forgot_password,
    ]
    for misuse in misuses:
        with pytest.raises(LocalProtocolError):
            misuse()
    assert flow.snapshot() == before


@pytest.mark.parametrize("text", ["SESSION_REVOKED", "USER_DEACTIVATED_BAN", "AUTH_KEY_INVALID"])
def test_lost_authorization_ends_a_flow_of_a_logged_in_account(text: str) -> None:
    flow = auth.change_phone("+1")
    flow.receive_error(errors.parse(401, text), now=NOW)
    assert flow.state == auth.FAILED
    assert flow.error is not None
    assert flow.error.authorization_lost


def test_restoring_a_damaged_snapshot_is_refused() -> None:
    good = new().snapshot()
    damaged: list[dict[str, Any]] = [
        {},
        {**good, "flow": "something else"},
        {**good, "version": 2},
        {**good, "layer": LAYER - 1},
        {**good, "state": "nowhere"},
        {**good, "data": {}},
        {**good, "data": None},
        {**good, "dc": "two"},
        {**good, "error": {"code": "x", "text": 5, "of": None}},
        {**good, "error": 5},
        {**good, "result": {"tl": "!!"}},
        {**good, "result": {"tl": "AAAA"}},
        {**good, "result": {}},
        {key: value for key, value in good.items() if key != "repeats"},
    ]
    for snapshot in damaged:
        with pytest.raises(LocalProtocolError):
            auth.PhoneCodeFlow.restore(snapshot)
    assert auth.PhoneCodeFlow.restore(good).next_action() == new().next_action()


def test_snapshot_keeps_the_last_error() -> None:
    flow = new()
    flow.receive_error(errors.parse(420, "FLOOD_WAIT_30", request="auth.sendCode"), now=NOW)
    again = through_json(flow)
    assert isinstance(again.error, errors.FloodWait)
    assert (again.error.seconds, again.error.request) == (30, "auth.sendCode")


def test_state_table_with_two_targets_for_one_input_is_refused() -> None:
    a, b, c = (AwaitInput(name, "") for name in "abc")
    given = Result("x")
    assert table({(a, given): b}, {(a, given): b}) == {(a, given): b}
    with pytest.raises(ValueError, match="two targets"):
        table({(a, given): b}, {(a, given): c})


def test_states_and_inputs_have_readable_names() -> None:
    assert str(at.AWAITING_CODE) == "awaiting code"
    assert str(at.ENTER_CODE) == "enter code"
    flow = new()
    drive(flow, Server())
    assert [str(user_input) for user_input in flow.allowed_inputs] == [
        "enter code",
        "resend code",
        "report missing code",
        "cancel",
    ]
    assert isinstance(flow.prompt, CodePrompt)


def test_AU2_thirteenth_transition_of_a_kind_without_user_input_is_refused() -> None:
    flow: Any = auth.QrLogin(api_id=1, api_hash="h")
    away, back = (types.auth.LoginTokenMigrateTo(dc_id=dc, token=b"token") for dc in (4, 5))
    flow.receive_result(back, now=NOW)  # leads to another state, and is counted by itself
    for _ in range(6):
        flow.receive_result(away, now=NOW)
        flow.receive_result(back, now=NOW)
    assert flow.next_action().dc == 5
    flow = through_json(flow)
    with pytest.raises(RemoteProtocolError, match="AU2: too many repetitions of auth.loginTokenMigrateTo in state "):
        flow.receive_result(away, now=NOW)
    flow.begin()
    for each in (back, away, back):
        flow.receive_result(each, now=NOW)


def test_user_input_allows_two_more_redirects() -> None:
    flow = new()
    for number in range(2):
        flow.receive_error(errors.PhoneMigrate(dc=number + 1), now=NOW)
    flow = through_json(flow)
    flow.receive_error(errors.PhoneMigrate(dc=1), now=NOW)
    assert flow.state == at.START
    flow.send_code()
    assert invoke(flow).dc == 2
    for number in range(2):
        flow.receive_error(errors.PhoneMigrate(dc=number + 3), now=NOW)
    assert invoke(flow).dc == 4
    flow.receive_error(errors.PhoneMigrate(dc=1), now=NOW)
    assert flow.state == at.START


def test_user_input_and_errors_that_restart_clear_the_last_error() -> None:
    flow = new()
    flow.receive_error(errors.parse(500, "RPC_CALL_FAIL"), now=NOW)
    assert flow.error is not None
    flow.send_code()
    assert flow.error is None
    flow.receive_error(errors.AuthRestart(), now=NOW)
    assert (flow.state, flow.error) == (at.SENDING_CODE, None)


def test_user_input_allows_three_more_restarts() -> None:
    flow = new()
    for _ in range(2):
        for _ in range(3):
            flow.receive_error(errors.AuthRestart(), now=NOW)
            assert flow.state == at.SENDING_CODE
            flow = through_json(flow)
        flow.receive_error(errors.AuthRestart(), now=NOW)
        assert flow.state == at.START
        flow.send_code()


def test_flow_without_deadlines_ignores_the_clock_and_updates() -> None:
    flow = new()
    assert flow.next_deadline() is None
    before = flow.snapshot()
    flow.handle_deadline(now=NOW)
    assert flow.snapshot() == before
    assert flow.receive_update(types.UpdateConfig(), now=NOW) is False


def test_failed_computation_returns_to_the_password_prompt() -> None:
    flow: Any = phone_code_at(pw.PROVING)
    with pytest.raises(RemoteProtocolError, match="HS20: unsafe"):
        flow.receive_computed(RemoteProtocolError("HS20", "unsafe"))
    assert flow.state == pw.AWAITING_PASSWORD
    with pytest.raises(LocalProtocolError, match="no computation is pending in state awaiting password"):
        flow.receive_computed(5)


def test_result_or_challenge_without_a_pending_one_is_a_local_error() -> None:
    flow = new()
    with pytest.raises(LocalProtocolError, match="there is no result in state sending code"):
        _ = flow.result
    with pytest.raises(LocalProtocolError, match="no challenge is pending"):
        flow.abandon_challenge()
    with pytest.raises(LocalProtocolError, match="no challenge is pending"):
        flow.answer_challenge("token")
    flow.receive_error(errors.parse(403, "APNS_VERIFY_CHECK_60"), now=NOW)
    with pytest.raises(LocalProtocolError, match="cannot send code while a challenge is pending"):
        flow.send_code()
    with pytest.raises(LocalProtocolError, match="no request is pending in state sending code"):
        flow.receive_error(errors.PhoneCodeInvalid(), now=NOW)


def test_challenge_proof_is_sent_with_one_request_only() -> None:
    flow = new()
    flow.receive_error(errors.parse(403, "APNS_VERIFY_CHECK_60"), now=NOW)
    flow.answer_challenge("token")
    flow.receive_error(errors.PhoneMigrate(dc=4), now=NOW)
    assert invoke(flow).function.NAME == "invokeWithApnsSecret"
    flow.receive_error(errors.AuthRestart(), now=NOW)
    assert invoke(flow).function.NAME == "auth.sendCode"


def test_auth_module_lists_and_loads_the_names_that_it_exports() -> None:
    assert set(auth.__all__) <= set(dir(auth))
    assert dir(auth) == sorted(dir(auth))
    assert "restore" in dir(auth)
    for name in auth.__all__:
        found = getattr(auth, name)
        assert vars(auth)[name] is found
    with pytest.raises(AttributeError, match="module 'sansio_tl.auth' has no attribute 'Nothing'"):
        _ = auth.Nothing  # type: ignore[attr-defined]
