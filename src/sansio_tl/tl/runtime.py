"""What the generated codec functions call: the built-in types on the wire, little endian, padded to 4 bytes.

Readers take the bytes and a position and return the value and the next position. They may run past the end, because
Python cuts slices silently: positions only grow, so one comparison of the last position with the length detects it.
Counts are compared with the remaining bytes before anything is allocated (TL1).

Errors here are exceptions of any kind. The interpreting decoder then decodes the input again and reports what is wrong.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from functools import cache
from typing import Any, Literal, TypeAlias

from sansio_tl.tl.constants import BOOL, FALSE, TRUE, VECTOR  # noqa: F401  the functions take BOOL from here
from sansio_tl.tl.tables import Write

Number: TypeAlias = Literal["i", "q", "d"]
"""int, long, double as the struct module calls them."""

_HEADS = [bytes((n,)) for n in range(254)]
_PADS = (b"", b"\0\0\0", b"\0\0", b"\0")
"""Padding by length % 4."""
LITTLE_ENDIAN = sys.byteorder == "little"


class FastPathError(Exception):
    """An error on the fast path; the interpreting codec reports the cause."""


@cache
def unpacker(layout: str) -> Callable[[bytes, int], tuple[Any, ...]]:
    """Reads a run of fields of fixed width."""
    return struct.Struct(layout).unpack_from


@cache
def packer(layout: str) -> Callable[..., bytes]:
    """Writes a run of fields of fixed width."""
    return struct.Struct(layout).pack


_count = unpacker("<II")
_utf8 = str.encode


# Reading


def long_bytes(b: bytes, p: int) -> tuple[bytes, int]:
    """A string of 254 bytes or more: fe, its length in 3 bytes, the bytes. ff is invalid (TL2)."""
    if b[p] != 254:
        raise FastPathError
    q = p + 4 + (b[p + 1] | b[p + 2] << 8 | b[p + 3] << 16)
    return b[p + 4 : q], q + 3 & -4


def get_bytes(b: bytes, p: int) -> tuple[bytes, int]:
    """A string of any length."""
    n = b[p]
    if n >= 254:
        return long_bytes(b, p)
    q = p + 1 + n
    return b[p + 1 : q], q + 3 & -4


def long_text(b: bytes, p: int) -> tuple[str, int]:
    """The same, decoded."""
    data, p = long_bytes(b, p)
    return data.decode(), p


def vector_count(b: bytes, p: int, least: int) -> tuple[int, int]:
    """The head of a boxed vector whose items take at least `least` bytes each (TL1)."""
    vector, n = _count(b, p)
    p += 8
    if vector != VECTOR or n * least > len(b) - p:
        raise FastPathError
    return n, p


def bare_vector_count(b: bytes, p: int, least: int) -> tuple[int, int]:
    """The head of a bare vector."""
    n = int.from_bytes(b[p : p + 4], "little")
    p += 4
    if n * least > len(b) - p:
        raise FastPathError
    return n, p


def read_numbers(b: bytes, p: int, n: int, code: Number, size: int) -> tuple[list[Any], int]:
    """`n` fixed-width items at once: `i`, `q` or `d`."""
    q = p + n * size
    if LITTLE_ENDIAN:
        return memoryview(b)[p:q].cast(code).tolist(), q
    return list(struct.unpack_from(f"<{n}{code}", b, p)), q


# Writing


def write_string(value: str, w: Write) -> None:
    """A string."""
    data = _utf8(value)
    n = len(data)
    if n < 254:
        w(_HEADS[n] + data + _PADS[n + 1 & 3])
    else:
        write_long_bytes(data, n, w)


def write_byte_string(data: bytes, w: Write) -> None:
    """A byte string."""
    if type(data) is not bytes:
        raise FastPathError
    n = len(data)
    if n < 254:
        w(_HEADS[n] + data + _PADS[n + 1 & 3])
    else:
        write_long_bytes(data, n, w)


def write_long_bytes(data: bytes, n: int, w: Write) -> None:
    """A string of 254 bytes or more. For 2^24 bytes and more the head exceeds 4 bytes: OverflowError."""
    w((n << 8 | 254).to_bytes(4, "little"))
    w(data)
    w(_PADS[n & 3])


def bool_bytes(value: object) -> bytes:
    """A Bool: exactly True or False (TL10)."""
    if value is True:
        return TRUE
    if value is False:
        return FALSE
    raise FastPathError


def raw_bytes(data: bytes, size: int) -> bytes:
    """int128 and int256: raw bytes in the order given."""
    if type(data) is not bytes or len(data) != size:
        raise FastPathError
    return data


def set_bit(value: object, mask: int) -> int:
    """The bit of a `true` field that is not False: only True sets it (TL10)."""
    if value is not True:
        raise FastPathError
    return mask


_HEAD_OF = [struct.pack("<II", VECTOR, n) for n in range(64)]
_BARE_HEAD_OF = [struct.pack("<I", n) for n in range(64)]


def fixed(items: object) -> tuple[Any, ...]:
    """The items of a vector as they are now: the list may change while it is encoded, in another thread.

    Only lists and tuples are accepted: a str would pass for a list of strings (TL10).
    """
    if not (type(items) is list or type(items) is tuple):
        raise FastPathError
    return tuple(items)


def vector_head(items: tuple[Any, ...]) -> bytes:
    """The head of a boxed vector."""
    n = len(items)
    return _HEAD_OF[n] if n < 64 else struct.pack("<II", VECTOR, n)


def bare_vector_head(items: tuple[Any, ...]) -> bytes:
    """The head of a bare vector."""
    n = len(items)
    return _BARE_HEAD_OF[n] if n < 64 else struct.pack("<I", n)


def pack_numbers(items: tuple[Any, ...], code: str) -> bytes:
    """Fixed-width items at once: `i`, `q` or `d`."""
    return struct.pack(f"<{len(items)}{code}", *items)
