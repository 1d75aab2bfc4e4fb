"""One instance is both: the error of its name and the error of its code."""

from __future__ import annotations

import copy
import pickle
import traceback

import pytest

from sansio_tl import errors
from sansio_tl.errors import LocalProtocolError, RpcError


@pytest.mark.parametrize(
    ("code", "code_class", "other"),
    [(400, errors.BadRequest, errors.NotAcceptable), (406, errors.NotAcceptable, errors.BadRequest)],
)
def test_error_can_be_caught_by_its_name_and_by_the_class_of_its_code(
    code: int, code_class: type[RpcError], other: type[RpcError]
) -> None:
    error = errors.parse(code, "PHONE_NUMBER_INVALID")
    assert isinstance(error, errors.PhoneNumberInvalid)
    assert isinstance(error, code_class)
    assert not isinstance(error, other)
    assert error.code == code
    with pytest.raises(errors.PhoneNumberInvalid):
        raise error
    with pytest.raises(code_class):
        raise error


def test_known_name_with_an_unusual_code_gets_the_class_of_that_code() -> None:
    error = errors.parse(403, "PHONE_CODE_INVALID")
    assert isinstance(error, errors.PhoneCodeInvalid)
    assert isinstance(error, errors.Forbidden)
    assert not isinstance(error, errors.BadRequest)


@pytest.mark.parametrize(
    ("code", "cls"),
    [
        (303, errors.SeeOther),
        (400, errors.BadRequest),
        (401, errors.Unauthorized),
        (403, errors.Forbidden),
        (404, errors.NotFound),
        (406, errors.NotAcceptable),
        (420, errors.Flood),
        (500, errors.InternalServerError),
        (-500, errors.InternalServerError),
        (503, errors.ServiceUnavailable),
        (-503, errors.ServiceUnavailable),
    ],
)
def test_unknown_error_name_gets_the_class_of_its_code_and_keeps_its_text(code: int, cls: type[RpcError]) -> None:
    error = errors.parse(code, "NEVER_HEARD_OF_12", request="help.getConfig")
    assert type(error) is cls
    assert (error.code, error.text, error.name) == (code, "NEVER_HEARD_OF_12", "NEVER_HEARD_OF_X")
    assert error.request == "help.getConfig"


def test_unknown_code_gives_an_rpc_error_with_its_text() -> None:
    error = errors.parse(777, "FOO")
    assert type(error) is RpcError
    assert (error.code, error.text) == (777, "FOO")
    known_name = errors.parse(777, "FLOOD_WAIT_5")
    assert isinstance(known_name, errors.FloodWait)
    assert known_name.code == 777


def test_error_text_is_built_from_the_values() -> None:
    wait = errors.FloodWait(seconds=30)
    assert (wait.text, wait.code, wait.seconds) == ("FLOOD_WAIT_30", 420, 30)
    assert isinstance(wait, errors.Flood)
    assert errors.PhoneCodeInvalid().text == "PHONE_CODE_INVALID"
    assert isinstance(errors.PhoneNumberInvalid(code=406), errors.NotAcceptable)
    assert errors.BadRequest("SOMETHING_NEW").text == "SOMETHING_NEW"
    assert errors.RpcError("FOO", code=777).code == 777


def test_rpc_error_without_a_code_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="needs a code"):
        errors.RpcError("FOO")


def test_code_class_with_another_code_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="cannot carry"):
        errors.BadRequest("FOO", code=406)


@pytest.mark.parametrize(
    "error",
    [
        errors.FloodWait(seconds=30, request="auth.sendCode"),
        errors.PhoneNumberInvalid(code=406),
        errors.EmailUnconfirmed(),
        errors.parse(400, "AUTH_TOKEN_INVALIDX"),
        errors.parse(403, "RECAPTCHA_CHECK_signup__6Lf"),
        errors.parse(-503, "Timeout"),
        errors.BadRequest("SOMETHING_NEW_7"),
        errors.RpcError("FOO", code=777),
    ],
    ids=repr,
)
@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
def test_errors_round_trip_through_pickle_and_copy(error: RpcError, again: object) -> None:
    assert callable(again)
    error.add_note("a note")
    twin = again(error)
    assert type(twin) is type(error)
    assert vars(twin) == vars(error)
    assert (str(twin), repr(twin), twin.args) == (str(error), repr(error), error.args)


def test_repr_and_traceback_show_the_name_the_values_and_the_code() -> None:
    error = errors.parse(420, "FLOOD_WAIT_30", request="auth.sendCode")
    assert repr(error) == "FloodWait(seconds=30, request='auth.sendCode', code=420)"
    assert repr(errors.BadRequest("NEW")) == "BadRequest('NEW', code=400)"
    assert traceback.format_exception_only(error)[0].partition("FloodWait: ")[2] == (
        "FLOOD_WAIT_30 (420, auth.sendCode): Too many attempts: the server wants a pause of 30 seconds. "
        f"{errors.FloodWait.hint}\n"
    )


def test_str_escapes_and_shortens_what_the_server_sent() -> None:
    shown = str(errors.parse(400, "\x1b[2J\nFAKE\u202e" + "A" * 5000))
    assert shown.isprintable()
    assert shown.isascii()
    assert shown.startswith(r"\x1b[2J\nFAKE\u202eAAA")
    assert len(shown) < 700
    for length, end in ((200, "A"), (201, "A...")):
        assert f"{'A' * 200}{end[1:]} (400)" in str(errors.parse(400, "A" * length))
    assert "\x1b" in errors.parse(400, "\x1bFAKE").text, "the text is kept as it came"


def test_every_error_has_a_message_and_a_hint() -> None:
    wait = errors.FloodWait(seconds=30)
    assert wait.message == "Too many attempts: the server wants a pause of 30 seconds."
    assert wait.hint.startswith("Wait that long")
    unworded = errors.parse(400, "MEDIA_CAPTION_TOO_LONG")
    assert unworded.message == "Too long: media caption."
    assert unworded.hint == errors.BadRequest.hint
    assert errors.parse(777, "SOME_NEW_THING_3").message == "Error of the server: some new thing."
    assert errors.parse(400, "NO ANSWER: set one").message == "Error of the server.", "a text is not repeated"


def test_authorization_lost_is_set_for_lost_logins_only() -> None:
    assert errors.parse(401, "SESSION_REVOKED").authorization_lost
    assert errors.parse(406, "AUTH_KEY_DUPLICATED").authorization_lost
    assert not errors.parse(401, "SESSION_PASSWORD_NEEDED").authorization_lost
    assert not errors.parse(401, "AUTH_KEY_PERM_EMPTY").authorization_lost
    with pytest.raises(errors.AUTHORIZATION_LOST):
        raise errors.parse(401, "USER_DEACTIVATED_BAN")


def test_transport_error_describes_its_code() -> None:
    assert "auth key" in str(errors.TransportError(-404))
    assert "Wait" in errors.TransportError(-429).hint or "wait" in errors.TransportError(-429).hint
    assert "data center" in errors.TransportError(-444).meaning
    unknown = pickle.loads(pickle.dumps(errors.TransportError(-999)))
    assert (unknown.code, str(unknown)) == (-999, "transport error -999: unknown code")
    assert unknown.hint


@pytest.mark.parametrize("code", [303, 400, 401, 403, 404, 406, 420, 500, -500, 503, -503, 777])
def test_base_class_makes_an_instance_of_the_codes_class(code: int) -> None:
    error = RpcError("NEVER_HEARD_OF_12", code=code, request="help.getConfig")
    assert type(error) is type(errors.parse(code, "NEVER_HEARD_OF_12"))
    assert (error.code, error.text, error.request) == (code, "NEVER_HEARD_OF_12", "help.getConfig")
    assert repr(copy.copy(error)) == repr(error)
