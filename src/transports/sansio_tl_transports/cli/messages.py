"""What a flow wants, in sentences for the person at the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from sansio_tl import auth
from sansio_tl.auth import Via
from sansio_tl.errors import RpcError

_BY = {
    Via.APP: "in another session",
    Via.SMS: "by SMS",
    Via.CALL: "by phone call",
    Via.FLASH_CALL: "by flash call",
    Via.MISSED_CALL: "by missed call",
    Via.FRAGMENT: "on Fragment",
    Via.FIREBASE: "by SMS to an official app",
    Via.WORD: "as a word by SMS",
    Via.PHRASE: "as a phrase by SMS",
    Via.OTHER: "another way",
}


def describe(wanted: auth.Wanted, now: float) -> Iterator[str]:
    """The lines to show before the person is asked."""
    match wanted:
        case auth.CodeWanted():
            yield where_the_code_is(wanted)
            if wanted.next_via is not None:
                wait = 0 if wanted.resend_at is None else max(0, ceil(wanted.resend_at - now))
                yield f"It can be sent again {_BY[wanted.next_via]}{f', in {wait} s' if wait else ''}."
        case auth.PasswordWanted():
            yield "The account has two-step verification."
            if wanted.hint:
                yield f"Hint: {wanted.hint}"
        case auth.SignUpWanted():
            yield "The number has no account yet; a name makes one."
            if wanted.terms:
                yield wanted.terms
            if wanted.minimum_age:
                yield f"By going on you confirm that you are at least {wanted.minimum_age} years old."
        case auth.EmailWanted():
            yield "The account needs an e-mail address for its codes."
        case auth.EmailCodeWanted():
            yield f"A code was mailed to {wanted.pattern}."
        case auth.RecoveryCodeWanted():
            yield f"A recovery code was mailed to {wanted.email_pattern}."


def what_happened(error: RpcError) -> str:
    """A refusal, for people."""
    return f"{error.message} {error.what_to_do} ({error.code} {error.text})"


def where_the_code_is(wanted: auth.CodeWanted) -> str:
    """One sentence: where to look for the code."""
    digits = f"{wanted.length} digits" if wanted.length else "digits"
    match wanted.via:
        case Via.APP:
            return f"A code of {digits} is in the chat with Telegram, in another session of the account."
        case Via.SMS:
            return f"A code of {digits} was sent by SMS."
        case Via.CALL:
            return f"The phone rings, and a voice says a code of {digits}."
        case Via.FLASH_CALL:
            return f"The phone rings; the number that calls, {wanted.pattern}, is the code."
        case Via.MISSED_CALL:
            return f"The phone rings; the last {digits} of the number that calls ({wanted.prefix}...) are the code."
        case Via.FRAGMENT:
            return f"A code of {digits} is shown at {wanted.url}"
        case Via.WORD:
            return f"A word was sent by SMS; it begins with {wanted.beginning!r}."
        case Via.PHRASE:
            return f"A phrase was sent by SMS; it begins with {wanted.beginning!r}."
        case Via.FIREBASE:
            return "A code goes to official apps only; have it sent another way."
    return "A code was sent in a way that this version does not know."
