"""The shape of a ClientHello as data: what fake TLS imitates, without code.

    HelloProfile
      cipher_suites   fields of two bytes
      extensions      in this order, except inside Shuffled: there in random order
      padded_size     filled up to this size by the padding extension (RFC 7685)

A field is constant bytes, or one of:

    Grease(...)       ?A?A: chosen for each hello, the same wherever a hello uses the same place (RFC 8701)
    Drawn(...)        a value made for each hello: the host name, a key of a key exchange
    RandomBytes(...)  random bytes, in one of several sizes
    TlsVector(...)       other fields behind their length

`hello_profiles` has the profiles, `tls_hello` writes hellos from them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from sansio_tl.errors.protocol import LocalProtocolError

MAX_HELLO_SIZE: Final = 4096
"""Size of the largest ClientHello that is sent or accepted, with its record header. Those of browsers have about 2,000
bytes."""

_MAX_RECORD: Final = (1 << 14) + 256
"""Of an encrypted record. RFC 8446, 5.2"""


class Grease(Enum):
    """The places in which browsers send GREASE. Each has its own value; those of the two extensions differ."""

    CIPHER_SUITE = 0
    GROUP = 1
    FIRST_EXTENSION = 2
    LAST_EXTENSION = 3
    VERSION = 4


class Drawn(Enum):
    """A value that is made for each hello."""

    HOST = "the host name of the proxy secret"
    X25519_KEY = "a public key of X25519: 32 bytes"
    ML_KEM_768_KEY = "an encapsulation key of ML-KEM-768: 1,184 bytes"


@dataclass(frozen=True, slots=True)
class RandomBytes:
    """Random bytes; each of the sizes is equally likely."""

    sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TlsVector:
    """Fields behind their total length, which takes `width` bytes."""

    width: int
    fields: tuple[Field, ...]


Field: TypeAlias = bytes | Grease | Drawn | RandomBytes | TlsVector


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension: its number, or a GREASE one, and its fields."""

    number: int | Grease
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Shuffled:
    """Extensions in an order that is random for each hello."""

    extensions: tuple[Extension, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HelloProfile:
    """The shape of a ClientHello, and the size of the records after it."""

    name: str
    cipher_suites: tuple[bytes | Grease, ...]
    extensions: tuple[Extension | Shuffled, ...]
    padded_size: int = 0
    """Size of the whole record, to which the padding extension fills it up; 0 for none."""
    max_record: int
    """Largest number of bytes in a data record of the client."""

    def __post_init__(self) -> None:
        """Raises LocalProtocolError for a shape that no hello can have."""
        numbers = [extension.number for extension in self._all()]
        if len(numbers) != len(set(numbers)):
            raise LocalProtocolError(f"invalid hello profile {self.name!r}: an extension comes twice")
        if not 0 <= self.padded_size <= MAX_HELLO_SIZE:
            raise LocalProtocolError(
                f"invalid hello profile {self.name!r}: found a padded size of {self.padded_size}, expected at most "
                f"{MAX_HELLO_SIZE}"
            )
        if not 64 <= self.max_record <= _MAX_RECORD:
            # Proxies expect the 64 bytes of the obfuscated2 header in the first record.
            raise LocalProtocolError(
                f"invalid hello profile {self.name!r}: found records of {self.max_record} bytes, expected 64 to "
                f"{_MAX_RECORD}"
            )

    def __repr__(self) -> str:
        return f"HelloProfile({self.name!r})"

    def _all(self) -> Iterator[Extension]:
        for part in self.extensions:
            yield from part.extensions if isinstance(part, Shuffled) else (part,)
