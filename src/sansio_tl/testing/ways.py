"""The ways by which a code reaches a person, and what each looks like to the client.

A code is drawn as digits; a way may dress it: a flash call *is* a number, a missed call ends in the digits, words and
phrases come from a list that the digits index.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from sansio_tl import types

_CALLER = "88800"
"""Numbers that call from the data centre begin like this."""

_WORDS = ("apricot", "banana", "cherry", "damson", "elder", "fig", "grape", "hazel", "iris", "juniper")


class Way(Enum):
    """How a code travels; the value is for people."""

    APP = "message in another session"
    SMS = "SMS"
    CALL = "phone call"
    FLASH_CALL = "flash call"
    MISSED_CALL = "missed call"
    FRAGMENT = "Fragment"
    SMS_WORD = "word by SMS"
    SMS_PHRASE = "phrase by SMS"


@dataclass(frozen=True, slots=True)
class _Looks:
    dress: Callable[[str], str]
    """From the digits to what the person receives and types."""
    announce: Callable[[str], types.auth.TypeSentCodeType]
    """What auth.sentCode says of the dressed code, without giving it away."""
    next_type: Callable[[], types.auth.TypeCodeType] | None
    """How auth.sentCode announces that this way comes next; None: it can only come first."""
    allowed: Callable[[types.CodeSettings], bool] = lambda _: True
    """Whether the client can receive a code in this way."""


def _word(digits: str) -> str:
    return _WORDS[int(digits) % len(_WORDS)]


def _phrase(digits: str) -> str:
    return " ".join(_WORDS[int(digit)] for digit in digits[:3])


_LOOKS: Mapping[Way, _Looks] = MappingProxyType(
    {
        Way.APP: _Looks(str, lambda code: types.auth.SentCodeTypeApp(len(code)), None),
        Way.SMS: _Looks(str, lambda code: types.auth.SentCodeTypeSms(len(code)), types.auth.CodeTypeSms),
        Way.CALL: _Looks(str, lambda code: types.auth.SentCodeTypeCall(len(code)), types.auth.CodeTypeCall),
        Way.FLASH_CALL: _Looks(
            lambda digits: _CALLER + digits,
            lambda _: types.auth.SentCodeTypeFlashCall(_CALLER + "*"),
            types.auth.CodeTypeFlashCall,
            lambda settings: settings.allow_flashcall,
        ),
        Way.MISSED_CALL: _Looks(
            str,
            lambda code: types.auth.SentCodeTypeMissedCall(_CALLER, len(code)),
            types.auth.CodeTypeMissedCall,
            lambda settings: settings.allow_missed_call,
        ),
        Way.FRAGMENT: _Looks(
            str,
            lambda code: types.auth.SentCodeTypeFragmentSms("https://fragment.com/login", len(code)),
            types.auth.CodeTypeFragmentSms,
        ),
        Way.SMS_WORD: _Looks(
            _word, lambda code: types.auth.SentCodeTypeSmsWord(beginning=code[0]), types.auth.CodeTypeSms
        ),
        Way.SMS_PHRASE: _Looks(
            _phrase,
            lambda code: types.auth.SentCodeTypeSmsPhrase(beginning=code.split()[0]),
            types.auth.CodeTypeSms,
        ),
    }
)


def usable(ways: tuple[Way, ...], settings: types.CodeSettings) -> tuple[Way, ...]:
    """Those of `ways` that the client says it can receive; the first of them all when it can receive none."""
    return tuple(way for way in ways if _LOOKS[way].allowed(settings)) or ways[:1]


def dress(way: Way, digits: str) -> str:
    """What the person receives in this way."""
    return _LOOKS[way].dress(digits)


def announce(way: Way, code: str) -> types.auth.TypeSentCodeType:
    """The `type` of auth.sentCode."""
    return _LOOKS[way].announce(code)


def as_next(way: Way) -> types.auth.TypeCodeType | None:
    """The `next_type` of auth.sentCode when this way comes next."""
    make = _LOOKS[way].next_type
    return None if make is None else make()
