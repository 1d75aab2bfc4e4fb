"""What a client and a user learn of a code, for each delivery method."""

from __future__ import annotations

import pytest

from sansio_tl import types
from sansio_tl.testing.code_delivery import DeliveryMethod, SentCodeInfo, announce, as_next, dress, usable

DIGITS = "28301"
SENT = {
    DeliveryMethod.APP: ("28301", types.auth.SentCodeTypeApp(5), None),
    DeliveryMethod.SMS: ("28301", types.auth.SentCodeTypeSms(5), types.auth.CodeTypeSms),
    DeliveryMethod.CALL: ("28301", types.auth.SentCodeTypeCall(5), types.auth.CodeTypeCall),
    DeliveryMethod.FRAGMENT: (
        "28301",
        types.auth.SentCodeTypeFragmentSms("https://fragment.com/login", 5),
        types.auth.CodeTypeFragmentSms,
    ),
    DeliveryMethod.MISSED_CALL: (
        "28301",
        types.auth.SentCodeTypeMissedCall("88800", 5),
        types.auth.CodeTypeMissedCall,
    ),
    DeliveryMethod.SMS_WORD: ("banana", types.auth.SentCodeTypeSmsWord(beginning="b"), types.auth.CodeTypeSms),
    DeliveryMethod.SMS_PHRASE: (
        "cherry iris damson",
        types.auth.SentCodeTypeSmsPhrase(beginning="cherry"),
        types.auth.CodeTypeSms,
    ),
    DeliveryMethod.EMAIL: (
        "28301",
        types.auth.SentCodeTypeEmailCode(
            apple_signin_allowed=True,
            google_signin_allowed=True,
            email_pattern="a***a@example.org",
            length=5,
            reset_available_period=60,
            reset_pending_date=1_700_000_000,
        ),
        None,
    ),
    DeliveryMethod.EMAIL_SETUP: (
        "28301",
        types.auth.SentCodeTypeSetUpEmailRequired(apple_signin_allowed=True, google_signin_allowed=True),
        None,
    ),
    DeliveryMethod.PLAY_INTEGRITY: (
        "28301",
        types.auth.SentCodeTypeFirebaseSms(
            play_integrity_project_id=1_234_567_890, play_integrity_nonce=b"0123456789abcdef", length=5
        ),
        None,
    ),
    DeliveryMethod.SAFETY_NET: ("28301", types.auth.SentCodeTypeFirebaseSms(nonce=b"0123456789abcdef", length=5), None),
    DeliveryMethod.APNS: (
        "28301",
        types.auth.SentCodeTypeFirebaseSms(receipt=b"01234567".hex(), push_timeout=15, length=5),
        None,
    ),
}


@pytest.mark.parametrize("method", SENT)
def test_each_method_announces_and_translates_a_code(method: DeliveryMethod) -> None:
    code, announced, following = SENT[method]
    assert dress(method, DIGITS) == code
    info = SentCodeInfo(
        code,
        proof=b"0123456789abcdef",
        email_pattern="a***a@example.org",
        email_reset_period=60,
        email_reset_date=1_700_000_000,
    )
    assert announce(method, info) == announced
    assert as_next(method) == (None if following is None else following())


def test_flash_call_is_a_number_whose_pattern_the_client_learns() -> None:
    number = dress(DeliveryMethod.FLASH_CALL, DIGITS)
    assert number.endswith(DIGITS)
    announced = announce(DeliveryMethod.FLASH_CALL, SentCodeInfo(number))
    assert isinstance(announced, types.auth.SentCodeTypeFlashCall)
    assert DIGITS not in announced.pattern
    assert as_next(DeliveryMethod.FLASH_CALL) == types.auth.CodeTypeFlashCall()


@pytest.mark.parametrize(
    ("settings", "methods"),
    [
        (types.CodeSettings(), {DeliveryMethod.APP, DeliveryMethod.SMS, DeliveryMethod.CALL}),
        (types.CodeSettings(allow_flashcall=True), {DeliveryMethod.FLASH_CALL}),
        (types.CodeSettings(allow_missed_call=True), {DeliveryMethod.MISSED_CALL}),
        (types.CodeSettings(allow_firebase=True), {DeliveryMethod.PLAY_INTEGRITY, DeliveryMethod.SAFETY_NET}),
        (types.CodeSettings(token="token", app_sandbox=False), {DeliveryMethod.APNS}),
    ],
)
def test_settings_of_a_client_allow_methods(settings: types.CodeSettings, methods: set[DeliveryMethod]) -> None:
    always = {
        method
        for method in DeliveryMethod
        if method
        not in {
            DeliveryMethod.FLASH_CALL,
            DeliveryMethod.MISSED_CALL,
            DeliveryMethod.PLAY_INTEGRITY,
            DeliveryMethod.SAFETY_NET,
            DeliveryMethod.APNS,
        }
    }
    assert set(usable(tuple(DeliveryMethod), settings)) == always | methods


def test_first_method_is_used_if_the_client_can_receive_none() -> None:
    methods = (DeliveryMethod.FLASH_CALL, DeliveryMethod.MISSED_CALL)
    assert usable(methods, types.CodeSettings()) == (DeliveryMethod.FLASH_CALL,)
