"""The delivery methods of a code, and what a client learns about each.

A code is generated as digits, which some methods translate: a flash call *is* a number, a missed call ends in the
digits, words and phrases come from a list that the digits index.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from sansio_tl import types

_CALLER = "88800"
"""Numbers from which the data center calls begin like this."""
PLAY_PROJECT = 1_234_567_890
"""The Play Integrity project of the data center."""
RECEIPT_SIZE = 8
"""Size of a silent push in bytes; the client receives it as hexadecimal digits."""
PUSH_TIMEOUT = 15
"""Seconds for which an iPhone waits for the silent push."""

_WORDS = ("apricot", "banana", "cherry", "damson", "elder", "fig", "grape", "hazel", "iris", "juniper")


class DeliveryMethod(Enum):
    """A delivery method; the value is a description for readers."""

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
"""Methods that send the code only after auth.requestFirebaseSms."""


@dataclass(frozen=True, slots=True)
class SentCodeInfo:
    """The information about a sent code in auth.sentCode."""

    code: str = field(repr=False)
    """The translated code, or its digits if it is not sent yet."""
    proof: bytes = field(default=b"", repr=False)
    email_pattern: str = ""
    email_reset_period: int | None = None
    email_reset_date: int | None = None


@dataclass(frozen=True, slots=True)
class _DeliveryRules:
    announce: Callable[[SentCodeInfo], types.auth.TypeSentCodeType]
    """The content of auth.sentCode, which does not reveal the code."""
    next_type: Callable[[], types.auth.TypeCodeType] | None = None
    """How auth.sentCode announces this method as the next one; None: it can only be the first."""
    allowed: Callable[[types.CodeSettings], bool] = lambda _: True
    """Whether the client can receive a code by this method."""
    dress: Callable[[str], str] = str
    """Translates the digits to what the user receives and types."""


def _word(digits: str) -> str:
    return _WORDS[int(digits) % len(_WORDS)]


def _phrase(digits: str) -> str:
    return " ".join(_WORDS[int(digit)] for digit in digits[:3])


def _emailed(info: SentCodeInfo) -> types.auth.SentCodeTypeEmailCode:
    return types.auth.SentCodeTypeEmailCode(
        apple_signin_allowed=True,
        google_signin_allowed=True,
        email_pattern=info.email_pattern,
        length=len(info.code),
        reset_available_period=info.email_reset_period,
        reset_pending_date=info.email_reset_date,
    )


def _play_integrity(info: SentCodeInfo) -> types.auth.SentCodeTypeFirebaseSms:
    return types.auth.SentCodeTypeFirebaseSms(
        play_integrity_project_id=PLAY_PROJECT, play_integrity_nonce=info.proof, length=len(info.code)
    )


def _apns(info: SentCodeInfo) -> types.auth.SentCodeTypeFirebaseSms:
    return types.auth.SentCodeTypeFirebaseSms(
        receipt=info.proof[:RECEIPT_SIZE].hex(), push_timeout=PUSH_TIMEOUT, length=len(info.code)
    )


_LOOKS: Mapping[DeliveryMethod, _DeliveryRules] = MappingProxyType(
    {
        DeliveryMethod.APP: _DeliveryRules(lambda info: types.auth.SentCodeTypeApp(len(info.code))),
        DeliveryMethod.SMS: _DeliveryRules(
            lambda info: types.auth.SentCodeTypeSms(len(info.code)), types.auth.CodeTypeSms
        ),
        DeliveryMethod.CALL: _DeliveryRules(
            lambda info: types.auth.SentCodeTypeCall(len(info.code)), types.auth.CodeTypeCall
        ),
        DeliveryMethod.FLASH_CALL: _DeliveryRules(
            lambda _: types.auth.SentCodeTypeFlashCall(_CALLER + "*"),
            types.auth.CodeTypeFlashCall,
            lambda settings: settings.allow_flashcall,
            lambda digits: _CALLER + digits,
        ),
        DeliveryMethod.MISSED_CALL: _DeliveryRules(
            lambda info: types.auth.SentCodeTypeMissedCall(_CALLER, len(info.code)),
            types.auth.CodeTypeMissedCall,
            lambda settings: settings.allow_missed_call,
        ),
        DeliveryMethod.FRAGMENT: _DeliveryRules(
            lambda info: types.auth.SentCodeTypeFragmentSms("https://fragment.com/login", len(info.code)),
            types.auth.CodeTypeFragmentSms,
        ),
        DeliveryMethod.SMS_WORD: _DeliveryRules(
            lambda info: types.auth.SentCodeTypeSmsWord(beginning=info.code[0]), types.auth.CodeTypeSms, dress=_word
        ),
        DeliveryMethod.SMS_PHRASE: _DeliveryRules(
            lambda info: types.auth.SentCodeTypeSmsPhrase(beginning=info.code.split()[0]),
            types.auth.CodeTypeSms,
            dress=_phrase,
        ),
        DeliveryMethod.EMAIL: _DeliveryRules(_emailed),
        DeliveryMethod.EMAIL_SETUP: _DeliveryRules(
            lambda _: types.auth.SentCodeTypeSetUpEmailRequired(apple_signin_allowed=True, google_signin_allowed=True)
        ),
        DeliveryMethod.PLAY_INTEGRITY: _DeliveryRules(
            _play_integrity, allowed=lambda settings: settings.allow_firebase
        ),
        DeliveryMethod.SAFETY_NET: _DeliveryRules(
            lambda info: types.auth.SentCodeTypeFirebaseSms(nonce=info.proof, length=len(info.code)),
            allowed=lambda settings: settings.allow_firebase,
        ),
        DeliveryMethod.APNS: _DeliveryRules(_apns, allowed=lambda settings: settings.token is not None),
    }
)


def usable(methods: tuple[DeliveryMethod, ...], settings: types.CodeSettings) -> tuple[DeliveryMethod, ...]:
    """Those of `methods` that the client can receive by its settings; the first one if it can receive none."""
    return tuple(method for method in methods if _LOOKS[method].allowed(settings)) or methods[:1]


def dress(method: DeliveryMethod, digits: str) -> str:
    """What the user receives by this method."""
    return _LOOKS[method].dress(digits)


def announce(method: DeliveryMethod, info: SentCodeInfo) -> types.auth.TypeSentCodeType:
    """The `type` of auth.sentCode."""
    return _LOOKS[method].announce(info)


def as_next(method: DeliveryMethod) -> types.auth.TypeCodeType | None:
    """The `next_type` of auth.sentCode if this method is next."""
    make = _LOOKS[method].next_type
    return None if make is None else make()
