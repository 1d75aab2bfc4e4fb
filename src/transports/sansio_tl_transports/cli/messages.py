"""Texts for the user at the terminal: prompts of a flow, and errors."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from sansio_tl import auth
from sansio_tl.auth import CodeDelivery
from sansio_tl.errors import RpcError

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


def describe(prompt: auth.Prompt, now: float) -> Iterator[str]:
    """The lines to show before the input prompt."""
    match prompt:
        case auth.CodePrompt():
            yield where_the_code_is(prompt)
            if prompt.next_via is not None:
                wait = 0 if prompt.resend_at is None else max(0, ceil(prompt.resend_at - now))
                yield f"It can be sent again {_BY[prompt.next_via]}{f', in {wait} s' if wait else ''}."
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
    """An RPC error with its hint."""
    return f"{error.message} {error.hint} ({error.code} {error.text})"


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
