"""Results of a server, inputs of a user, and flows in any state: sample data for tests of flows."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sansio_tl import errors, types
from sansio_tl.auth import (
    DONE,
    ChangePhone,
    ConfirmPhone,
    EmailCodePrompt,
    EmailPrompt,
    Flow,
    PaymentPrompt,
    PhoneCodeFlow,
    PhoneLogin,
    VerifyPhone,
)
from sansio_tl.auth import password as pw
from sansio_tl.auth.phone_code import table as at
from sansio_tl.auth.phone_code.data import PhoneFlowData
from sansio_tl.auth.sent_code import code_prompt
from sansio_tl.auth.srp_job import Trial
from sansio_tl.auth.state_table import AwaitInput, Final, Input, RpcFailure, Running, State
from sansio_tl.crypto import srp
from sansio_tl.crypto.dh import KNOWN_PRIME
from sansio_tl.errors import RpcError
from sansio_tl.types import account, auth
from tests.helpers.flow_state import put_at

NUMBER = "+99966112345"
PASSWORD = "correct horse"
NOW = 1_700_000_000.0
SALT1, SALT2, G = b"salt one", b"salt two", 3
P = KNOWN_PRIME.to_bytes(256, "big")
ALGORITHM = types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow(salt1=SALT1, salt2=SALT2, g=G, p=P)

LOG_IN = PhoneLogin(phone_number=NUMBER, api_id=17349, api_hash="344583e45741c457fe1862106095a5eb")
PURPOSES = (
    LOG_IN,
    ChangePhone(phone_number=NUMBER),
    VerifyPhone(phone_number=NUMBER),
    ConfirmPhone(phone_number=NUMBER, link_hash="B5MnlS34H1JKyBE71zZfo1"),
)


def entropy(size: int) -> bytes:
    return bytes(range(1, 256))[:size].ljust(size, b"\x07")


AUTHORIZED = auth.Authorization(user=types.UserEmpty(id=7))
SENT = auth.SentCode(
    type=auth.SentCodeTypeSms(length=5), phone_code_hash="hash", next_type=auth.CodeTypeCall(), timeout=60
)
FIREBASE = auth.SentCode(
    type=auth.SentCodeTypeFirebaseSms(length=6, nonce=b"nonce"), phone_code_hash="hash", next_type=auth.CodeTypeSms()
)
EMAIL_REQUIRED = auth.SentCode(
    type=auth.SentCodeTypeSetUpEmailRequired(google_signin_allowed=True), phone_code_hash="hash"
)
EMAIL_CODE = auth.SentCode(
    type=auth.SentCodeTypeEmailCode(
        email_pattern="a***@b.c", length=6, google_signin_allowed=True, reset_available_period=3600
    ),
    phone_code_hash="hash",
)
PAYMENT = auth.SentCodePaymentRequired(
    store_product="premium",
    phone_code_hash="hash",
    support_email_address="a@b.c",
    support_email_subject="code",
    premium_days=7,
    currency="EUR",
    amount=99,
)
SIGN_UP_REQUIRED = auth.AuthorizationSignUpRequired(
    terms_of_service=types.help.TermsOfService(
        id=types.DataJSON(data="{}"), text="Be nice.", entities=[], popup=True, min_age_confirm=16
    )
)
MAILED = account.SentEmailCode(email_pattern="n***@b.c", length=6)


def password_of(*, srp_b: bytes = P[1:] + b"\0", **fields: Any) -> account.Password:
    """account.password of an account that has one."""
    values: dict[str, Any] = {
        "has_password": True,
        "current_algo": ALGORITHM,
        "srp_B": srp_b,
        "srp_id": 42,
        "hint": "like the comic",
        "has_recovery": True,
        "new_algo": ALGORITHM,
        "new_secure_algo": types.SecurePasswordKdfAlgoUnknown(),
        "secure_random": b"",
    }
    return account.Password(**(values | fields))


NO_PASSWORD = password_of(has_password=False, current_algo=None, srp_B=None, srp_id=None)
UNKNOWN_ALGORITHM = password_of(current_algo=types.PasswordKdfAlgoUnknown())


def fresh_challenge() -> tuple[srp.SrpChallenge, account.Password]:
    """What a server offers for one try of PASSWORD, and the secret that it keeps."""
    offered = srp.challenge(VERIFIER, g=G, p=P, entropy=entropy)
    return offered, password_of(srp_b=offered.B)


VERIFIER = srp.verifier(PASSWORD, salt1=SALT1, salt2=SALT2, g=G, p=P)

ANSWERS: dict[Input, object] = {
    at.CODE_SENT: SENT,
    at.EMAIL_REQUIRED: EMAIL_REQUIRED,
    at.EMAIL_CODE_SENT: EMAIL_CODE,
    at.PAYMENT_REQUIRED: PAYMENT,
    at.SIGN_UP_REQUIRED: SIGN_UP_REQUIRED,
    at.FULFILLED: True,
    at.NOT_FULFILLED: False,
    at.ACKNOWLEDGED: True,
    at.CODE_MAILED: MAILED,
    at.NO_PASSWORD_AFTER_NUMBER: NO_PASSWORD,
    at.NO_PASSWORD_AFTER_CODE: NO_PASSWORD,
    at.NO_PASSWORD_AFTER_SETUP: NO_PASSWORD,
    at.NO_PASSWORD_AFTER_EMAIL: NO_PASSWORD,
    pw.AUTHORIZED: AUTHORIZED,
    pw.PASSWORD_IS_SET: password_of(),
    pw.UNKNOWN_ALGORITHM: UNKNOWN_ALGORITHM,
    pw.RECOVERY_MAILED: auth.PasswordRecovery(email_pattern="a***@b.c"),
    pw.ACCOUNT_DELETED: True,
}
"""A result for each answer of the phone code's table."""

OPENED_BY: dict[Input, State] = {
    at.NO_PASSWORD_AFTER_CODE: at.SUBMITTING,
    at.NO_PASSWORD_AFTER_SETUP: at.VERIFYING_EMAIL,
    at.NO_PASSWORD_AFTER_EMAIL: at.SIGNING_IN_BY_EMAIL,
}

USER_INPUTS: dict[Input, Callable[[PhoneCodeFlow[Any]], None]] = {
    at.SEND_CODE: lambda flow: flow.send_code(),
    at.ENTER_CODE: lambda flow: flow.enter_code("12345"),
    at.RESEND: lambda flow: flow.resend(now=NOW + 1000),
    at.CANCEL: lambda flow: flow.cancel(),
    at.REQUEST_FIREBASE: lambda flow: flow.request_firebase_sms(play_integrity_token="token"),
    at.REPORT_MISSING: lambda flow: flow.report_missing_code("01"),
    at.ENTER_EMAIL: lambda flow: flow.enter_email("me@b.c"),
    at.ENTER_EMAIL_CODE: lambda flow: flow.enter_email_code("123456"),
    at.ENTER_EMAIL_TOKEN: lambda flow: flow.enter_email_token(google="token"),
    at.RESEND_EMAIL_CODE: lambda flow: flow.resend_email_code(),
    at.RESET_EMAIL: lambda flow: flow.reset_login_email(),
    at.CHECK_STORE: lambda flow: flow.check_shop(),
    at.CHECK_PAYMENT: lambda flow: flow.check_payment(5),
    at.SIGN_UP: lambda flow: flow.sign_up("Ada", "Lovelace"),
    pw.ENTER_PASSWORD: lambda flow: flow.enter_password(PASSWORD, entropy=entropy),
    pw.FORGOT_PASSWORD: lambda flow: flow.forgot_password(),
    pw.REMEMBERED: lambda flow: flow.remembered_password(),
    pw.ENTER_RECOVERY_CODE: lambda flow: flow.enter_recovery_code("999"),
    pw.DELETE_ACCOUNT: lambda flow: flow.delete_account("forgot it"),
}
"""A call for each input of the phone code's table."""

SECRETS: dict[str, Any] = {
    "code": "12345",
    "firebase": {"play_integrity_token": "token"},
    "mnc": "01",
    "email verification": types.EmailVerificationCode(code="123456"),
    "names": ("Ada", "Lovelace", False),
    "password": PASSWORD,
    "entropy": entropy,
    "srp": Trial(ALGORITHM, P[1:] + b"\0", 42, entropy(256)),
    "proof": types.InputCheckPasswordSRP(srp_id=42, A=bytes(256), M1=bytes(32)),
    "recovery code": "999",
    "reason": "forgot it",
}


def failures_of(flow: Flow[Any] | type[Flow[Any]]) -> dict[tuple[State, str], RpcFailure]:
    """The state and name of each error that the table of a flow names -> what it means there."""
    failures = ((state, given) for state, given in flow.TABLE if isinstance(given, RpcFailure))
    return {(state, name): given for state, given in failures for name in given.names}


def phone_code_at(state: State, purpose: Any = LOG_IN, opened_by: State | None = None) -> PhoneCodeFlow[Any]:
    """A flow in this state that knows everything it could know by then."""
    flow: PhoneCodeFlow[Any] = PhoneCodeFlow(purpose)
    data = PhoneFlowData(
        purpose,
        phone_code_hash="hash",
        code=code_prompt(FIREBASE, NOW),
        email="me@b.c",
        email_setup=EmailPrompt(google_allowed=True),
        email_code=EmailCodePrompt(pattern="a***@b.c", length=6, google_allowed=True, reset_after=3600),
        payment=PaymentPrompt("premium", 7, "EUR", 99, "a@b.c", "code"),
        opened_by=opened_by.value if opened_by is not None else "",
    )
    put_at(flow, state, data=data, secrets=SECRETS, result=AUTHORIZED if state == DONE else None)
    return flow


def through_json(flow: Flow[Any]) -> Any:
    """The flow as another process would take it up."""
    return type(flow).restore(json.loads(json.dumps(flow.snapshot())))


def stored_state(flow: Flow[Any]) -> State:
    """The state in which a snapshot keeps the flow: where the user must enter a secret again, if it needs one."""
    state = flow.state
    return state.home if isinstance(state, Running) and state.needs else state


def known_error(name: str) -> RpcError:
    """The error with this name, with some value where it carries one."""
    cls = errors.class_of_name(name)
    assert cls is not None, f"{name} is not in the catalogue"
    return cls(**dict.fromkeys(cls.values, 7))  # type: ignore[arg-type]


def assert_in_state(flow: Flow[Any], target: State) -> None:
    """It is in that state, and shows it."""
    assert flow.state == target
    assert flow.finished == isinstance(target, Final)
    assert (flow.prompt is not None) == isinstance(target, AwaitInput)
    assert (flow.next_action() is not None) == isinstance(target, Running)
