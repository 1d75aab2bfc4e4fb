from __future__ import annotations

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.errors import LocalProtocolError, RpcError
from sansio_tl.testing import RequestServed
from sansio_tl.testing.scripted_replies import ScriptedReplies
from sansio_tl.tl.errors import EncodeError
from sansio_tl.tl.objects import Function
from tests.helpers.direct_client import CODE, PHONE, SETTINGS, DirectClient, send_code


def test_fail_next_fails_the_next_request_only() -> None:
    client = DirectClient()
    sent = client.send_code()
    client.events()
    query = functions.auth.SignIn(PHONE, sent.phone_code_hash, CODE)
    client.data_center.fail_next("auth.signIn", errors.PhoneCodeExpired())
    error = client.error_of(query)
    assert isinstance(error, errors.PhoneCodeExpired)
    assert client.events() == [RequestServed("auth.signIn", error)]
    assert isinstance(client.call(query), types.auth.Authorization)


def test_scripted_errors_are_returned_in_order_and_number() -> None:
    client = DirectClient()
    client.data_center.fail_next(functions.auth.SendCode, errors.FloodWait(seconds=3), times=2)
    client.data_center.fail_next("auth.sendCode", errors.SmsCodeCreateFailed())
    refusals = [client.error_of(send_code(PHONE)).text for _ in range(3)]
    assert refusals == ["FLOOD_WAIT_3", "FLOOD_WAIT_3", "SMS_CODE_CREATE_FAILED"]
    client.send_code()


def test_fail_next_applies_to_any_method_even_unimplemented_ones() -> None:
    client = DirectClient()
    client.data_center.fail_next("*", errors.parse(500, "RPC_CALL_FAIL"))
    assert client.error_of(functions.help.GetConfig()).text == "RPC_CALL_FAIL"
    client.call(functions.help.GetConfig())
    client.data_center.fail_next("contacts.getContacts", errors.parse(500, "RPC_CALL_FAIL"))
    assert client.error_of(functions.contacts.GetContacts(0)).text == "RPC_CALL_FAIL"


def test_answer_next_returns_the_result_without_side_effects() -> None:
    client = DirectClient()
    client.data_center.answer_next("auth.signIn", types.auth.Authorization(types.UserEmpty(id=7)))
    assert client.call(functions.auth.SignIn(PHONE, "hash", "no code")) == types.auth.Authorization(
        types.UserEmpty(id=7)
    )
    client.data_center.answer_next(functions.auth.CancelCode, result=False, times=2)
    assert [client.call(functions.auth.CancelCode(PHONE, "hash")) for _ in range(2)] == [False, False]
    assert isinstance(client.error_of(functions.account.GetAuthorizations()), errors.AuthKeyUnregistered)


def test_reply_that_cannot_be_encoded_is_refused_when_scripted() -> None:
    data_center = DirectClient().data_center
    for method, result in (
        ("auth.signIn", types.UserEmpty(id=7)),
        ("auth.signIn", True),
        (functions.auth.CancelCode, 1),
        (functions.auth.SignIn, types.auth.Authorization(types.UserEmpty(id="7"))),  # type: ignore[arg-type]
    ):
        with pytest.raises(EncodeError):
            data_center.answer_next(method, result)
    for unknown in ("auth.signin", "user", "", int, functions.auth):
        with pytest.raises(LocalProtocolError, match="unknown method"):
            data_center.answer_next(unknown, result=True)  # type: ignore[arg-type]
        with pytest.raises(LocalProtocolError, match="unknown method"):
            data_center.fail_next(unknown, errors.PhoneCodeExpired())  # type: ignore[arg-type]
    for no_result in (None, errors.PhoneCodeExpired()):
        with pytest.raises(LocalProtocolError, match="fail_next"):
            data_center.answer_next("auth.signIn", no_result)
    with pytest.raises(LocalProtocolError, match="RpcError"):
        data_center.fail_next("auth.signIn", "PHONE_CODE_EXPIRED")  # type: ignore[arg-type]
    assert data_center._script.pop(functions.auth.SignIn(PHONE, "hash", CODE)) is None, "nothing of it was kept"


@pytest.mark.parametrize(
    ("text", "code", "name"),
    [
        ("error PHONE_CODE_EXPIRED", 400, "PHONE_CODE_EXPIRED"),
        ("error 406 PHONE_NUMBER_INVALID", 406, "PHONE_NUMBER_INVALID"),
        ("error FLOOD_WAIT_30", 420, "FLOOD_WAIT_30"),
        ("error SIGN_IN_FAILED", 500, "SIGN_IN_FAILED"),
        ("error RECAPTCHA_CHECK_signup__key", 403, "RECAPTCHA_CHECK_signup__key"),
        ("error NEVER_HEARD_OF", 400, "NEVER_HEARD_OF"),
        ("error -503 Timeout", -503, "Timeout"),
    ],
)
def test_error_text_in_place_of_a_code_gives_that_error(text: str, code: int, name: str) -> None:
    client = DirectClient()
    sent = client.send_code()
    error = client.error_of(functions.auth.SignIn(PHONE, sent.phone_code_hash, text))
    assert (error.code, error.text) == (code, name)
    assert isinstance(client.call(functions.auth.SignIn(PHONE, sent.phone_code_hash, CODE)), types.auth.Authorization)


def test_every_known_error_can_be_requested_by_text() -> None:
    script = ScriptedReplies()
    for method in ("auth.sendCode", "auth.signIn", "auth.signUp", "account.verifyEmail", "auth.checkPassword"):
        for cls in errors.errors_of(method):
            values = {name: kind(7) for name, kind in cls.values.items()}
            expected = cls(**values)
            typed = script.pop(functions.auth.SignUp(PHONE, "hash", f"error {expected.text}", ""))
            assert isinstance(typed, RpcError)
            assert (type(typed), typed.text, typed.code) == (type(expected), expected.text, expected.code)


@pytest.mark.parametrize(
    "query",
    [
        functions.auth.SendCode("error FLOOD_WAIT_5", 1, "hash", SETTINGS),
        functions.auth.SendCode(PHONE, 1, "error FLOOD_WAIT_5", SETTINGS),
        functions.auth.SendCode(PHONE, 1, "hash", types.CodeSettings(token="error FLOOD_WAIT_5", app_sandbox=False)),
        functions.auth.SignUp(PHONE, "hash", "error FLOOD_WAIT_5", ""),
        functions.auth.ImportBotAuthorization(0, 1, "hash", "error FLOOD_WAIT_5"),
        functions.auth.RecoverPassword("error FLOOD_WAIT_5"),
        functions.account.DeleteAccount("error FLOOD_WAIT_5"),
        functions.account.VerifyEmail(
            types.EmailVerifyPurposePassport(), types.EmailVerificationCode("error FLOOD_WAIT_5")
        ),
    ],
)
def test_error_text_in_any_string_field_gives_that_error(query: Function[object]) -> None:
    error = ScriptedReplies().pop(query)
    assert isinstance(error, errors.FloodWait)
    assert error.seconds == 5


@pytest.mark.parametrize("text", ["", "error", "error ", "an error FLOOD_WAIT_5", "error FLOOD_WAIT_5 ", "12345"])
def test_other_texts_give_no_error(text: str) -> None:
    assert ScriptedReplies().pop(functions.auth.SignUp(PHONE, "hash", text, "")) is None
