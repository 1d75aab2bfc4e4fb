"""The messages of the command line about codes, verbatim."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import errors
from sansio_tl.auth import (
    CodeDelivery,
    CodePrompt,
    EmailCodePrompt,
    EmailPrompt,
    PasswordPrompt,
    RecoveryCodePrompt,
    SignUpPrompt,
)
from sansio_tl_transports.cli.messages import describe, duration, error_text, retry_text, where_the_code_is


@pytest.mark.parametrize(
    ("reported", "sentence"),
    [
        (
            {"via": CodeDelivery.APP, "length": 5},
            "A code of 5 digits is in the chat with Telegram, in another session of the account.",
        ),
        ({"via": CodeDelivery.SMS, "length": 5}, "A code of 5 digits was sent by SMS."),
        ({"via": CodeDelivery.SMS}, "A code of digits was sent by SMS."),
        ({"via": CodeDelivery.CALL, "length": 5}, "A phone call will read a code of 5 digits."),
        (
            {"via": CodeDelivery.FLASH_CALL, "pattern": "88*"},
            "The phone will ring; the calling number, 88*, is the code.",
        ),
        (
            {"via": CodeDelivery.MISSED_CALL, "prefix": "88", "length": 5},
            "The phone will ring; the last 5 digits of the calling number (88...) are the code.",
        ),
        ({"via": CodeDelivery.FRAGMENT, "length": 5, "url": "u"}, "A code of 5 digits is shown at u"),
        ({"via": CodeDelivery.WORD, "beginning": "c"}, "A word was sent by SMS; it begins with 'c'."),
        ({"via": CodeDelivery.PHRASE, "beginning": "c"}, "A phrase was sent by SMS; it begins with 'c'."),
        ({"via": CodeDelivery.FIREBASE}, "The code is sent to official apps only; resend it by another method."),
        ({"via": CodeDelivery.OTHER}, "A code was sent by a method that this version does not know."),
    ],
)
def test_code_prompt_describes_where_the_code_was_sent(reported: dict[str, Any], sentence: str) -> None:
    assert where_the_code_is(CodePrompt(**reported)) == sentence
    assert list(describe(CodePrompt(**reported), 0.0)) == [sentence]


@pytest.mark.parametrize(
    ("resend_at", "again"),
    [
        (None, "Type resend to get it by phone call."),
        (100.0, "Type resend to get it by phone call."),
        (99.0, "Type resend to get it by phone call."),
        (100.5, "Type resend to get it by phone call, in 1 s."),
        (130.0, "Type resend to get it by phone call, in 30 s."),
    ],
)
def test_code_prompt_describes_when_the_code_can_be_resent(resend_at: float | None, again: str) -> None:
    prompt = CodePrompt(via=CodeDelivery.SMS, next_via=CodeDelivery.CALL, resend_at=resend_at)
    assert list(describe(prompt, 100.0))[1:] == [again]


def test_rpc_error_is_shown_with_message_hint_and_original_text() -> None:
    error = errors.parse(400, "PHONE_CODE_INVALID")
    assert error_text(error) == "Wrong code, try again. (400 PHONE_CODE_INVALID)"
    assert retry_text(error) == "Wrong code, try again."
    error = errors.parse(400, "CHAT_INVALID")
    assert error_text(error) == retry_text(error) == f"{error.message} {error.hint} (400 CHAT_INVALID)"
    error = errors.parse(420, "FLOOD_WAIT_300")
    assert error_text(error) == "Too many tries. Wait 5 min, then try again. (420 FLOOD_WAIT_300)"


def test_every_other_prompt_is_described() -> None:
    assert list(describe(PasswordPrompt(), 0.0)) == ["The account has two-step verification."]
    assert list(describe(PasswordPrompt(hint="h"), 0.0))[1:] == ["Hint: h"]
    assert list(describe(SignUpPrompt(), 0.0)) == ["The number has no account yet. Enter a name to sign up."]
    assert list(describe(SignUpPrompt(terms="the terms", minimum_age=16), 0.0))[1:] == [
        "the terms",
        "By continuing you confirm that you are at least 16 years old.",
    ]
    assert list(describe(EmailPrompt(), 0.0)) == ["The account needs an e-mail address for its codes."]
    assert list(describe(EmailCodePrompt(pattern="a***@b"), 0.0)) == ["A code was mailed to a***@b."]
    assert list(describe(RecoveryCodePrompt(email_pattern="a***@b"), 0.0)) == ["A recovery code was mailed to a***@b."]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "1 s"), (119, "119 s"), (120, "2 min"), (121, "3 min"), (7199, "120 min"), (7200, "2 h"), (7201, "3 h")],
)
def test_duration_is_rounded_up(seconds: float, text: str) -> None:
    assert duration(seconds) == text
