from __future__ import annotations

import re
from typing import Any

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.errors import LocalProtocolError, RpcError
from sansio_tl.testing import AnswerFailed, RequestServed
from sansio_tl.testing.scripted_replies import InvalidAnswerError, ScriptedReplies
from sansio_tl.tl.objects import Function
from tests.helpers.direct_client import CODE, PHONE, SETTINGS, DirectClient, send_code


def test_error_answers_the_next_request_only() -> None:
    client = DirectClient()
    sent = client.send_code()
    client.events()
    query = functions.auth.SignIn(PHONE, sent.phone_code_hash, CODE)
    client.data_center.answer("auth.signIn", errors.PhoneCodeExpired(), times=1)
    error = client.error_of(query)
    assert isinstance(error, errors.PhoneCodeExpired)
    assert client.events() == [RequestServed("auth.signIn", error)]
    assert isinstance(client.call(query), types.auth.Authorization)


def test_limited_answers_come_first_in_order_then_the_last_standing_one() -> None:
    client = DirectClient()
    client.data_center.answer(functions.auth.SendCode, "AUTH_RESTART")
    client.data_center.answer(functions.auth.SendCode, errors.FloodWait(seconds=3), times=2)
    client.data_center.answer("auth.sendCode", errors.SmsCodeCreateFailed, times=1)
    client.data_center.answer(functions.auth.SendCode, "406 PHONE_NUMBER_INVALID")
    texts = [client.error_of(send_code(PHONE)).text for _ in range(5)]
    assert texts == ["FLOOD_WAIT_3", "FLOOD_WAIT_3", "SMS_CODE_CREATE_FAILED", *["PHONE_NUMBER_INVALID"] * 2]
    client.data_center.answer("*", "RPC_CALL_FAIL", times=1)
    assert client.error_of(send_code(PHONE)).text == "RPC_CALL_FAIL", "one for every method precedes a standing one"
    client.data_center.clear_answers(functions.auth.SendCode)
    client.send_code()


def test_cleared_answers_are_not_used() -> None:
    client = DirectClient()
    for method in ("auth.sendCode", "*"):
        client.data_center.answer(method, "AUTH_RESTART")
        client.data_center.answer(method, "AUTH_RESTART", times=3)
    client.data_center.clear_answers("auth.sendCode")
    assert client.error_of(send_code(PHONE)).text == "AUTH_RESTART"
    client.data_center.clear_answers("*")
    client.send_code()
    client.data_center.answer("auth.sendCode", "AUTH_RESTART")
    client.data_center.answer("auth.sendCode", "AUTH_RESTART", times=3)
    client.data_center.clear_answers()
    client.send_code()


def test_errors_of_repeated_answers_are_separate_objects() -> None:
    client = DirectClient()
    error = errors.FloodWait(seconds=3)
    client.data_center.answer("*", error)
    first, second = client.error_of(send_code(PHONE)), client.error_of(functions.help.GetConfig())
    assert (first.request, second.request, error.request) == ("auth.sendCode", "help.getConfig", None)


def test_unimplemented_methods_can_be_answered() -> None:
    client = DirectClient()
    client.data_center.answer("*", errors.parse(500, "RPC_CALL_FAIL"), times=1)
    assert client.error_of(functions.help.GetConfig()).text == "RPC_CALL_FAIL"
    client.call(functions.help.GetConfig())
    client.data_center.answer("contacts.getContacts", types.contacts.ContactsNotModified())
    assert client.call(functions.contacts.GetContacts(0)) == types.contacts.ContactsNotModified()


def test_result_is_returned_without_side_effects() -> None:
    client = DirectClient()
    client.data_center.answer("auth.signIn", types.auth.Authorization(types.UserEmpty(id=7)))
    assert client.call(functions.auth.SignIn(PHONE, "hash", "no code")) == types.auth.Authorization(
        types.UserEmpty(id=7)
    )
    client.data_center.answer(functions.auth.CancelCode, value=False, times=2)
    assert [client.call(functions.auth.CancelCode(PHONE, "hash")) for _ in range(2)] == [False, False]
    assert isinstance(client.error_of(functions.account.GetAuthorizations()), errors.AuthKeyUnregistered)


def test_function_answers_from_the_request() -> None:
    client = DirectClient()

    def answer(request: functions.users.GetUsers) -> object:
        if not request.id:
            raise errors.PeerIdInvalid
        return [types.UserEmpty(id=len(request.id))] if len(request.id) < 3 else "420 MY_OWN_LIMIT"

    client.data_center.answer("users.getUsers", answer)
    me = types.InputUserSelf()
    assert client.call(functions.users.GetUsers([me, me])) == [types.UserEmpty(id=2)]
    assert isinstance(client.error_of(functions.users.GetUsers([])), errors.PeerIdInvalid)
    error = client.error_of(functions.users.GetUsers([me] * 3))
    assert (error.code, error.text) == (420, "MY_OWN_LIMIT")
    assert client.data_center.next_event() == RequestServed("users.getUsers", None)


@pytest.mark.parametrize(
    ("returned", "reason"),
    [
        (types.UserEmpty(id=7), "Vector<User>"),
        (None, "found None"),
        (ValueError("of the test"), "of the test"),
        ("NOT_DOCUMENTED", "with its code: '400 NOT_DOCUMENTED'"),
        (errors.FloodWait, r"FloodWait\(seconds=\.\.\.\)"),
    ],
)
def test_function_that_gives_no_answer_is_reported_and_the_request_fails(returned: object, reason: str) -> None:
    client = DirectClient(explain_errors=True)

    def answer(request: Function[object]) -> object:
        if isinstance(returned, Exception):
            raise returned
        return returned

    client.data_center.answer("users.getUsers", answer)
    error = client.error_of(functions.users.GetUsers([]))
    failed, served = client.events()
    assert isinstance(failed, AnswerFailed)
    assert failed.method == "users.getUsers"
    assert re.search(reason, str(failed.error))
    assert served == RequestServed("users.getUsers", error)
    assert error.code == 500
    assert error.text.startswith(f"ANSWER_FAILED: {type(failed.error).__name__}: ")


async def late(request: Function[object]) -> object:
    return True


class Late:
    async def __call__(self, request: Function[object]) -> object:
        return True


@pytest.mark.parametrize(
    ("method", "value", "reason"),
    [
        ("auth.signIn", types.UserEmpty(id=7), r"auth.signIn: .*expected a result of type auth.Authorization, an"),
        ("auth.signIn", True, r"an RpcError, or the text of an error"),
        (functions.auth.CancelCode, 1, r"Bool"),
        (functions.auth.SignIn, types.auth.Authorization(types.UserEmpty(id="7")), "id"),  # type: ignore[arg-type]
        ("auth.signIn", None, "found None"),
        ("auth.signIn", types.auth.Authorization, r"found the class Authorization, expected an instance"),
        ("auth.signIn", late, "async function late, expected one without async"),
        ("auth.signIn", Late(), "async function Late"),
        ("auth.signIn", lambda: True, r"function <lambda>\(\), expected one that can be called with the request only"),
        ("auth.signIn", lambda one, two: True, "with the request only"),
        (
            "auth.signIn",
            errors.FloodWait,
            r"found the class FloodWait, expected an instance: FloodWait\(seconds=\.\.\.\)",
        ),
        ("auth.signIn", errors.RpcError, r"expected an instance: RpcError\(a text\)"),
        ("auth.signIn", "FLOD_WAIT_3", "unknown error 'FLOD_WAIT_3'.*with its code: '400 FLOD_WAIT_3'"),
        ("auth.signIn", "FLOOD_WAIT_X", "unknown error"),
        ("auth.signIn", "flood, please", "invalid error"),
        ("auth.signIn", "", "invalid error"),
        ("auth.signIn", ValueError("no RpcError"), "auth.signIn"),
        ("*", True, "every method: found True, expected an error, or a function"),
        ("invokeWithLayer", True, "invokeWithLayer wraps a query"),
        ("auth.sigIn", True, "unknown method 'auth.sigIn'.*did you mean 'auth.signIn'"),
        ("user", True, "unknown method 'user'"),
        ("", True, "unknown method ''"),
        (int, True, "unknown method <class 'int'>"),
        (functions.auth, True, "unknown method"),
    ],
)
def test_invalid_answer_is_refused_when_it_is_set(method: Any, value: object, reason: str) -> None:
    client = DirectClient()
    with pytest.raises(LocalProtocolError, match=reason):
        client.data_center.answer(method, value)
    replies = ScriptedReplies()
    with pytest.raises(InvalidAnswerError, match=reason):
        replies.answer(method, value)
    assert replies.unused == 0
    assert replies.pop(functions.auth.SignIn(PHONE, "hash", CODE)) is None, "nothing of it was kept"


@pytest.mark.parametrize("times", [0, -1, True, 1.0, "1"])
def test_times_is_a_positive_number(times: Any) -> None:
    with pytest.raises(LocalProtocolError, match="invalid times"):
        DirectClient().data_center.answer("auth.signIn", "FLOOD_WAIT_3", times=times)


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


@pytest.mark.parametrize(
    ("text", "similar"),
    [
        ("FLOD_WAIT_3", "did you mean 'FLOOD_WAIT_3'?"),
        ("PHONE_NUMER_INVALID", "did you mean 'PHONE_NUMBER_INVALID'?"),
    ],
)
def test_misspelt_error_suggests_a_similar_one(text: str, similar: str) -> None:
    with pytest.raises(InvalidAnswerError, match=re.escape(f"; {similar}; give one that is not documented")):
        DirectClient().data_center.answer("auth.sendCode", text)
