"""Codes that were sent and not yet entered.

A phone_code_hash names a code, which is valid for one purpose, one phone number, a few attempts and a limited time. A
new code for the same key, number and purpose replaces the old one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from hmac import compare_digest

from sansio_tl.testing.code_delivery import DeliveryMethod

_MAX_CODES_OF_A_KEY = 16
"""Maximum number of codes for one auth key. One more replaces the oldest of the same key, never another key's: filling
the code book takes many keys."""


class PhoneCodePurpose(Enum):
    """The purpose of a code; the value is a description for readers."""

    LOG_IN = "log in"
    CHANGE_PHONE = "change the phone number"
    VERIFY_PHONE = "verify a phone number"
    CONFIRM_PHONE = "stop the deletion of the account"


@dataclass(slots=True, eq=False)
class IssuedCode:
    """A code that was sent."""

    phone_code_hash: str = field(repr=False)
    phone_number: str = field(repr=False)
    purpose: PhoneCodePurpose
    key_id: bytes = field(repr=False)
    """The auth key that requested it."""
    delivery_methods: tuple[DeliveryMethod, ...]
    """How it is sent: first, and after each auth.resendCode."""
    code: str = field(repr=False)
    """The text that the user has to type. A mailed code is stored with the mail instead."""
    sent_at: float
    expires_at: float
    tries_left: int
    sent: int = 0
    """Index into `delivery_methods` of the method that sent it last."""
    verified: bool = False
    """Whether it was entered; only the sign-up is missing."""
    email: str | None = field(default=None, repr=False)
    """The address to which it is mailed, or that was set up for a number that signs up."""
    proof: bytes = field(default=b"", repr=False)
    """Firebase: the nonce to be attested, or the content of the silent push. The code is sent after the proof."""
    form_id: int = 0
    """The payment form that was shown for it; 0 for none."""
    paid: bool = True
    """Whether it may be sent: payment is not required, or has been made."""

    @property
    def delivery_method(self) -> DeliveryMethod:
        """The method that sent it last."""
        return self.delivery_methods[self.sent]

    @property
    def next_delivery_method(self) -> DeliveryMethod | None:
        """The method of the next auth.resendCode."""
        return self.delivery_methods[self.sent + 1] if self.sent + 1 < len(self.delivery_methods) else None

    def try_code(self, typed: str) -> bool:
        """Whether the text matches; a wrong attempt counts."""
        matched = compare_digest(_plain(typed), _plain(self.code))
        if not matched:
            self.tries_left -= 1
        return matched


class RecentTimes:
    """Times of recent actions for each phone number, to limit their rate.

    At most `max_numbers` numbers are stored, and the actions for a number are never dropped before they expire: a new
    number replaces the one with the fewest, and an unknown number counts as that one. So actions for other numbers do
    not clear the count of a number, and exhausting the limit for new numbers takes `max_numbers` times as many actions.
    """

    def __init__(self, max_numbers: int) -> None:
        self._max_numbers = max_numbers
        self._times: dict[str, deque[float]] = {}
        """Sorted by the time of the last action, newest last."""

    def __len__(self) -> int:
        """How many numbers are stored."""
        return len(self._times)

    def add(self, number: str, limit: int, period: float, now: float) -> None:
        """Count one action. Only the last `limit` actions matter, and for `period` seconds."""
        while self._times and self._times[oldest := next(iter(self._times))][-1] + period <= now:
            del self._times[oldest]
        times = self._times.pop(number, None)
        if times is None:
            times = self._times.pop(self._least()) if len(self._times) >= self._max_numbers else deque()
        times.append(now)
        while len(times) > limit:
            times.popleft()
        self._times[number] = times

    def free_at(self, number: str, limit: int, period: float, now: float) -> float:
        """The time from which one more action is allowed, with `limit` actions in each `period` seconds."""
        if number not in self._times and len(self._times) >= self._max_numbers:
            number = self._least()
        times = self._times.get(number, ())
        return times[-limit] + period if len(times) >= limit else now

    def _least(self) -> str:
        """The number with the fewest actions; of several, the one whose last action is the oldest."""
        return min(self._times, key=lambda number: len(self._times[number]))


class CodeBook:
    """All codes of a data center."""

    def __init__(self, max_codes: int) -> None:
        self._max_codes = max_codes
        self._codes: dict[str, IssuedCode] = {}
        self.sent = RecentTimes(max_codes)
        """Number of codes that were requested."""
        self.wrong = RecentTimes(max_codes)
        """Number of wrong codes that were entered."""

    def __len__(self) -> int:
        return len(self._codes)

    def __iter__(self) -> Iterator[IssuedCode]:
        """The codes, oldest first."""
        return iter(self._codes.values())

    def add(self, code: IssuedCode, now: float) -> None:
        """Add a new code; drop expired ones, the one that it replaces, and the oldest if there are too many.

        If one key has too many codes, its oldest is dropped; if all keys together have, the oldest of all.
        """
        self._codes = {
            known.phone_code_hash: known
            for known in self._codes.values()
            if not _is_over(known, now) and _subject(known) != _subject(code)
        }
        self._codes[code.phone_code_hash] = code
        same_key = [known for known in self._codes.values() if known.key_id == code.key_id]
        if len(same_key) > _MAX_CODES_OF_A_KEY:
            self.remove(same_key[0])
        if len(self._codes) > self._max_codes:
            del self._codes[next(iter(self._codes))]

    def is_known(self, phone_code_hash: str) -> bool:
        """Whether there was a code with that hash recently."""
        return phone_code_hash in self._codes

    def find(self, phone_code_hash: str, now: float) -> IssuedCode | None:
        """The code with that hash; None if there is none, it has expired or is no longer accepted."""
        code = self._codes.get(phone_code_hash)
        return None if code is None or _is_over(code, now) else code

    def awaited_from(self, now: float) -> frozenset[bytes]:
        """The auth keys that have a pending code."""
        return frozenset(code.key_id for code in self._codes.values() if not _is_over(code, now))

    def invalidate(self, number: str, typed: frozenset[str]) -> bool:
        """Remove the codes of a number that were passed on; returns whether there were any."""
        leaked = [code for code in self._codes.values() if code.phone_number == number and code.code in typed]
        for code in leaked:
            self.remove(code)
        return bool(leaked)

    def remove(self, code: IssuedCode) -> None:
        """Remove a code that was used or cancelled."""
        del self._codes[code.phone_code_hash]


def _is_over(code: IssuedCode, now: float) -> bool:
    return now >= code.expires_at or code.tries_left <= 0


def _subject(code: IssuedCode) -> tuple[bytes, str, PhoneCodePurpose]:
    return code.key_id, code.phone_number, code.purpose


def _plain(text: str) -> bytes:
    """Users type spaces and capitals."""
    return " ".join(text.casefold().split()).encode()
