"""Writes the variable part of a ClientHello from its `HelloProfile`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import LocalProtocolError
from sansio_tl.framing.hello_profile import (
    MAX_HELLO_SIZE,
    Drawn,
    Extension,
    Field,
    Grease,
    HelloProfile,
    RandomBytes,
    Shuffled,
    TlsVector,
)
from sansio_tl.framing.key_shares import ml_kem_768_key, x25519_key

_PADDING: Final = 0x0015
_MAX_DRAWS: Final = 100
"""At most every second number is drawn again: a hundred in a row mean that the entropy source is broken."""


class HelloWriter:
    """Writes one hello."""

    def __init__(self, host: str, entropy: Entropy) -> None:
        self._host = host.encode("ascii")
        self._entropy = entropy
        self._grease = grease_values(entropy(len(Grease)))

    def cipher_suites(self, profile: HelloProfile) -> bytes:
        """The list of cipher suites, with its length."""
        return sized(2, self._fields(profile.cipher_suites))

    def extensions(self, profile: HelloProfile, before: int) -> bytes:
        """The extensions with their length; `before` is the size of all that comes before them.

        Raises LocalProtocolError if the hello is larger than proxies accept.
        """
        data = b"".join(self._part(part) for part in profile.extensions)
        missing = profile.padded_size - before - 2 - len(data) - 4
        if missing >= 0:
            data += extension(_PADDING, bytes(missing))
        size = before + 2 + len(data)
        if size > MAX_HELLO_SIZE:
            raise LocalProtocolError(
                f"invalid hello profile {profile.name!r}: a hello of {size} bytes is above {MAX_HELLO_SIZE}"
            )
        return sized(2, data)

    def _part(self, part: Extension | Shuffled) -> bytes:
        if isinstance(part, Extension):
            number = part.number
            value = self._grease[number.value] if isinstance(number, Grease) else number
            return extension(value, self._fields(part.fields))
        return b"".join(shuffle([self._part(each) for each in part.extensions], self._entropy))

    def _fields(self, fields: Iterable[Field]) -> bytes:
        return b"".join(self._field(field) for field in fields)

    def _field(self, field: Field) -> bytes:
        match field:
            case bytes():
                return field
            case Grease():
                return self._grease[field.value].to_bytes(2, "big")
            case Drawn.HOST:
                return self._host
            case Drawn.X25519_KEY:
                return x25519_key(self._entropy)
            case Drawn.ML_KEM_768_KEY:
                return ml_kem_768_key(self._entropy)
            case RandomBytes(sizes=sizes):
                return self._entropy(sizes[_below(len(sizes), self._entropy)])
            case TlsVector(width=width, fields=fields):
                return sized(width, self._fields(fields))


def extension(number: int, data: bytes) -> bytes:
    """An extension: its number, its length and its data."""
    return number.to_bytes(2, "big") + sized(2, data)


def sized(width: int, data: bytes) -> bytes:
    """A vector of TLS: its length in `width` bytes, and itself."""
    return len(data).to_bytes(width, "big") + data


def shuffle(parts: list[bytes], entropy: Entropy) -> list[bytes]:
    """The parts in random order, each order equally likely (Fisher and Yates)."""
    for place in range(len(parts) - 1, 0, -1):
        other = _below(place + 1, entropy)
        parts[place], parts[other] = parts[other], parts[place]
    return parts


def _below(bound: int, entropy: Entropy) -> int:
    """A uniform number below `bound`, which is at most 256; draws nothing if there is only one."""
    if bound == 1:
        return 0
    for _ in range(_MAX_DRAWS):
        (drawn,) = entropy(1)
        if drawn < 256 - 256 % bound:
            return drawn % bound
    raise LocalProtocolError("the entropy source gives no number below a bound")


def grease_values(drawn: bytes) -> list[int]:
    """A value of the form ?A?A for each place. Those of the two extensions differ, because no extension may come
    twice.
    """
    values = [byte & 0xF0 | 0x0A for byte in drawn]
    if values[Grease.FIRST_EXTENSION.value] == values[Grease.LAST_EXTENSION.value]:
        values[Grease.LAST_EXTENSION.value] ^= 0x10
    return [value << 8 | value for value in values]
