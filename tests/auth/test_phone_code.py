"""Whole flows against a scripted server, and the prompts on the way."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from sansio_tl import auth, errors, functions, types
from sansio_tl.auth import CodeDelivery, CodePrompt, EmailCodePrompt, NumberPrompt, PasswordPrompt, SignUpPrompt
from sansio_tl.auth import password as pw
from sansio_tl.auth.phone_code import table as at
from sansio_tl.auth.sent_code import code_prompt
from sansio_tl.auth.state_table import Request, states_of
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from sansio_tl.types.auth import (
    CodeTypeCall,
    CodeTypeFlashCall,
    CodeTypeFragmentSms,
    CodeTypeMissedCall,
    CodeTypeSms,
    SentCode,
    SentCodeSuccess,
    SentCodeTypeApp,
    SentCodeTypeCall,
    SentCodeTypeEmailCode,
    SentCodeTypeFirebaseSms,
    SentCodeTypeFlashCall,
    SentCodeTypeFragmentSms,
    SentCodeTypeMissedCall,
    SentCodeTypeSms,
    SentCodeTypeSmsPhrase,
    SentCodeTypeSmsWord,
)
from tests.auth.scripted_replies import Server, drive
from tests.helpers.flow_samples import (
    AUTHORIZED,
    EMAIL_CODE,
    EMAIL_REQUIRED,
    FIREBASE,
    MAILED,
    NO_PASSWORD,
    NOW,
    NUMBER,
    PASSWORD,
    PAYMENT,
    PURPOSES,
    SENT,
    SIGN_UP_REQUIRED,
    UNKNOWN_ALGORITHM,
    entropy,
    password_of,
    phone_code_at,
    through_json,
)
from tests.helpers.flow_state import data_of, secrets_of

LINK = "tg://confirmphone?phone=99966112345&hash=B5MnlS34H1JKyBE71zZfo1"


def log_in(**options: Any) -> auth.PhoneCodeFlow[types.auth.Authorization]:
    return auth.log_in(NUMBER, api_id=17349, api_hash="hash", options=auth.CodeOptions(**options))


def started(server: Server, flow: auth.PhoneCodeFlow[Any] | None = None) -> Any:
    flow = flow or log_in()
    drive(flow, server)
    return flow


def test_correct_code_logs_in() -> None:
    server = Server()
    flow = started(server)
    assert flow.prompt == CodePrompt(CodeDelivery.SMS, length=5, next_via=CodeDelivery.CALL, resend_at=NOW + 60)
    flow.enter_code(" 12345 ")
    drive(flow, server)
    assert flow.finished
    assert flow.result == AUTHORIZED
    assert server.asked == [
        types_functions().SendCode(phone_number=NUMBER, api_id=17349, api_hash="hash", settings=types.CodeSettings()),
        types_functions().SignIn(phone_number=NUMBER, phone_code_hash="hash", phone_code="12345"),
    ]


def types_functions() -> Any:
    from sansio_tl.functions import auth as functions

    return functions


def test_wrong_code_is_prompted_for_again_and_counted() -> None:
    server = Server()
    flow = started(server)
    for tries in (1, 2):
        flow.enter_code("11111")
        drive(flow, server)
        assert flow.state == at.AWAITING_CODE
        assert isinstance(flow.error, errors.PhoneCodeInvalid)
        assert isinstance(flow.prompt, CodePrompt)
        assert flow.prompt.tries == tries
    flow.enter_code("12345")
    assert flow.error is None
    drive(flow, server)
    assert flow.finished


def test_each_password_attempt_uses_fresh_srp_parameters() -> None:
    server = Server({"auth.signIn": [errors.SessionPasswordNeeded()]})
    flow = started(server)
    flow.enter_code("12345")
    drive(flow, server)
    assert flow.prompt == PasswordPrompt(hint="like the comic", recoverable=True)
    assert flow.error is None
    flow.enter_password("wrong", entropy=entropy)
    drive(flow, server)
    assert isinstance(flow.error, errors.PasswordHashInvalid)
    assert isinstance(flow.prompt, PasswordPrompt)
    assert flow.prompt.tries == 1
    flow.enter_password(PASSWORD, entropy=entropy)
    drive(flow, server)
    assert flow.result == AUTHORIZED
    checks = ["account.getPassword", "auth.checkPassword"]
    assert server.methods == ["auth.sendCode", "auth.signIn", "account.getPassword", *checks, *checks]


def test_expired_srp_parameters_are_fetched_again_without_a_prompt() -> None:
    server = Server({"auth.signIn": [errors.SessionPasswordNeeded()]})
    flow = started(server)
    flow.enter_code("12345")
    drive(flow, server)
    flow.enter_password(PASSWORD, entropy=entropy)
    stale = [errors.SrpIdInvalid(), errors.SrpPasswordChanged(), AUTHORIZED]
    server.replies["auth.checkPassword"] = stale
    drive(flow, server)
    assert flow.finished
    assert server.methods.count("account.getPassword") == 4


def test_fourth_expired_srp_error_is_reported() -> None:
    server = Server({"auth.signIn": [errors.SessionPasswordNeeded()], "auth.checkPassword": [errors.SrpIdInvalid()]})
    flow = started(server)
    flow.enter_code("12345")
    drive(flow, server)
    flow.enter_password(PASSWORD, entropy=entropy)
    drive(flow, server)
    assert flow.state == pw.AWAITING_PASSWORD
    assert isinstance(flow.error, errors.SrpIdInvalid)
    assert server.methods.count("auth.checkPassword") == 4


def test_HS20_unsafe_srp_parameters_are_refused_and_the_password_can_be_entered_again() -> None:
    server = Server(
        {
            "auth.signIn": [errors.SessionPasswordNeeded()],
            "account.getPassword": [password_of(srp_b=b"\0" * 255 + b"\1")],
        }
    )
    flow = started(server)
    flow.enter_code("12345")
    drive(flow, server)
    flow.enter_password(PASSWORD, entropy=entropy)
    with pytest.raises(RemoteProtocolError, match="HS20"):
        drive(flow, server)
    assert flow.state == pw.AWAITING_PASSWORD
    assert flow.prompt is not None


def test_password_removed_meanwhile_repeats_the_sign_in() -> None:
    server = Server({"auth.signIn": [errors.SessionPasswordNeeded(), AUTHORIZED], "account.getPassword": [NO_PASSWORD]})
    flow = started(server)
    flow.enter_code("12345")
    drive(flow, server)
    assert flow.finished
    assert server.methods == ["auth.sendCode", "auth.signIn", "account.getPassword", "auth.signIn"]


def test_fourth_contradictory_password_error_is_reported() -> None:
    server = Server({"auth.signIn": [errors.SessionPasswordNeeded()], "account.getPassword": [NO_PASSWORD]})
    flow = started(server)
    flow.enter_code("12345")
    drive(flow, server)
    assert flow.state == at.AWAITING_CODE
    assert isinstance(flow.error, errors.SessionPasswordNeeded)
    assert server.methods.count("auth.signIn") == 4


def test_unknown_password_algorithm_fails_the_flow() -> None:
    server = Server({"auth.signIn": [errors.SessionPasswordNeeded()], "account.getPassword": [UNKNOWN_ALGORITHM]})
    flow = started(server)
    flow.enter_code("12345")
    drive(flow, server)
    assert flow.state == auth.FAILED


def test_forgotten_password_is_recovered_by_email_code() -> None:
    server = Server(
        {
            "auth.sendCode": [errors.SessionPasswordNeeded()],
            "auth.requestPasswordRecovery": [types.auth.PasswordRecovery(email_pattern="a***@b.c")],
            "auth.recoverPassword": [errors.CodeEmpty(), AUTHORIZED],
        }
    )
    flow = started(server)
    flow.forgot_password()
    drive(flow, server)
    assert flow.prompt == auth.RecoveryCodePrompt("a***@b.c")
    for _ in range(2):
        flow.enter_recovery_code("999")
        drive(flow, server)
    assert flow.finished


def test_recovery_without_a_recovery_address_returns_to_the_password_prompt() -> None:
    server = Server(
        {
            "auth.sendCode": [errors.SessionPasswordNeeded()],
            "auth.requestPasswordRecovery": [errors.PasswordRecoveryNa()],
        }
    )
    flow = started(server)
    flow.forgot_password()
    drive(flow, server)
    assert isinstance(flow.prompt, PasswordPrompt)
    assert not flow.prompt.recoverable
    assert isinstance(flow.error, errors.PasswordRecoveryNa)


@pytest.mark.parametrize(
    ("answer", "state", "error"),
    [
        (True, at.START, None),
        (errors.UserDeactivated(), at.START, "USER_DEACTIVATED"),
        (errors.TwoFactorConfirmWait(604800), pw.AWAITING_PASSWORD, "2FA_CONFIRM_WAIT_X"),
    ],
)
def test_account_with_a_forgotten_password_can_be_deleted(answer: object, state: object, error: str | None) -> None:
    server = Server({"auth.sendCode": [errors.SessionPasswordNeeded()], "account.deleteAccount": [answer]})
    flow = started(server)
    flow.delete_account("forgot the password")
    drive(flow, server)
    assert flow.state == state
    assert (flow.error.name if flow.error else None) == error


def test_sign_up_shows_the_terms_and_creates_the_account() -> None:
    server = Server({"auth.signIn": [SIGN_UP_REQUIRED], "auth.signUp": [errors.FirstnameInvalid(), AUTHORIZED]})
    flow = started(server)
    flow.enter_code("12345")
    drive(flow, server)
    assert flow.prompt == SignUpPrompt(terms="Be nice.", terms_in_popup=True, minimum_age=16)
    with pytest.raises(LocalProtocolError):
        flow.sign_up("  ")
    for _ in range(2):
        flow.sign_up("A" * 80, "Lovelace", silent=True)
        drive(flow, server)
    assert flow.finished
    request: Any = server.asked[-1]
    assert (len(request.first_name), request.last_name, request.no_joined_notifications) == (64, "Lovelace", True)


def test_sign_up_of_a_number_occupied_meanwhile_signs_in() -> None:
    server = Server({"auth.signIn": [SIGN_UP_REQUIRED, AUTHORIZED], "auth.signUp": [errors.PhoneNumberOccupied()]})
    flow = started(server)
    flow.enter_code("12345")
    drive(flow, server)
    flow.sign_up("Ada")
    drive(flow, server)
    assert flow.finished
    assert server.methods[-2:] == ["auth.signUp", "auth.signIn"]


def test_accepted_logout_token_logs_in_without_a_code() -> None:
    server = Server({"auth.sendCode": [SentCodeSuccess(authorization=AUTHORIZED)]})
    flow = started(server, log_in(logout_tokens=tuple(bytes([number]) for number in range(25))))
    assert flow.result == AUTHORIZED
    request: Any = server.asked[0]
    assert request.settings.logout_tokens == [bytes([number]) for number in range(20)]


@pytest.mark.parametrize(
    ("kind", "prompt"),
    [
        (SentCodeTypeApp(length=5), CodePrompt(CodeDelivery.APP, length=5)),
        (SentCodeTypeSms(length=5), CodePrompt(CodeDelivery.SMS, length=5)),
        (SentCodeTypeCall(length=5), CodePrompt(CodeDelivery.CALL, length=5)),
        (SentCodeTypeFlashCall(pattern="+7 999*"), CodePrompt(CodeDelivery.FLASH_CALL, pattern="+7 999*")),
        (
            SentCodeTypeMissedCall(prefix="+44 20", length=4),
            CodePrompt(CodeDelivery.MISSED_CALL, length=4, prefix="+44 20"),
        ),
        (
            SentCodeTypeFragmentSms(url="https://fragment.com/x", length=5),
            CodePrompt(CodeDelivery.FRAGMENT, length=5, url="https://fragment.com/x"),
        ),
        (SentCodeTypeSmsWord(beginning="a"), CodePrompt(CodeDelivery.WORD, beginning="a")),
        (SentCodeTypeSmsPhrase(beginning="in the"), CodePrompt(CodeDelivery.PHRASE, beginning="in the")),
        (SentCodeTypeSmsWord(), CodePrompt(CodeDelivery.WORD)),
        (SentCodeTypeApp(length=0), CodePrompt(CodeDelivery.APP)),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, CodePrompt) else "",
)
def test_each_code_type_has_its_prompt(kind: Any, prompt: CodePrompt) -> None:
    server = Server({"auth.sendCode": [SentCode(type=kind, phone_code_hash="hash")]})
    flow = started(server)
    assert flow.prompt == prompt
    assert at.RESEND not in flow.allowed_inputs
    flow.enter_code("12345")
    drive(flow, server)
    assert flow.finished


@pytest.mark.parametrize(
    ("next_type", "via"),
    [
        (CodeTypeSms(), CodeDelivery.SMS),
        (CodeTypeCall(), CodeDelivery.CALL),
        (CodeTypeFlashCall(), CodeDelivery.FLASH_CALL),
        (CodeTypeMissedCall(), CodeDelivery.MISSED_CALL),
        (CodeTypeFragmentSms(), CodeDelivery.FRAGMENT),
    ],
    ids=str,
)
def test_prompt_names_the_delivery_of_the_next_code(next_type: Any, via: CodeDelivery) -> None:
    sent = SentCode(type=SentCodeTypeApp(length=5), phone_code_hash="hash", next_type=next_type)
    flow = started(Server({"auth.sendCode": [sent]}))
    assert isinstance(flow.prompt, CodePrompt)
    assert (flow.prompt.next_via, flow.prompt.resend_at) == (via, NOW)


def test_resend_before_its_time_is_refused() -> None:
    again = SentCode(type=SentCodeTypeCall(length=5), phone_code_hash="hash 2")
    server = Server({"auth.resendCode": [again]})
    flow = started(server)
    with pytest.raises(LocalProtocolError, match="60 seconds"):
        flow.resend(now=NOW)
    assert flow.state == at.AWAITING_CODE
    flow.resend(now=NOW + 60, reason="no network")
    drive(flow, server)
    assert flow.prompt == CodePrompt(CodeDelivery.CALL, length=5)
    request: Any = server.asked[-1]
    assert (request.phone_code_hash, request.reason) == ("hash", "no network")
    with pytest.raises(LocalProtocolError):
        flow.resend(now=NOW + 10_000)
    flow.enter_code("12345")
    drive(flow, server)
    request = server.asked[-1]
    assert request.phone_code_hash == "hash 2"


def test_firebase_sms_is_requested_with_its_proof_or_resent_at_once_with_a_reason() -> None:
    sent = SentCode(
        type=SentCodeTypeFirebaseSms(
            length=6, play_integrity_project_id=1, play_integrity_nonce=b"n", receipt="r", push_timeout=30
        ),
        phone_code_hash="hash",
        timeout=120,
    )
    server = Server({"auth.sendCode": [sent], "auth.resendCode": [SENT]})
    flow = started(server)
    assert isinstance(flow.prompt, CodePrompt)
    assert flow.prompt.firebase == auth.FirebaseProof(
        play_integrity_project_id=1, play_integrity_nonce=b"n", ios_receipt="r", ios_push_timeout=30
    )
    assert flow.prompt.next_via is CodeDelivery.SMS  # though the server named none
    flow.request_firebase_sms(play_integrity_token="token")
    drive(flow, server)
    assert flow.state == at.AWAITING_CODE
    request: Any = server.asked[-1]
    assert request.play_integrity_token == "token"
    with pytest.raises(LocalProtocolError):
        flow.resend(now=NOW)
    flow.resend(now=NOW, reason="PLAY_INTEGRITY_FAILED")
    drive(flow, server)
    assert flow.prompt == CodePrompt(CodeDelivery.SMS, length=5, next_via=CodeDelivery.CALL, resend_at=NOW + 60)


def test_reporting_a_missing_code_keeps_the_prompt() -> None:
    server = Server()
    flow = started(server)
    before = flow.prompt
    flow.report_missing_code("01")
    drive(flow, server)
    assert flow.prompt == before
    request: Any = server.asked[-1]
    assert (request.NAME, request.mnc) == ("auth.reportMissingCode", "01")


@pytest.mark.parametrize("answer", [True, False, errors.PhoneCodeExpired(), errors.parse(500, "RPC_CALL_FAIL")])
def test_cancelling_returns_to_the_start_for_every_server_response(answer: object) -> None:
    server = Server({"auth.cancelCode": [answer]})
    flow = started(server)
    flow.cancel()
    drive(flow, server)
    assert flow.state == at.START
    assert flow.error is None
    assert flow.prompt == NumberPrompt()
    flow.send_code("+99966254321")
    drive(flow, server)
    request: Any = server.asked[-1]
    assert (request.NAME, request.phone_number) == ("auth.sendCode", "+99966254321")
    assert flow.state == at.AWAITING_CODE


def test_expired_code_returns_to_the_start_with_the_same_number() -> None:
    server = Server({"auth.signIn": [errors.PhoneCodeExpired(), AUTHORIZED]})
    flow = started(server)
    flow.enter_code("12345")
    drive(flow, server)
    assert flow.state == at.START
    assert isinstance(flow.error, errors.PhoneCodeExpired)
    flow.send_code()
    drive(flow, server)
    flow.enter_code("12345")
    drive(flow, server)
    assert flow.finished


def test_auth_restart_sends_a_new_code_at_most_three_times() -> None:
    server = Server({"auth.signIn": [errors.AuthRestart(), AUTHORIZED]})
    flow = started(server)
    flow.enter_code("12345")
    drive(flow, server)
    assert (flow.state, flow.error) == (at.AWAITING_CODE, None)
    assert server.methods == ["auth.sendCode", "auth.signIn", "auth.sendCode"]
    server = Server({"auth.sendCode": [errors.AuthRestart(debug=5)]})
    flow = started(server)
    assert flow.state == at.START
    assert isinstance(flow.error, errors.AuthRestart)
    assert len(server.asked) == 4


def test_required_email_address_is_verified_before_the_code() -> None:
    server = Server(
        {
            "auth.sendCode": [EMAIL_REQUIRED],
            "account.sendVerifyEmailCode": [errors.EmailNotAllowed(), MAILED],
            "account.verifyEmail": [
                errors.CodeInvalid(),
                types.account.EmailVerifiedLogin(email="me@b.c", sent_code=SENT),
            ],
        }
    )
    flow = started(server)
    assert flow.prompt == auth.EmailPrompt(google_allowed=True)
    for _ in range(2):
        flow.enter_email(" me@b.c ")
        drive(flow, server)
    assert flow.prompt == EmailCodePrompt(pattern="n***@b.c", length=6, google_allowed=True, own_address=True)
    flow.resend_email_code()
    drive(flow, server)
    flow.enter_email_code("000000")
    drive(flow, server)
    assert isinstance(flow.prompt, EmailCodePrompt)
    assert flow.prompt.tries == 1
    flow.enter_email_code("123456")
    drive(flow, server)
    assert flow.state == at.AWAITING_CODE
    request: Any = server.asked[-1]
    assert request.purpose == types.EmailVerifyPurposeLoginSetup(phone_number=NUMBER, phone_code_hash="hash")
    flow.enter_code("12345")
    drive(flow, server)
    assert flow.finished


def test_AU1_email_verified_without_sent_code_is_refused_during_login() -> None:
    server = Server(
        {"auth.sendCode": [EMAIL_REQUIRED], "account.verifyEmail": [types.account.EmailVerified(email="a")]}
    )
    flow = started(server)
    flow.enter_email_token(google="token")
    with pytest.raises(RemoteProtocolError, match="AU1"):
        drive(flow, server)
    assert flow.state == at.AWAITING_EMAIL


def test_email_code_signs_in() -> None:
    server = Server({"auth.sendCode": [EMAIL_CODE], "auth.signIn": [AUTHORIZED]})
    flow = started(server)
    assert flow.prompt == EmailCodePrompt(pattern="a***@b.c", length=6, google_allowed=True, reset_after=3600)
    assert at.RESEND_EMAIL_CODE not in flow.allowed_inputs
    flow.enter_email_code("123456")
    drive(flow, server)
    assert flow.finished
    request: Any = server.asked[-1]
    assert request.email_verification == types.EmailVerificationCode(code="123456")
    assert request.phone_code is None


@pytest.mark.parametrize(
    ("token", "kind"), [("google", "EmailVerificationGoogle"), ("apple", "EmailVerificationApple")]
)
def test_google_or_apple_token_replaces_the_email_code(token: str, kind: str) -> None:
    server = Server({"auth.sendCode": [EMAIL_CODE], "auth.signIn": [AUTHORIZED]})
    flow = started(server)
    with pytest.raises(LocalProtocolError):
        flow.enter_email_token()
    flow.enter_email_token(**{token: "token"})
    drive(flow, server)
    request: Any = server.asked[-1]
    assert type(request.email_verification).__name__ == kind


def test_login_email_can_be_reset() -> None:
    server = Server({"auth.sendCode": [EMAIL_CODE], "auth.resetLoginEmail": [errors.TaskAlreadyExists(), SENT]})
    flow = started(server)
    flow.reset_login_email()
    drive(flow, server)
    assert isinstance(flow.prompt, EmailCodePrompt)
    assert (flow.prompt.reset_at, flow.prompt.reset_after) == (NOW + 3600, None)
    assert at.RESET_EMAIL not in flow.allowed_inputs
    at_once = SentCode(
        type=SentCodeTypeEmailCode(email_pattern="a***", length=6, reset_available_period=0), phone_code_hash="hash"
    )
    server.replies["auth.sendCode"] = [at_once]
    flow = started(server)
    flow.reset_login_email()
    drive(flow, server)
    assert flow.state == at.AWAITING_CODE


def test_paid_code_is_sent_after_the_payment_is_confirmed() -> None:
    server = Server({"auth.sendCode": [PAYMENT], "auth.checkPaidAuth": [PAYMENT, SENT]})
    flow = started(server)
    assert isinstance(flow.prompt, auth.PaymentPrompt)
    assert (flow.prompt.currency, flow.prompt.amount) == ("EUR", 99)
    assert flow.payment_purpose(restore=True).phone_code_hash == "hash"
    flow.check_shop()
    drive(flow, server)
    assert flow.state == at.AWAITING_PAYMENT
    for _ in range(2):
        flow.check_payment(form_id=5)
        drive(flow, server)
    assert flow.state == at.AWAITING_CODE


def test_change_phone_changes_the_number() -> None:
    server = Server({"account.changePhone": [types.UserEmpty(id=7)]})
    flow = started(server, auth.change_phone(NUMBER))
    flow.enter_code("12345")
    drive(flow, server)
    assert flow.result == types.UserEmpty(id=7)
    assert server.methods == ["account.sendChangePhoneCode", "account.changePhone"]


def test_AU1_authorization_as_result_of_a_number_change_is_refused() -> None:
    server = Server({"account.sendChangePhoneCode": [types.auth.SentCodeSuccess(AUTHORIZED)]})
    with pytest.raises(RemoteProtocolError, match="AU1"):
        started(server, auth.change_phone(NUMBER))


def test_number_change_from_a_fresh_session_fails() -> None:
    flow = started(
        Server({"account.sendChangePhoneCode": [errors.FreshChangePhoneForbidden()]}), auth.change_phone(NUMBER)
    )
    assert flow.state == auth.FAILED
    assert isinstance(flow.error, errors.NotAcceptable)
    with pytest.raises(LocalProtocolError):
        _ = flow.result


def test_verify_phone_verifies_the_number() -> None:
    server = Server({"account.verifyPhone": [False, True]})
    flow = started(server, auth.verify_phone(NUMBER))
    flow.enter_code("12345")
    drive(flow, server)
    assert flow.state == at.AWAITING_CODE
    flow.enter_code("12345")
    drive(flow, server)
    assert flow.result is True


@pytest.mark.parametrize("link", [LINK, LINK.replace("tg://confirmphone", "https://t.me/confirmphone/")])
def test_confirm_phone_takes_number_and_hash_from_the_link(link: str) -> None:
    server = Server({"account.confirmPhone": [True]})
    flow = started(server, auth.confirm_phone(link))
    assert server.asked[0].hash == "B5MnlS34H1JKyBE71zZfo1"  # type: ignore[attr-defined]
    flow.enter_code("12345")
    drive(flow, server)
    assert flow.result is True
    with pytest.raises(LocalProtocolError):
        flow.send_code("+1")


@pytest.mark.parametrize("link", ["tg://login?token=x", "tg://confirmphone?phone=1", "http://[", ""])
def test_confirm_phone_refuses_other_links(link: str) -> None:
    with pytest.raises(LocalProtocolError):
        auth.confirm_phone(link)


def test_code_from_caller_extracts_the_code_from_the_calling_number() -> None:
    flash = CodePrompt(CodeDelivery.FLASH_CALL, pattern="+7 (999) *")
    assert auth.code_from_caller(flash, "+7 999 123-45-67") == "79991234567"
    assert auth.code_from_caller(flash, "+49 999 1234567") is None
    missed = CodePrompt(CodeDelivery.MISSED_CALL, prefix="+44 20", length=4)
    assert auth.code_from_caller(missed, "+44 20 7946 1234") == "1234"
    assert auth.code_from_caller(missed, "+44 30 7946 1234") is None
    assert auth.code_from_caller(CodePrompt(CodeDelivery.SMS, length=5), "12345") is None


def test_login_restored_from_json_at_each_step_finishes() -> None:
    server = Server({"auth.signIn": [errors.SessionPasswordNeeded()]})
    flow = through_json(started(server))
    flow.enter_code("12345")
    drive(flow, server)
    flow = through_json(flow)
    flow.enter_password(PASSWORD, entropy=entropy)
    drive(flow, server)
    flow = through_json(flow)
    assert flow.result == AUTHORIZED


def test_user_input_is_in_no_snapshot_and_no_repr() -> None:
    server = Server({"auth.signIn": [errors.SessionPasswordNeeded()]})
    flow = started(server)
    flow.enter_code("987654321")
    shown = [json.dumps(flow.snapshot()), repr(flow.next_action()), repr(flow), repr(data_of(flow))]
    drive(flow, server)
    flow.enter_password("sesame!", entropy=entropy)
    while (action := flow.next_action()) is not None:
        shown += [json.dumps(flow.snapshot()), repr(action), repr(flow), repr(flow.prompt)]
        if isinstance(action, auth.Compute):
            flow.receive_computed(action.job())
            continue
        answer = server.answer(action.function)
        if isinstance(answer, errors.RpcError):
            flow.receive_error(answer, now=NOW)
        else:
            flow.receive_result(answer, now=NOW)
    for text in shown:
        assert "987654321" not in text
        assert "sesame" not in text
    for text in shown:
        if not text.startswith("{"):
            assert NUMBER not in text


def test_snapshot_while_submitting_a_code_restores_to_the_code_prompt() -> None:
    flow = started(Server())
    flow.enter_code("12345")
    assert through_json(flow).state == at.AWAITING_CODE
    assert flow.state == at.SUBMITTING


def test_firebase_sms_is_refused_unless_the_server_offers_it() -> None:
    flow = started(Server())
    assert at.REQUEST_FIREBASE not in flow.allowed_inputs
    with pytest.raises(LocalProtocolError):
        flow.request_firebase_sms(safety_net_token="x")
    assert at.REQUEST_FIREBASE in started(Server({"auth.sendCode": [FIREBASE]})).allowed_inputs


@pytest.mark.parametrize("enter", ["enter_code", "enter_email_code", "enter_recovery_code", "enter_email"])
def test_empty_input_is_refused(enter: str) -> None:
    flow = started(Server())
    with pytest.raises(LocalProtocolError, match="empty"):
        getattr(flow, enter)("  ")
    with pytest.raises(LocalProtocolError, match="empty"):
        flow.enter_password("", entropy=entropy)
    assert flow.state == at.AWAITING_CODE


def test_secrets_are_dropped_once_no_request_can_need_them() -> None:
    server = Server({"auth.signIn": [errors.PhoneCodeInvalid(), errors.SessionPasswordNeeded()]})
    flow = started(server)
    flow.enter_code("11111")
    drive(flow, server)
    assert secrets_of(flow) == {}
    flow.enter_code("12345")
    drive(flow, server)
    flow.enter_password("wrong", entropy=entropy)
    drive(flow, server)
    assert secrets_of(flow) == {"code": "12345"}  # it may be needed once more, when the password is taken away
    flow.enter_password(PASSWORD, entropy=entropy)
    drive(flow, server)
    assert secrets_of(flow) == {}


def test_phone_confirmation_refuses_a_number_other_than_that_of_its_url() -> None:
    flow: Any = auth.confirm_phone(LINK)
    flow.receive_error(errors.PhoneCodeExpired(), now=NOW)
    with pytest.raises(LocalProtocolError, match="invalid phone number: expected the one in the link"):
        flow.send_code("99966112345")
    flow.send_code()
    assert flow.next_action().function.hash == "B5MnlS34H1JKyBE71zZfo1"
    assert flow.purpose == auth.ConfirmPhone(phone_number="99966112345", link_hash="B5MnlS34H1JKyBE71zZfo1")


@pytest.mark.parametrize("scheme", ["tg", "http", "https"])
def test_phone_confirmation_url_has_scheme_tg_http_or_https(scheme: str) -> None:
    query = "phone=1&hash=2&hash=3"
    link = f"tg://confirmphone?{query}" if scheme == "tg" else f"{scheme}://t.me/confirmphone?{query}"
    options = auth.CodeOptions(allow_flashcall=True)
    assert auth.ConfirmPhone.from_link(link, options) == auth.ConfirmPhone(
        phone_number="1", link_hash="2", options=options
    )
    for wrong in (
        link.replace("confirmphone", "confirm"),
        link.replace("phone=1&", ""),
        link.replace("&hash=2&hash=3", ""),
        link.replace(scheme + ":", "ftp:"),
    ):
        with pytest.raises(LocalProtocolError, match="invalid link: expected one that confirms a phone number"):
            auth.ConfirmPhone.from_link(wrong)


def test_code_is_not_resent_early_because_of_a_reason() -> None:
    """Unless the reason explains why the proof for a Firebase SMS could not be given."""
    flow = started(Server())
    with pytest.raises(LocalProtocolError, match="the code may be re-sent in 1 seconds"):
        flow.resend(now=NOW + 59, reason="why not")
    flow.resend(now=NOW + 60)
    assert flow.next_action().function.reason is None
    flow = started(Server({"auth.sendCode": [FIREBASE]}))
    flow.resend(now=NOW)  # the server named no waiting time
    assert flow.next_action().function.NAME == "auth.resendCode"


def test_code_prompt_stays_when_resending_is_unavailable() -> None:
    server = Server({"auth.resendCode": [errors.SendCodeUnavailable()]})
    flow = started(server)
    flow.resend(now=NOW + 60)
    drive(flow, server)
    assert flow.prompt == CodePrompt(CodeDelivery.SMS, length=5)
    assert at.RESEND not in flow.allowed_inputs
    assert isinstance(flow.error, errors.SendCodeUnavailable)


def test_wrong_codes_are_counted_where_they_were_entered() -> None:
    flow: Any = phone_code_at(at.AWAITING_CODE)
    for tries in (1, 2):
        flow.enter_code("1")
        flow.receive_error(errors.PhoneCodeInvalid(), now=NOW)
        assert (flow.prompt.tries, data_of(flow).email_code.tries) == (tries, 0)
    flow = phone_code_at(at.AWAITING_EMAIL_CODE)
    for tries, error in ((1, errors.PhoneCodeInvalid()), (2, errors.CodeInvalid()), (3, errors.PhoneCodeEmpty())):
        flow.enter_email_code("1")
        flow.receive_error(error, now=NOW)
        assert (flow.prompt.tries, data_of(flow).code.tries) == (tries, 0)
    flow = phone_code_at(at.AWAITING_SETUP_CODE)
    for tries in (1, 2):
        flow.enter_email_code("1")
        flow.receive_error(errors.CodeEmpty(), now=NOW)
        assert flow.prompt.tries == tries


@pytest.mark.parametrize(("after", "pending"), [(3600, 3600), (0, 0), (None, 0)])
def test_pending_email_reset_shows_its_time(after: int | None, pending: int) -> None:
    flow: Any = phone_code_at(at.RESETTING_EMAIL)
    data_of(flow).email_code = EmailCodePrompt("a***", reset_after=after)
    flow.receive_error(errors.TaskAlreadyExists(), now=NOW)
    assert flow.prompt == EmailCodePrompt("a***", reset_at=NOW + pending)


@pytest.mark.parametrize(("length", "shown"), [(-1, None), (0, None), (1, 1), (99, 99), (100, None)])
def test_length_of_new_email_code_is_1_to_99_or_unknown(length: int, shown: int | None) -> None:
    flow: Any = phone_code_at(at.MAILING_CODE)
    data_of(flow).email_setup = auth.EmailPrompt(apple_allowed=True)
    flow.receive_result(types.account.SentEmailCode(email_pattern="", length=length), now=NOW)
    assert flow.prompt == EmailCodePrompt("a***@b.c", shown, apple_allowed=True, own_address=True)


@pytest.mark.parametrize(("length", "shown"), [(-1, None), (0, None), (1, 1), (6, 6)])
def test_lengths_of_codes_are_positive_or_unknown(length: int, shown: int | None) -> None:
    mailed = SentCodeTypeEmailCode(
        email_pattern="a***", length=length, apple_signin_allowed=True, reset_pending_date=int(NOW) + 5
    )
    flow = started(Server({"auth.sendCode": [SentCode(type=mailed, phone_code_hash="hash")]}))
    assert flow.prompt == EmailCodePrompt("a***", shown, apple_allowed=True, reset_at=int(NOW) + 5)
    flow = started(Server({"auth.sendCode": [SentCode(type=SentCodeTypeSms(length=length), phone_code_hash="hash")]}))
    assert flow.prompt == CodePrompt(CodeDelivery.SMS, length=shown)


@pytest.mark.parametrize(("timeout", "wait"), [(None, 0), (-5, 0), (0, 0), (1, 1), (60, 60)])
def test_resend_time_counts_from_the_sent_code(timeout: int | None, wait: int) -> None:
    sent = SentCode(type=SentCodeTypeSms(length=5), phone_code_hash="hash", next_type=CodeTypeCall(), timeout=timeout)
    assert started(Server({"auth.sendCode": [sent]})).prompt.resend_at == NOW + wait


def test_unknown_code_type_is_shown_as_other() -> None:
    unknown = SentCode(
        type=SentCodeTypeEmailCode(email_pattern="", length=6),
        phone_code_hash="hash",
        next_type=types.UserEmpty(id=1),  # type: ignore[arg-type]
    )
    assert code_prompt(unknown, NOW) == CodePrompt(CodeDelivery.OTHER, next_via=CodeDelivery.OTHER, resend_at=NOW)


def test_names_of_a_new_account_are_cut_to_64_characters() -> None:
    flow: Any = phone_code_at(at.AWAITING_SIGN_UP)
    flow.sign_up(" " + "A" * 65, "B" * 65 + " ")
    request = flow.next_action().function
    assert (request.first_name, request.last_name) == ("A" * 64, "B" * 64)
    assert not request.no_joined_notifications
    flow.receive_error(errors.LastnameInvalid(), now=NOW)
    flow.sign_up("Ada")
    assert flow.next_action().function.last_name == ""


def test_payment_purpose_has_the_price() -> None:
    flow: Any = phone_code_at(at.AWAITING_PAYMENT)
    expected: dict[str, Any] = {
        "phone_number": NUMBER,
        "phone_code_hash": "hash",
        "premium_days": 7,
        "currency": "EUR",
        "amount": 99,
    }
    assert flow.payment_purpose() == types.InputStorePaymentAuthCode(restore=False, **expected)
    assert flow.payment_purpose(restore=True) == types.InputStorePaymentAuthCode(restore=True, **expected)
    flow.check_shop()
    assert flow.next_action().function.purpose == flow.payment_purpose()
    with pytest.raises(LocalProtocolError, match="no payment was asked for"):
        log_in().payment_purpose()


def test_payment_form_id_over_64_bits_is_refused() -> None:
    for form_id in (1 << 63, -(1 << 63) - 1):
        flow: Any = phone_code_at(at.AWAITING_PAYMENT)
        with pytest.raises(LocalProtocolError, match="the form's id has more than 64 bits"):
            flow.check_payment(form_id)
    for form_id in ((1 << 63) - 1, -(1 << 63)):
        flow = phone_code_at(at.AWAITING_PAYMENT)
        flow.check_payment(form_id)
        assert flow.next_action().function.form_id == form_id


def test_update_of_a_paid_code_may_have_the_authorization() -> None:
    flow: Any = phone_code_at(at.AWAITING_PAYMENT)
    other = types.UpdateShort(types.UpdateConfig(), 0)
    assert not flow.receive_update(other, now=NOW)
    assert flow.state == at.AWAITING_PAYMENT
    update = types.UpdateSentPhoneCode(sent_code=SentCodeSuccess(authorization=AUTHORIZED))
    assert flow.receive_update(types.UpdateShort(update, 0), now=NOW)
    assert flow.result == AUTHORIZED


def test_tokens_are_offered_as_the_server_allows() -> None:
    for google, apple in ((False, False), (True, False), (False, True), (True, True)):
        flow: Any = phone_code_at(at.AWAITING_EMAIL)
        data_of(flow).email_setup = auth.EmailPrompt(google_allowed=google, apple_allowed=apple)
        data_of(flow).email_code = EmailCodePrompt("", google_allowed=not (google or apple))
        assert (at.ENTER_EMAIL_TOKEN in flow.allowed_inputs) == (google or apple)
        flow = phone_code_at(at.AWAITING_EMAIL_CODE)
        data_of(flow).email_setup = auth.EmailPrompt(google_allowed=not (google or apple))
        data_of(flow).email_code = EmailCodePrompt("", google_allowed=google, apple_allowed=apple)
        assert (at.ENTER_EMAIL_TOKEN in flow.allowed_inputs) == (google or apple)


@pytest.mark.parametrize("digits", ["123", "1234", "12345"])
def test_code_from_a_missed_call_is_the_last_digits_of_the_caller(digits: str) -> None:
    prompt = CodePrompt(CodeDelivery.MISSED_CALL, length=4)
    assert auth.code_from_caller(prompt, f"+{digits}") == (digits[-4:] if len(digits) >= 4 else None)
    assert auth.code_from_caller(CodePrompt(CodeDelivery.MISSED_CALL), "1234") is None
    assert auth.code_from_caller(CodePrompt(CodeDelivery.FLASH_CALL), "1234") is None


def test_code_options_are_sent_unchanged() -> None:
    flags = ("allow_flashcall", "current_number", "allow_app_hash", "allow_missed_call", "allow_firebase")
    for flag in (*flags, "unknown_number"):
        given: dict[str, Any] = {flag: True}
        assert auth.CodeOptions(**given).settings() == types.CodeSettings(**given)
    assert auth.CodeOptions().settings() == types.CodeSettings()
    assert auth.CodeOptions(app_sandbox=True).settings() == types.CodeSettings()
    for sandbox in (True, False, None):
        settings = auth.CodeOptions(token="t", app_sandbox=sandbox).settings()
        assert (settings.token, settings.app_sandbox) == ("t", bool(sandbox))
    tokens = tuple(bytes([number]) for number in range(21))
    assert auth.CodeOptions(logout_tokens=tokens).settings().logout_tokens == list(tokens[:20])


def test_each_purpose_of_a_code_has_its_own_requests() -> None:
    account, settings = functions.account, types.CodeSettings()
    submitted: dict[str, Any] = {"phone_number": NUMBER, "phone_code_hash": "hash", "phone_code": "12345"}
    expected = [
        (
            functions.auth.SendCode(
                phone_number=NUMBER, api_id=17349, api_hash="344583e45741c457fe1862106095a5eb", settings=settings
            ),
            functions.auth.SignIn(**submitted),
        ),
        (account.SendChangePhoneCode(phone_number=NUMBER, settings=settings), account.ChangePhone(**submitted)),
        (account.SendVerifyPhoneCode(phone_number=NUMBER, settings=settings), account.VerifyPhone(**submitted)),
        (
            account.SendConfirmPhoneCode(hash="B5MnlS34H1JKyBE71zZfo1", settings=settings),
            account.ConfirmPhone(phone_code_hash="hash", phone_code="12345"),
        ),
    ]
    for purpose, (begin, submit) in zip(PURPOSES, expected, strict=True):
        assert purpose.begin() == begin
        assert purpose.submit_code("hash", "12345") == submit


def test_login_requests_have_phone_number_and_hash() -> None:
    identified = {"phone_number": NUMBER, "phone_code_hash": "hash"}
    checked = 0
    for state in states_of(at.TABLE).values():
        if isinstance(state, Request):
            request = phone_code_at(state).next_action().function  # type: ignore[union-attr]
            fields = {name: getattr(request, name, None) for name in identified}
            if "phone_code_hash" in request.__struct_fields__:
                assert fields == identified, state
                checked += 1
    assert checked >= 8


@pytest.mark.parametrize("purpose", PURPOSES, ids=lambda purpose: type(purpose).__name__)
def test_purpose_with_an_empty_number_or_other_options_is_refused(purpose: Any) -> None:
    for number in ("", " "):
        with pytest.raises(LocalProtocolError, match="the phone number is empty"):
            replace(purpose, phone_number=number)
    with pytest.raises(LocalProtocolError, match="invalid options: found str, expected CodeOptions"):
        replace(purpose, options="options")
    assert repr(purpose) == f"{type(purpose).__name__}(...)"
