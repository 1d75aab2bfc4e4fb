"""Serialized values, and what is none, for both sides of the suite: made by hand, so that any byte can be wrong."""

from __future__ import annotations

import zlib
from struct import pack
from typing import Final

from sansio_tl import types

UNKNOWN: Final = b"\x01\x02\x03\x04"
"""A constructor that no schema has."""
LONGEST_SHORT: Final = 253
"""Bytes of the longest string that has its length in one byte."""
_GZIP_PACKED = types.mtproto.GzipPacked.ID.to_bytes(4, "little")
_RAW_DEFLATE = -15
_NO_LENGTH = 255
"""A first byte that no string has."""


def string(data: bytes) -> bytes:
    """A string."""
    is_short = len(data) <= LONGEST_SHORT
    head = bytes([len(data)]) if is_short else b"\xfe" + len(data).to_bytes(3, "little")
    return head + data + bytes(-(len(head) + len(data)) % 4)


def gzip_beyond_data(value: bytes) -> bytes:
    """gzip_packed whose string claims 8 bytes more than there are. The compressed value has less than 240 bytes.

    The string needs no padding, so that a parser which takes what there is finds nothing after the compressed data.
    """
    data = _gzip(value)
    data = _gzip(value, -(1 + len(data)) % 4)
    return _GZIP_PACKED + bytes([len(data) + 8]) + data


def gzip_of_zeros(mebibytes: int) -> bytes:
    """gzip_packed with so many MiB of zeros, made in a fraction of a second: the suite does nothing else meanwhile."""
    zeros = bytes(1 << 20)
    packer = zlib.compressobj(wbits=_RAW_DEFLATE)
    block = packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = 0
    for _ in range(mebibytes):
        checksum = zlib.crc32(zeros, checksum)
    tail = packer.flush() + pack("<II", checksum, mebibytes << 20)
    return _GZIP_PACKED + string(b"\x1f\x8b\x08\0" + bytes(6) + block * mebibytes + tail)


def gzip_head_of_255(value: bytes) -> bytes:
    """gzip_packed whose string begins with 255 in place of 254, with a length of three bytes after it."""
    data = _gzip(value)
    return _GZIP_PACKED + bytes([_NO_LENGTH]) + len(data).to_bytes(3, "little") + data + bytes(-len(data) % 4)


def _gzip(data: bytes, name_size: int = 0) -> bytes:
    """A gzip file; a file name of that size makes it longer."""
    packer = zlib.compressobj(wbits=_RAW_DEFLATE)
    packed = packer.compress(data) + packer.flush() + pack("<II", zlib.crc32(data), len(data))
    return b"\x1f\x8b\x08\x08" + bytes(6) + b"f" * name_size + b"\0" + packed
