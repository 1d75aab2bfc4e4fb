"""The ways by which a code reaches a person, and what each looks like to the client.

A code is drawn as digits; a way may dress it: a flash call *is* a number, a missed call ends in the digits, words and
phrases come from a list that the digits index.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from sansio_tl import types

_CALLER = "88800"
"""Numbers that call from the data center begin like this."""
PLAY_PROJECT = 1_234_567_890
"""The Play Integrity project of the data center."""
RECEIPT_SIZE = 8
"""Of a silent push, in bytes; the client is told it as hexadecimal digits."""
PUSH_TIMEOUT = 15
"""Seconds that an iPhone waits for the silent push."""

_WORDS = ("apricot", "banana", "cherry", "damson", "elder", "fig", "grape", "hazel", "iris", "juniper")


class DeliveryMethod(Enum):
    """How a code travels; the value is for people."""

    APP = "message in another session"
    SMS = "SMS"
    CALL = "phone call"
    FLASH_CALL = "flash call"
    MISSED_CALL = "missed call"
    FRAGMENT = "Fragment"
    SMS_WORD = "word by SMS"
    SMS_PHRASE = "phrase by SMS"
    EMAIL = "e-mail"
    EMAIL_SETUP = "e-mail, once an address is set up"
    PLAY_INTEGRITY = "SMS, once Play Integrity is proven"
    SAFETY_NET = "SMS, once SafetyNet is proven"
    APNS = "SMS, once a silent push has come"


FIREBASE = frozenset({DeliveryMethod.PLAY_INTEGRITY, DeliveryMethod.SAFETY_NET, DeliveryMethod.APNS})
"""Ways by which the code is sent only after auth.requestFirebaseSms."""


@dataclass(frozen=True, slots=True)
class SentCodeInfo:
    """What a client is told of a code on its way."""

    code: str = field(repr=False)
    """The dressed code, or its digits if it is not sent yet."""
    proof: bytes = field(default=b"", repr=False)
    email_pattern: str = ""
    email_reset_period: int | None = None
    email_reset_date: int | None = None


@dataclass(frozen=True, slots=True)
class _Looks:
    announce: Callable[[SentCodeInfo], types.auth.TypeSentCodeType]
    """What auth.sentCode says of the code, without giving it away."""
    next_type: Callable[[], types.auth.TypeCodeType] | None = None
    """How auth.sentCode announces that this way comes next; None: it can only come first."""
    allowed: Callable[[types.CodeSettings], bool] = lambda _: True
    """Whether the client can receive a code in this way."""
    dress: Callable[[str], str] = str
    """From the digits to what the person receives and types."""


def _word(digits: str) -> str:
    return _WORDS[int(digits) % len(_WORDS)]


def _phrase(digits: str) -> str:
    return " ".join(_WORDS[int(digit)] for digit in digits[:3])


def _emailed(told: SentCodeInfo) -> types.auth.SentCodeTypeEmailCode:
    return types.auth.SentCodeTypeEmailCode(
        apple_signin_allowed=True,
        google_signin_allowed=True,
        email_pattern=told.email_pattern,
        length=len(told.code),
        reset_available_period=told.email_reset_period,
        reset_pending_date=told.email_reset_date,
    )


def _play_integrity(told: SentCodeInfo) -> types.auth.SentCodeTypeFirebaseSms:
    return types.auth.SentCodeTypeFirebaseSms(
        play_integrity_project_id=PLAY_PROJECT, play_integrity_nonce=told.proof, length=len(told.code)
    )


def _apns(told: SentCodeInfo) -> types.auth.SentCodeTypeFirebaseSms:
    return types.auth.SentCodeTypeFirebaseSms(
        receipt=told.proof[:RECEIPT_SIZE].hex(), push_timeout=PUSH_TIMEOUT, length=len(told.code)
    )


_LOOKS: Mapping[DeliveryMethod, _Looks] = MappingProxyType(
    {
        DeliveryMethod.APP: _Looks(lambda told: types.auth.SentCodeTypeApp(len(told.code))),
        DeliveryMethod.SMS: _Looks(lambda told: types.auth.SentCodeTypeSms(len(told.code)), types.auth.CodeTypeSms),
        DeliveryMethod.CALL: _Looks(lambda told: types.auth.SentCodeTypeCall(len(told.code)), types.auth.CodeTypeCall),
        DeliveryMethod.FLASH_CALL: _Looks(
            lambda _: types.auth.SentCodeTypeFlashCall(_CALLER + "*"),
            types.auth.CodeTypeFlashCall,
            lambda settings: settings.allow_flashcall,
            lambda digits: _CALLER + digits,
        ),
        DeliveryMethod.MISSED_CALL: _Looks(
            lambda told: types.auth.SentCodeTypeMissedCall(_CALLER, len(told.code)),
            types.auth.CodeTypeMissedCall,
            lambda settings: settings.allow_missed_call,
        ),
        DeliveryMethod.FRAGMENT: _Looks(
            lambda told: types.auth.SentCodeTypeFragmentSms("https://fragment.com/login", len(told.code)),
            types.auth.CodeTypeFragmentSms,
        ),
        DeliveryMethod.SMS_WORD: _Looks(
            lambda told: types.auth.SentCodeTypeSmsWord(beginning=told.code[0]), types.auth.CodeTypeSms, dress=_word
        ),
        DeliveryMethod.SMS_PHRASE: _Looks(
            lambda told: types.auth.SentCodeTypeSmsPhrase(beginning=told.code.split()[0]),
            types.auth.CodeTypeSms,
            dress=_phrase,
        ),
        DeliveryMethod.EMAIL: _Looks(_emailed),
        DeliveryMethod.EMAIL_SETUP: _Looks(
            lambda _: types.auth.SentCodeTypeSetUpEmailRequired(apple_signin_allowed=True, google_signin_allowed=True)
        ),
        DeliveryMethod.PLAY_INTEGRITY: _Looks(_play_integrity, allowed=lambda settings: settings.allow_firebase),
        DeliveryMethod.SAFETY_NET: _Looks(
            lambda told: types.auth.SentCodeTypeFirebaseSms(nonce=told.proof, length=len(told.code)),
            allowed=lambda settings: settings.allow_firebase,
        ),
        DeliveryMethod.APNS: _Looks(_apns, allowed=lambda settings: settings.token is not None),
    }
)


def usable(ways: tuple[DeliveryMethod, ...], settings: types.CodeSettings) -> tuple[DeliveryMethod, ...]:
    """Those of `ways` that the client says it can receive; the first of them all when it can receive none."""
    return tuple(way for way in ways if _LOOKS[way].allowed(settings)) or ways[:1]


def dress(way: DeliveryMethod, digits: str) -> str:
    """What the person receives in this way."""
    return _LOOKS[way].dress(digits)


def announce(way: DeliveryMethod, told: SentCodeInfo) -> types.auth.TypeSentCodeType:
    """The `type` of auth.sentCode."""
    return _LOOKS[way].announce(told)


def as_next(way: DeliveryMethod) -> types.auth.TypeCodeType | None:
    """The `next_type` of auth.sentCode when this way comes next."""
    make = _LOOKS[way].next_type
    return None if make is None else make()
