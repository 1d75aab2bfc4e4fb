"""Input that cannot be sent is refused at once, and the flow keeps its state."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from sansio_tl import auth, codec, errors, functions
from sansio_tl.auth import Flow, Invoke, user_input
from sansio_tl.auth import password as pw
from sansio_tl.auth.phone_code import table as at
from sansio_tl.auth.state_table import Running, State, states_of
from sansio_tl.errors import LocalProtocolError
from tests.helpers.flow_cases import APP, CREDENTIAL, FLOW_CASES
from tests.helpers.flow_samples import NOW, NUMBER, PASSWORD, PURPOSES, entropy, phone_code_at
from tests.helpers.flow_state import secrets_of

SECRET = "secret that no error may show"
LONG = SECRET + "x" * 70_000
BAD: dict[str, list[object]] = {
    "str": [5, None, SECRET.encode(), [SECRET], f"{SECRET}\ud800", f"{SECRET}\udc80", LONG],
    "int": ["1", None, 1.5, 1 << 63, -(1 << 63) - 1, b"1"],
    "bytes": [SECRET, 5, None, LONG.encode()],
    "bool": [5, None, "yes"],
    "password": [5, None, [SECRET], f"{SECRET}\ud800", f"{SECRET}\udc80", "", b""],
    "Entropy": [None, 5, b"bytes"],
    "EmailPurpose": [None, "log in"],
    "CodeOptions": [5, "options"],
    "tokens": [5, b"token", [SECRET], (5,), None, (LONG.encode(),)],
    "Sequence[int]": [["1"], [1 << 63], [None]],
}


class Entry(NamedTuple):
    """A method with good arguments, each with the name of its type in `BAD`."""

    make: Callable[[], Any]
    method: str
    arguments: dict[str, tuple[object, str]]
    harmless: tuple[object, ...] = ()
    """Bad values that are good here."""
    fixed: dict[str, object] = {}  # noqa: RUF012  a default of a named tuple, never changed
    """Arguments that are not user input."""

    def __str__(self) -> str:
        return f"{type(self.make()).__name__}.{self.method}"


def text(value: object) -> tuple[object, str]:
    return value, "str"


def phone(state: State) -> Callable[[], Any]:
    return lambda: phone_code_at(state)


def other(kind: str, state: str) -> Callable[[], Any]:
    return lambda: FLOW_CASES[kind].at(states_of(FLOW_CASES[kind].make().TABLE)[state])


def optional(name: str, values: dict[str, tuple[object, str]]) -> dict[str, tuple[object, str]]:
    return {name: values[name]}


PROVEN = {"password": (PASSWORD, "password"), "entropy": (entropy, "Entropy")}
SIGN_UP = {"first_name": text("Ada"), "last_name": text("L"), "silent": (True, "bool")}
HASH: dict[str, tuple[object, str]] = {"session_hash": (5, "int")}
TTL_KNOWN = "TTL known"

ENTRIES = [
    Entry(phone(at.START), "send_code", {"phone_number": text(NUMBER)}, (None,)),
    Entry(phone(at.AWAITING_CODE), "enter_code", {"code": text("12345")}),
    Entry(phone(at.AWAITING_CODE), "resend", {"reason": text("x")}, (None,), {"now": NOW + 1000}),
    Entry(phone(at.AWAITING_CODE), "request_firebase_sms", {"safety_net_token": text("x")}, (None,)),
    Entry(phone(at.AWAITING_CODE), "request_firebase_sms", {"play_integrity_token": text("x")}, (None,)),
    Entry(phone(at.AWAITING_CODE), "request_firebase_sms", {"ios_push_secret": text("x")}, (None,)),
    Entry(phone(at.AWAITING_CODE), "report_missing_code", {"mnc": text("01")}),
    Entry(phone(at.AWAITING_EMAIL), "enter_email", {"email": text("me@b.c")}),
    Entry(phone(at.AWAITING_EMAIL_CODE), "enter_email_code", {"code": text("123")}),
    Entry(phone(at.AWAITING_EMAIL), "enter_email_token", {"google": text("token")}),
    Entry(phone(at.AWAITING_EMAIL), "enter_email_token", {"apple": text("token")}),
    Entry(phone(at.AWAITING_PAYMENT), "check_payment", {"form_id": (5, "int")}),
    Entry(phone(at.AWAITING_SIGN_UP), "sign_up", SIGN_UP, (LONG,)),
    Entry(phone(pw.AWAITING_PASSWORD), "enter_password", PROVEN),
    Entry(phone(pw.AWAITING_RECOVERY_CODE), "enter_recovery_code", {"code": text("999")}),
    Entry(phone(pw.AWAITING_PASSWORD), "delete_account", {"reason": text("why not")}),
    Entry(other("QR scanner", "awaiting QR code"), "scan", {"link": text("tg://login?token=AQID")}),
    Entry(other("bot", "awaiting bot token"), "enter_token", {"bot_token": text("1:token")}),
    Entry(other("web token", "awaiting web token"), "enter_token", {"token": text("t"), "dc": (4, "int")}),
    Entry(
        other("passkey", "awaiting ceremony"),
        "enter_credential",
        {
            "credential_id": text("id"),
            "client_data": text("{}"),
            "user_handle": text("4:7"),
            "authenticator_data": (b"a", "bytes"),
            "signature": (b"s", "bytes"),
        },
    ),
    Entry(
        other("passkey registration", "awaiting registration ceremony"),
        "enter_credential",
        {"credential_id": text("id"), "client_data": text("{}"), "attestation_data": (b"a", "bytes")},
    ),
    Entry(other("Firebase PNV", "awaiting credential"), "enter_token", {"token": text("token")}),
    Entry(other("Firebase PNV", "awaiting sign-up"), "sign_up", SIGN_UP),
    Entry(
        other("password settings", "awaiting settings"),
        "set_password",
        {
            "new": (b"new", "password"),
            "current": (PASSWORD, "password"),
            "hint": text("a hint"),
            "email": text("me@b.c"),
            "entropy": (entropy, "Entropy"),
        },
    ),
    Entry(
        other("password settings", "awaiting settings"),
        "remove_password",
        {"current": (PASSWORD, "password"), "entropy": (entropy, "Entropy")},
    ),
    Entry(
        other("password settings", "awaiting settings"),
        "set_email",
        {"email": text("me@b.c"), "current": (PASSWORD, "password"), "entropy": (entropy, "Entropy")},
    ),
    Entry(other("password settings", "awaiting recovery e-mail code"), "confirm_email", {"code": text("123")}),
    Entry(other("password settings", "awaiting recovery code"), "enter_recovery_code", {"code": text("9")}),
    Entry(other("e-mail", "awaiting address"), "enter_email", {"email": text("me@b.c")}),
    Entry(other("e-mail", "awaiting mailed code"), "enter_email_code", {"code": text("123")}),
    Entry(other("e-mail", "awaiting address"), "enter_email_token", {"google": text("token")}),
    Entry(other("e-mail", "awaiting address"), "enter_email_token", {"apple": text("token")}),
    Entry(other("sessions", "listed"), "end", HASH),
    Entry(
        other("sessions", "listed"),
        "change",
        HASH
        | {
            "confirmed": (True, "bool"),
            "encrypted_requests_disabled": (True, "bool"),
            "call_requests_disabled": (True, "bool"),
        },
        (None,),
    ),
    Entry(other("sessions", "listed"), "set_ttl", {"days": (30, "int")}),
    Entry(other("sessions", "listed"), "end_website", {"website_hash": (5, "int")}),
    Entry(other("account TTL", TTL_KNOWN), "set_days", {"days": (365, "int")}),
    Entry(other("delete account", "awaiting confirmation"), "delete", {"reason": text("why not")}),
    Entry(other("delete account", "awaiting confirmation"), "delete", {"reason": text("why not")} | PROVEN, (None,)),
]


def log_in_with(**options: Any) -> Flow[Any]:
    return auth.log_in(NUMBER, **APP, options=auth.CodeOptions(**options))


MAKERS: list[tuple[Callable[..., Any], dict[str, tuple[object, str]]]] = [
    (auth.log_in, {"phone_number": text(NUMBER), "api_id": (1, "int"), "api_hash": text("hash")}),
    (auth.change_phone, {"phone_number": text(NUMBER), "options": (auth.CodeOptions(), "CodeOptions")}),
    (auth.verify_phone, {"phone_number": text(NUMBER)}),
    (auth.confirm_phone, {"link": text("tg://confirmphone?phone=1&hash=2")}),
    (log_in_with, {"logout_tokens": ((), "tokens")}),
    (log_in_with, {"token": text("t")}),
    (auth.PhoneCodeFlow, {"purpose": (PURPOSES[0], "EmailPurpose")}),
    (
        auth.QrLogin,
        {"api_id": (1, "int"), "api_hash": text("hash"), "except_ids": ((5,), "Sequence[int]")},
    ),
    (auth.QrAccept, {"link": text("tg://login?token=AQID")}),
    (auth.BotLogin, {"bot_token": text("1:t"), "api_id": (1, "int"), "api_hash": text("hash")}),
    (auth.WebTokenLogin, {"token": text("t"), "dc": (4, "int"), "api_id": (1, "int"), "api_hash": text("hash")}),
    (
        auth.PasskeyLogin,
        {"api_id": (1, "int"), "api_hash": text("hash"), "dc": (2, "int"), "auth_key_id": (99, "int")},
    ),
    (
        auth.FirebasePnvLogin,
        {"api_id": (1, "int"), "api_hash": text("hash"), "except_ids": ((5,), "Sequence[int]")},
    ),
    (auth.VerifyEmail, {"purpose": (auth.EmailPurpose.LOG_IN, "EmailPurpose")}),
    (auth.Transfer, {"dc": (4, "int")}),
]  # fmt: skip


def bad_values(entry: Entry) -> Iterator[tuple[str, object]]:
    for name, (_, kind) in entry.arguments.items():
        for value in BAD[kind]:
            if not any(value is fine for fine in entry.harmless):
                yield name, value


@pytest.mark.parametrize("entry", ENTRIES, ids=str)
def test_unsendable_input_is_refused_and_changes_nothing(entry: Entry) -> None:
    good = {name: value for name, (value, _) in entry.arguments.items()}
    for name, value in bad_values(entry):
        if entry.method == "set_password" and name in ("current", "email") and value is None:
            continue  # means: there is none
        flow: Flow[Any] = entry.make()
        before = (flow.state, flow.snapshot(), dict(secrets_of(flow)), flow.allowed_inputs, flow.prompt)
        with pytest.raises(LocalProtocolError) as caught:
            getattr(flow, entry.method)(**{**good, name: value}, **entry.fixed)
        assert SECRET not in str(caught.value)
        assert SECRET not in repr(caught.value.__context__)
        assert str(caught.value).isprintable()
        assert (flow.state, flow.snapshot(), secrets_of(flow), flow.allowed_inputs, flow.prompt) == before, (
            name,
            value,
        )
        getattr(flow, entry.method)(**good, **entry.fixed)
        assert isinstance(flow.state, Running)
        action = flow.next_action()
        assert isinstance(action, Invoke)
        assert codec.encode(action.function)


@pytest.mark.parametrize(("make", "arguments"), MAKERS)
def test_flow_constructor_refuses_unsendable_arguments(
    make: Callable[..., Any], arguments: dict[str, tuple[object, str]]
) -> None:
    good = {name: value for name, (value, _) in arguments.items()}
    make(**good)
    for name, (_, kind) in arguments.items():
        for value in BAD[kind]:
            if value is None and name in ("options", "token"):
                continue  # means: the defaults
            with pytest.raises(LocalProtocolError) as caught:
                make(**{**good, name: value})
            assert SECRET not in str(caught.value)
            assert SECRET not in repr(caught.value.__context__)


def test_every_input_method_is_in_the_table_of_entries() -> None:
    covered = {(entry.method, name) for entry in ENTRIES for name in entry.arguments}
    for flow in auth.FLOWS:
        for method, function in inspect.getmembers(flow, inspect.isfunction):
            if method.startswith("_") or method in (
                "receive_result",
                "receive_error",
                "receive_update",
                "receive_computed",
                "require_computed",
                "set_owner",
            ):
                continue
            for name in set(inspect.signature(function).parameters) - {"self", "now"}:
                known_error = (method, name) in covered
                assert known_error or (method, name) in {("answer_challenge", "token"), ("payment_purpose", "restore")}


@pytest.mark.parametrize("token", BAD["str"])
def test_unsendable_proof_leaves_the_challenge_pending(token: Any) -> None:
    flow = auth.log_in(NUMBER, **APP)
    flow.receive_error(errors.parse(403, "APNS_VERIFY_CHECK_60"), now=NOW)
    prompt = flow.prompt
    assert isinstance(prompt, auth.ChallengePrompt)
    assert prompt.nonce == "60"
    with pytest.raises(LocalProtocolError) as caught:
        flow.answer_challenge(token)
    assert SECRET not in str(caught.value)
    assert flow.prompt == prompt
    flow.answer_challenge("proof")
    action = flow.next_action()
    assert isinstance(action, Invoke)
    assert codec.encode(action.function)


@pytest.mark.parametrize("dc", [0, -1, 1001, 1 << 20])
def test_data_center_outside_1_to_1000_is_refused(dc: int) -> None:
    with pytest.raises(LocalProtocolError, match="invalid data center"):
        auth.WebTokenLogin("token", dc=dc, **APP)
    with pytest.raises(LocalProtocolError, match="invalid data center"):
        auth.Transfer(dc)
    auth.Transfer(1000)
    flow = FLOW_CASES["passkey"].at(auth.passkey.AWAITING_CEREMONY)
    with pytest.raises(LocalProtocolError):
        flow.enter_credential("id", **{**CREDENTIAL, "user_handle": f"{dc}:777"})


def refused(check: Callable[..., object], *given: object) -> str:
    with pytest.raises(LocalProtocolError) as error:
        check(*given)
    assert error.value.__context__ is None, "it would keep what was entered"
    return str(error.value)


def test_input_converters_accept_valid_values_and_describe_the_others() -> None:
    assert user_input.text(" a b ", "it") == "a b"
    assert user_input.any_text(" a b ", "it") == " a b "
    assert user_input.any_text("", "it") == ""
    assert refused(user_input.text, " \t", "it") == "it is empty"
    assert refused(user_input.any_text, b"a", "it") == "invalid value: it is bytes, expected str"
    assert (
        refused(user_input.any_text, "ab\ud800", "it")
        == "it has a lone surrogate at position 2, which UTF-8 cannot encode"
    )
    for bits in (32, 64):
        for value in (-(1 << bits - 1), 0, (1 << bits - 1) - 1):
            assert user_input.whole(value, "it", bits) == value
        for value in (-(1 << bits - 1) - 1, 1 << bits - 1):
            assert refused(user_input.whole, value, "it", bits) == f"it has more than {bits} bits"
    assert refused(user_input.whole, True, "it", 32) == "invalid value: it is bool, expected int"
    assert refused(user_input.whole, 1.0, "it", 32) == "invalid value: it is float, expected int"
    assert [user_input.dc_id(number) for number in (1, 1000)] == [1, 1000]
    for number in (0, 1001, -1):
        assert refused(user_input.dc_id, number) == f"invalid data center: found {number}, expected 1 to 1000"
    too_large = "the number of a data center has more than 32 bits"
    assert refused(user_input.dc_id, 1 << 31) == too_large
    assert refused(user_input.dc_id, -(1 << 31) - 1) == too_large
    assert user_input.password_bytes(" é ") == " é ".encode()
    assert user_input.password_bytes(b"\xff") == b"\xff"
    assert refused(user_input.password_bytes, "", "it") == "it is empty"
    assert refused(user_input.password_bytes, b"") == "the password is empty"
    assert refused(user_input.password_bytes, 5) == "invalid value: the password is int, expected str"
    assert user_input.source(entropy) is entropy
    assert refused(user_input.source, b"bytes") == "invalid entropy: found bytes, expected a function (size) -> bytes"


def test_request_above_64_KiB_is_refused() -> None:
    longest = (
        user_input.MAX_REQUEST - len(codec.encode(functions.auth.CheckRecoveryPassword(code="x" * 60_000))) + 60_000
    )
    user_input.sendable(functions.auth.CheckRecoveryPassword(code="x" * longest))
    message = refused(user_input.sendable, functions.auth.CheckRecoveryPassword(code="x" * (longest + 1)))
    assert message == f"auth.checkRecoveryPassword has {user_input.MAX_REQUEST + 4} bytes, expected at most 65536"
