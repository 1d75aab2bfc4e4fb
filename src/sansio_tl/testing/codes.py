"""Codes that were sent and wait to be typed.

A code is named by its phone_code_hash and is good for one purpose, one phone number, a few tries and a while. Whoever
asks for another code with the same key, number and purpose has given the old one up.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from hmac import compare_digest

from sansio_tl.testing.code_delivery import DeliveryMethod

_MAX_CODES_OF_A_KEY = 16
"""How many codes wait for one auth key. With more, its own oldest code makes room and nobody else's: to fill a code
book takes many keys."""


class PhoneCodePurpose(Enum):
    """What a code is for; the value is for people."""

    LOG_IN = "log in"
    CHANGE_PHONE = "change the phone number"
    VERIFY_PHONE = "verify a phone number"
    CONFIRM_PHONE = "stop the deletion of the account"


@dataclass(slots=True, eq=False)
class IssuedCode:
    """One code."""

    phone_code_hash: str = field(repr=False)
    phone_number: str = field(repr=False)
    purpose: PhoneCodePurpose
    key_id: bytes = field(repr=False)
    """The auth key that asked for it."""
    ways: tuple[DeliveryMethod, ...]
    """How it is sent: first, and after each auth.resendCode."""
    code: str = field(repr=False)
    """What the person has to type. A mailed code is kept with the mail instead."""
    sent_at: float
    expires_at: float
    tries_left: int
    sent: int = 0
    """Index into `ways` of the way by which it was sent last."""
    verified: bool = False
    """Whether it was typed; what remains is the sign-up."""
    email: str | None = field(default=None, repr=False)
    """The address that it is mailed to, or that was set up for a number that signs up."""
    proof: bytes = field(default=b"", repr=False)
    """Firebase: the nonce to be attested, or what the silent push carried. The code is sent when it is proven."""
    form_id: int = 0
    """The payment form that was shown for it; 0 for none."""
    paid: bool = True
    """Whether it may be sent: payment is not required, or made."""

    @property
    def way(self) -> DeliveryMethod:
        """How it was sent last."""
        return self.ways[self.sent]

    @property
    def next_way(self) -> DeliveryMethod | None:
        """How it is sent when the person asks again."""
        return self.ways[self.sent + 1] if self.sent + 1 < len(self.ways) else None

    def is_matched_by(self, typed: str) -> bool:
        """Whether the person typed it; a wrong try counts."""
        matched = compare_digest(_plain(typed), _plain(self.code))
        if not matched:
            self.tries_left -= 1
        return matched


class RecentTimes:
    """When something was done for a phone number of late, to limit how often.

    At most `max_numbers` numbers are remembered, and what was done for a number is never forgotten before its time: the
    one for which least was done makes room, and a number that is not remembered counts as that one. So nobody clears
    the count of one number by what he does for others; and to use up what may be done for numbers that are new, he has
    to do it `max_numbers` times as often.
    """

    def __init__(self, max_numbers: int) -> None:
        self._max_numbers = max_numbers
        self._times: dict[str, deque[float]] = {}
        """The number for which something was done last at the end."""

    def add(self, number: str, limit: int, period: float, now: float) -> None:
        """It is done once more. Only the last `limit` times matter, and for `period` seconds."""
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
        """From when it may be done again, if it may be done `limit` times in each `period` seconds."""
        if number not in self._times and len(self._times) >= self._max_numbers:
            number = self._least()
        times = self._times.get(number, ())
        return times[-limit] + period if len(times) >= limit else now

    def _least(self) -> str:
        """The number for which least was done; of several, the one for which nothing was done for longest."""
        return min(self._times, key=lambda number: len(self._times[number]))


class CodeBook:
    """All codes of a data center."""

    def __init__(self, max_codes: int) -> None:
        self._max_codes = max_codes
        self._codes: dict[str, IssuedCode] = {}
        self.sent = RecentTimes(max_codes)
        """Codes that were asked for."""
        self.wrong = RecentTimes(max_codes)
        """Wrong codes that were entered."""

    def __len__(self) -> int:
        return len(self._codes)

    def add(self, code: IssuedCode, now: float) -> None:
        """Remember a new code; forget those that are over, the one that it replaces, and the oldest of too many.

        When one key has too many codes, its oldest is forgotten; when all keys together have, the oldest of all.
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
        """Whether there was a code of that hash lately."""
        return phone_code_hash in self._codes

    def find(self, phone_code_hash: str, now: float) -> IssuedCode | None:
        """The code of that hash; None when there is none, or it has expired or is burnt."""
        code = self._codes.get(phone_code_hash)
        return None if code is None or _is_over(code, now) else code

    def awaited_from(self, now: float) -> frozenset[bytes]:
        """The auth keys from which a code is awaited."""
        return frozenset(code.key_id for code in self._codes.values() if not _is_over(code, now))

    def invalidate(self, number: str, typed: frozenset[str]) -> bool:
        """Burn the codes of a number that somebody has passed on; whether there were any."""
        burnt = [code for code in self._codes.values() if code.phone_number == number and code.code in typed]
        for code in burnt:
            self.remove(code)
        return bool(burnt)

    def remove(self, code: IssuedCode) -> None:
        """Forget a code that was used or cancelled."""
        del self._codes[code.phone_code_hash]


def _is_over(code: IssuedCode, now: float) -> bool:
    return now >= code.expires_at or code.tries_left <= 0


def _subject(code: IssuedCode) -> tuple[bytes, str, PhoneCodePurpose]:
    return code.key_id, code.phone_number, code.purpose


def _plain(text: str) -> bytes:
    """People type spaces and capitals."""
    return " ".join(text.casefold().split()).encode()
