"""The helpers of the generated functions, one by one; elsewhere the interpreting codec hides their failures."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest

from sansio_tl.tl import runtime
from sansio_tl.tl.constants import FALSE, TRUE, VECTOR
from sansio_tl.tl.runtime import FastPathError


def written(write: Callable[[Any, Callable[[bytes], object]], object], value: object) -> bytes:
    parts: list[bytes] = []
    write(value, parts.append)
    return b"".join(parts)


def on_the_wire(data: bytes) -> bytes:
    """A string by the book: the head, the bytes, zeros up to a multiple of 4."""
    head = bytes([len(data)]) if len(data) < 254 else b"\xfe" + len(data).to_bytes(3, "little")
    return head + data + bytes(-(len(head) + len(data)) % 4)


SIZES = [0, 1, 2, 3, 4, 252, 253, 254, 255, 256, 257, 258, 0x10203]


@pytest.mark.parametrize("size", SIZES)
def test_strings_are_written_and_read_back(size: int) -> None:
    data = b"x" * size
    assert written(runtime.write_byte_string, data) == on_the_wire(data)
    assert written(runtime.write_string, data.decode()) == on_the_wire(data)
    assert runtime.get_bytes(b"head" + on_the_wire(data) + b"tail", 4) == (data, 4 + len(on_the_wire(data)))


@pytest.mark.parametrize("size", [size for size in SIZES if size >= 254])
def test_strings_of_254_bytes_and_more_are_read(size: int) -> None:
    wire = b"head" + on_the_wire(b"x" * size) + b"tail"
    assert runtime.long_bytes(wire, 4) == (b"x" * size, len(wire) - 4)
    assert runtime.long_text(wire, 4) == ("x" * size, len(wire) - 4)


def test_no_string_begins_with_ff() -> None:
    for read in (runtime.get_bytes, runtime.long_bytes, runtime.long_text):
        with pytest.raises(FastPathError):
            read(b"\xff" + bytes(300), 0)


def test_string_of_16_mib_is_refused() -> None:
    longest = (1 << 24) - 1
    parts: list[bytes] = []
    runtime.write_long_bytes(b"", longest, parts.append)
    assert parts[0] == b"\xfe\xff\xff\xff"
    with pytest.raises(OverflowError):
        runtime.write_long_bytes(b"", longest + 1, parts.append)


@pytest.mark.parametrize("value", [bytearray(b"x"), "x", None, memoryview(b"x")])
def test_objects_other_than_bytes_are_refused_as_bytes(value: Any) -> None:
    with pytest.raises(FastPathError):
        written(runtime.write_byte_string, value)
    with pytest.raises(FastPathError):
        runtime.raw_bytes(value, 1)


def test_raw_bytes_of_another_size_are_refused() -> None:
    assert runtime.raw_bytes(b"x" * 16, 16) == b"x" * 16
    for size in (15, 17):
        with pytest.raises(FastPathError):
            runtime.raw_bytes(b"x" * size, 16)


def test_objects_other_than_bools_are_refused_as_bool() -> None:
    assert (runtime.bool_bytes(True), runtime.bool_bytes(False)) == (TRUE, FALSE)
    assert runtime.set_bit(True, 8) == 8
    for value in (1, 0, None, "x"):
        with pytest.raises(FastPathError):
            runtime.bool_bytes(value)
        with pytest.raises(FastPathError):
            runtime.set_bit(value, 8)


def test_head_of_a_vector_counts_its_items() -> None:
    for count in (0, 1, 63, 64, 65, 1000):
        for items in ([None] * count, (None,) * count):
            assert runtime.fixed(items) == (None,) * count
            assert runtime.vector_head(runtime.fixed(items)) == struct.pack("<II", VECTOR, count)
            assert runtime.bare_vector_head(runtime.fixed(items)) == struct.pack("<I", count)
    for other in ("text", {1: 2}, None):
        with pytest.raises(FastPathError):
            runtime.fixed(other)


@pytest.mark.parametrize("least", [1, 4, 12])
def test_count_is_compared_with_the_bytes_that_are_left(least: int) -> None:
    for count in (0, 1, 2, 5):
        head = b"head" + struct.pack("<II", VECTOR, count)
        assert runtime.vector_count(head + bytes(count * least), 4, least) == (count, 12)
        assert runtime.bare_vector_count(head + bytes(count * least), 8, least) == (count, 12)
        if count:
            with pytest.raises(FastPathError):
                runtime.vector_count(head + bytes(count * least - 1), 4, least)
            with pytest.raises(FastPathError):
                runtime.bare_vector_count(head + bytes(count * least - 1), 8, least)
    with pytest.raises(FastPathError):
        runtime.vector_count(struct.pack("<II", VECTOR + 1, 0), 0, 4)


def test_vectors_of_numbers_are_read_and_written(monkeypatch: pytest.MonkeyPatch) -> None:
    for little in (True, False):
        monkeypatch.setattr(runtime, "LITTLE_ENDIAN", little)
        assert runtime.read_numbers(b"head" + struct.pack("<3i", -1, 2, 3), 4, 3, "i", 4) == ([-1, 2, 3], 16)
        assert runtime.read_numbers(b"head" + struct.pack("<2q", -1, 2), 4, 2, "q", 8) == ([-1, 2], 20)
        assert runtime.read_numbers(struct.pack("<1d", 0.5), 0, 1, "d", 8) == ([0.5], 8)
    assert runtime.pack_numbers((-1, 2), "q") == struct.pack("<2q", -1, 2)
