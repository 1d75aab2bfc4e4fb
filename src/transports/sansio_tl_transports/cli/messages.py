"""Texts for the user at the terminal: prompts of a flow, and errors."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from types import MappingProxyType
from typing import Final

from sansio_tl import auth
from sansio_tl.auth import CodeDelivery
from sansio_tl.errors import FloodWait, RpcError

_BY = {
    CodeDelivery.APP: "in another session",
    CodeDelivery.SMS: "by SMS",
    CodeDelivery.CALL: "by phone call",
    CodeDelivery.FLASH_CALL: "by flash call",
    CodeDelivery.MISSED_CALL: "by missed call",
    CodeDelivery.FRAGMENT: "on Fragment",
    CodeDelivery.FIREBASE: "by SMS to an official app",
    CodeDelivery.WORD: "as a word by SMS",
    CodeDelivery.PHRASE: "as a phrase by SMS",
    CodeDelivery.OTHER: "by another method",
}

RETRIES: Final = MappingProxyType(
    {
        "PHONE_CODE_INVALID": "Wrong code, try again.",
        "PHONE_CODE_EMPTY": "Wrong code, try again.",
        "CODE_INVALID": "Wrong code, try again.",
        "EMAIL_VERIFY_EXPIRED": "This code is too old.",
        "PHONE_CODE_EXPIRED": "This code is too old.",
        "PASSWORD_HASH_INVALID": "Wrong password, try again.",
        "PHONE_NUMBER_INVALID": "There is no such phone number. Enter it with its country code, such as"
        " +1 202 555 0100.",
        "FIRSTNAME_INVALID": "This first name is not accepted: enter another one.",
        "LASTNAME_INVALID": "This last name is not accepted: enter another one, or none.",
        "EMAIL_INVALID": "There is no such e-mail address, try again.",
        "EMAIL_NOT_ALLOWED": "This e-mail address is not accepted: enter another one.",
        "ACCESS_TOKEN_INVALID": "There is no bot with this token: copy it again from @BotFather.",
        "ACCESS_TOKEN_EXPIRED": "This token is not valid any more: ask @BotFather for the new one.",
    }
)
"""Name of an error -> what to say before the same thing is asked for again."""

_FAILURES: Final = MappingProxyType(
    {
        "API_ID_INVALID": "api_id and api_hash do not belong together. Copy both from my.telegram.org.",
        "API_ID_PUBLISHED_FLOOD": "Logins with this api_id are closed, because it was published. Get your own at"
        " my.telegram.org.",
        "AUTH_KEY_UNREGISTERED": "This session was ended. Log in again: sansio-tl logout, then sansio-tl login.",
        "AUTH_TOKEN_ALREADY_ACCEPTED": "This QR code was accepted already.",
        "AUTH_TOKEN_EXPIRED": "This QR code is too old. Use the one that the other device shows now.",
        "AUTH_TOKEN_INVALID": "This is not the text of a QR code that a device shows now. Copy it again.",
        "FRESH_RESET_AUTHORISATION_FORBIDDEN": "This session is younger than a day and may not end others yet:"
        " use an older one.",
        "HASH_INVALID": "There is no such session. sansio-tl sessions lists them.",
        "PHONE_NUMBER_BANNED": "This phone number is banned from Telegram. Use another number, or write to"
        " recover@telegram.org.",
        "PHONE_NUMBER_FLOOD": "Too many codes were sent to this number. Try again in some hours.",
        "PHONE_PASSWORD_FLOOD": "There were too many tries to log in with this number. Try again in some hours.",
        "SESSION_REVOKED": "This session was ended. Log in again: sansio-tl logout, then sansio-tl login.",
    }
)
"""Name of an error -> its meaning for the person at the keyboard; the other errors have the texts of the engine."""


def describe(prompt: auth.Prompt, now: float) -> Iterator[str]:
    """The lines to show before the input prompt."""
    match prompt:
        case auth.CodePrompt():
            yield where_the_code_is(prompt)
            if prompt.next_via is not None:
                wait = 0 if prompt.resend_at is None else max(0, ceil(prompt.resend_at - now))
                yield f"Type resend to get it {_BY[prompt.next_via]}{f', in {wait} s' if wait else ''}."
        case auth.PasswordPrompt():
            yield "The account has two-step verification."
            if prompt.hint:
                yield f"Hint: {prompt.hint}"
        case auth.SignUpPrompt():
            yield "The number has no account yet. Enter a name to sign up."
            if prompt.terms:
                yield prompt.terms
            if prompt.minimum_age:
                yield f"By continuing you confirm that you are at least {prompt.minimum_age} years old."
        case auth.EmailPrompt():
            yield "The account needs an e-mail address for its codes."
        case auth.EmailCodePrompt():
            yield f"A code was mailed to {prompt.pattern}."
        case auth.RecoveryCodePrompt():
            yield f"A recovery code was mailed to {prompt.email_pattern}."


def error_text(error: RpcError) -> str:
    """An RPC error in words for the user, with its code and name."""
    words = RETRIES.get(error.name) or _FAILURES.get(error.name)
    if words is None and isinstance(error, FloodWait):
        words = f"Too many tries. Wait {duration(error.seconds)}, then try again."
    return f"{words or f'{error.message} {error.hint}'} ({error.code} {error.text})"


def retry_text(error: RpcError) -> str:
    """What to print before the user is asked again: without the error's name where the user can simply type again."""
    return RETRIES.get(error.name) or error_text(error)


def duration(seconds: float) -> str:
    """Seconds, minutes or hours, rounded up."""
    if seconds < 120:
        return f"{ceil(seconds)} s"
    if seconds < 7200:
        return f"{ceil(seconds / 60)} min"
    return f"{ceil(seconds / 3600)} h"


def where_the_code_is(prompt: auth.CodePrompt) -> str:
    """One sentence that names the place of the code."""
    digits = f"{prompt.length} digits" if prompt.length else "digits"
    match prompt.via:
        case CodeDelivery.APP:
            return f"A code of {digits} is in the chat with Telegram, in another session of the account."
        case CodeDelivery.SMS:
            return f"A code of {digits} was sent by SMS."
        case CodeDelivery.CALL:
            return f"A phone call will read a code of {digits}."
        case CodeDelivery.FLASH_CALL:
            return f"The phone will ring; the calling number, {prompt.pattern}, is the code."
        case CodeDelivery.MISSED_CALL:
            return f"The phone will ring; the last {digits} of the calling number ({prompt.prefix}...) are the code."
        case CodeDelivery.FRAGMENT:
            return f"A code of {digits} is shown at {prompt.url}"
        case CodeDelivery.WORD:
            return f"A word was sent by SMS; it begins with {prompt.beginning!r}."
        case CodeDelivery.PHRASE:
            return f"A phrase was sent by SMS; it begins with {prompt.beginning!r}."
        case CodeDelivery.FIREBASE:
            return "The code is sent to official apps only; resend it by another method."
    return "A code was sent by a method that this version does not know."
