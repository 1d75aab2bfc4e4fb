from __future__ import annotations

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.testing import DeliveryMethod
from tests.helpers.data_center_state import state_of
from tests.helpers.direct_client import CODE, PHONE, SETTINGS, DirectClient, is_known_for, send_code


def resend(sent: types.auth.SentCode, phone: str = PHONE) -> functions.auth.ResendCode:
    return functions.auth.ResendCode(phone, sent.phone_code_hash)


def test_resend_uses_the_next_delivery_method_and_keeps_the_hash() -> None:
    client = DirectClient(resend_timeout=30)
    first = client.send_code()
    assert client.last_code().via is DeliveryMethod.SMS
    second = client.call(resend(first))
    assert isinstance(second, types.auth.SentCode)
    assert second.phone_code_hash == first.phone_code_hash
    assert second.type == types.auth.SentCodeTypeCall(5)
    assert (first.timeout, second.next_type, second.timeout) == (30, None, None)
    assert client.last_code().via is DeliveryMethod.CALL
    assert isinstance(client.call(functions.auth.SignIn(PHONE, first.phone_code_hash, CODE)), types.auth.Authorization)


def test_resent_code_replaces_the_first_one() -> None:
    client = DirectClient()
    client.data_center.add_account("491700000001", first_name="Ada")
    sent = client.send_code("491700000001")
    old = client.last_code().code
    client.call(resend(sent, "491700000001"))
    new = client.last_code().code
    assert old != new
    sign_in = functions.auth.SignIn
    assert isinstance(client.error_of(sign_in("491700000001", sent.phone_code_hash, old)), errors.PhoneCodeInvalid)
    assert isinstance(client.call(sign_in("491700000001", sent.phone_code_hash, new)), types.auth.Authorization)


def test_send_code_unavailable_after_the_last_delivery_method() -> None:
    client = DirectClient()
    sent = client.send_code()
    client.call(resend(sent))
    error = client.error_of(resend(sent))
    assert isinstance(error, errors.SendCodeUnavailable)
    assert error.code == 406


def test_resending_does_not_extend_the_lifetime_of_the_hash() -> None:
    client = DirectClient(code_lifetime=300.0)
    sent = client.send_code()
    client.now += 200
    client.call(resend(sent))
    client.now += 100
    assert isinstance(client.error_of(resend(sent)), errors.PhoneCodeExpired)


def test_resend_requires_the_matching_number_and_hash() -> None:
    client = DirectClient()
    sent = client.send_code()
    assert isinstance(client.error_of(functions.auth.ResendCode(PHONE, "")), errors.PhoneCodeHashEmpty)
    assert isinstance(client.error_of(functions.auth.ResendCode(PHONE, "other")), errors.PhoneCodeExpired)
    assert isinstance(client.error_of(resend(sent, "9996620008")), errors.PhoneCodeExpired)
    error = client.error_of(resend(sent, "no number"))
    assert isinstance(error, errors.PhoneNumberInvalid)
    assert error.code == 406


def test_verified_code_is_not_resent() -> None:
    client = DirectClient()
    sent = client.send_code("9996620200")
    client.call(functions.auth.SignIn("9996620200", sent.phone_code_hash, CODE))
    assert isinstance(client.error_of(resend(sent, "9996620200")), errors.SendCodeUnavailable)


def test_cancelled_code_is_expired() -> None:
    client = DirectClient()
    sent = client.send_code()
    cancel = functions.auth.CancelCode(PHONE, sent.phone_code_hash)
    assert client.call(cancel) is True
    for query in (cancel, resend(sent), functions.auth.SignIn(PHONE, sent.phone_code_hash, CODE)):
        error = client.error_of(query)
        assert isinstance(error, errors.PhoneCodeExpired)
        assert is_known_for(error, query)


@pytest.mark.parametrize(
    ("suffix", "settings", "type_", "next_type", "code"),
    [
        ("3001", SETTINGS, types.auth.SentCodeTypeApp(5), types.auth.CodeTypeSms(), CODE),
        ("3002", SETTINGS, types.auth.SentCodeTypeSms(5), types.auth.CodeTypeCall(), CODE),
        ("3003", SETTINGS, types.auth.SentCodeTypeCall(5), None, CODE),
        (
            "3004",
            types.CodeSettings(allow_flashcall=True, current_number=True),
            types.auth.SentCodeTypeFlashCall("88800*"),
            types.auth.CodeTypeSms(),
            "88800" + CODE,
        ),
        ("3004", SETTINGS, types.auth.SentCodeTypeSms(5), None, CODE),
        (
            "3005",
            types.CodeSettings(allow_missed_call=True),
            types.auth.SentCodeTypeMissedCall("88800", 5),
            types.auth.CodeTypeSms(),
            CODE,
        ),
        ("3005", SETTINGS, types.auth.SentCodeTypeSms(5), None, CODE),
        ("3006", SETTINGS, types.auth.SentCodeTypeFragmentSms("https://fragment.com/login", 5), None, CODE),
        ("3007", SETTINGS, types.auth.SentCodeTypeSmsWord("c"), types.auth.CodeTypeCall(), "cherry"),
        (
            "3008",
            SETTINGS,
            types.auth.SentCodeTypeSmsPhrase("cherry"),
            types.auth.CodeTypeCall(),
            "Cherry  cherry CHERRY",
        ),
    ],
)
def test_each_delivery_method_has_its_sent_code_type(
    suffix: str,
    settings: types.CodeSettings,
    type_: types.auth.TypeSentCodeType,
    next_type: types.auth.TypeCodeType | None,
    code: str,
) -> None:
    client = DirectClient()
    phone = "999662" + suffix
    sent = client.send_code(phone, settings)
    assert (sent.type, sent.next_type) == (type_, next_type)
    assert isinstance(client.call(functions.auth.SignIn(phone, sent.phone_code_hash, code)), types.auth.Authorization)


def test_expired_codes_are_removed() -> None:
    """A data center that runs for weeks holds no more than the codes of the last minutes."""
    client = DirectClient(code_lifetime=300.0)
    for number in range(200):
        client.now += 10
        client.call(send_code(f"49170000{number:04}"))
    assert len(state_of(client.data_center).codes) <= 30
