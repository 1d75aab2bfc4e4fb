"""What a flow wants, in sentences for the person at the terminal."""

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
    CodeDelivery.OTHER: "another way",
}


def describe(wanted: auth.Prompt, now: float) -> Iterator[str]:
    """The lines to show before the person is asked."""
    match wanted:
        case auth.CodePrompt():
            yield where_the_code_is(wanted)
            if wanted.next_via is not None:
                wait = 0 if wanted.resend_at is None else max(0, ceil(wanted.resend_at - now))
                yield f"It can be sent again {_BY[wanted.next_via]}{f', in {wait} s' if wait else ''}."
        case auth.PasswordPrompt():
            yield "The account has two-step verification."
            if wanted.hint:
                yield f"Hint: {wanted.hint}"
        case auth.SignUpPrompt():
            yield "The number has no account yet; a name makes one."
            if wanted.terms:
                yield wanted.terms
            if wanted.minimum_age:
                yield f"By going on you confirm that you are at least {wanted.minimum_age} years old."
        case auth.EmailPrompt():
            yield "The account needs an e-mail address for its codes."
        case auth.EmailCodePrompt():
            yield f"A code was mailed to {wanted.pattern}."
        case auth.RecoveryCodePrompt():
            yield f"A recovery code was mailed to {wanted.email_pattern}."


def what_happened(error: RpcError) -> str:
    """A refusal, for people."""
    return f"{error.message} {error.hint} ({error.code} {error.text})"


def where_the_code_is(wanted: auth.CodePrompt) -> str:
    """One sentence: where to look for the code."""
    digits = f"{wanted.length} digits" if wanted.length else "digits"
    match wanted.via:
        case CodeDelivery.APP:
            return f"A code of {digits} is in the chat with Telegram, in another session of the account."
        case CodeDelivery.SMS:
            return f"A code of {digits} was sent by SMS."
        case CodeDelivery.CALL:
            return f"The phone rings, and a voice says a code of {digits}."
        case CodeDelivery.FLASH_CALL:
            return f"The phone rings; the number that calls, {wanted.pattern}, is the code."
        case CodeDelivery.MISSED_CALL:
            return f"The phone rings; the last {digits} of the number that calls ({wanted.prefix}...) are the code."
        case CodeDelivery.FRAGMENT:
            return f"A code of {digits} is shown at {wanted.url}"
        case CodeDelivery.WORD:
            return f"A word was sent by SMS; it begins with {wanted.beginning!r}."
        case CodeDelivery.PHRASE:
            return f"A phrase was sent by SMS; it begins with {wanted.beginning!r}."
        case CodeDelivery.FIREBASE:
            return "A code goes to official apps only; have it sent another way."
    return "A code was sent in a way that this version does not know."
