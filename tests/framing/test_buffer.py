"""The buffer of the framings returns the appended bytes in any order of appends and takes."""

from __future__ import annotations

import tracemalloc
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.framing.buffer import ReceiveBuffer

pieces = st.binary(max_size=20) | st.integers(0, 255).map(lambda byte: bytes([byte]) * 5000)
takes = st.tuples(st.integers(0, 9), st.integers(0, 9) | st.integers(0, 12000))
peeks = st.integers(0, 9)


@given(st.lists(pieces | takes | peeks))
def test_buffer_returns_the_same_bytes_as_a_bytes_object(steps: list[bytes | tuple[int, int] | int]) -> None:
    buffer, model = ReceiveBuffer(), b""
    for step in steps:
        match step:
            case bytes():
                buffer.append(step)
                model += step
            case int():
                assert buffer.peek(step) == model[:step]
            case (skip, size) if skip + size <= len(model):
                assert buffer.take_after(skip, size) == model[skip : skip + size]
                model = model[skip + size :]
        assert buffer.size == len(model)
    assert buffer.take(buffer.size) == model


def test_buffer_copies_a_bytearray() -> None:
    buffer, piece = ReceiveBuffer(), bytearray(b"first")
    buffer.append(piece)
    piece[:] = b"other"
    assert buffer.take(5) == b"first"


@pytest.mark.parametrize("sizes", list(product((3, 5000), repeat=4)))
def test_take_across_appended_pieces_returns_their_bytes(sizes: tuple[int, ...]) -> None:
    pieces = [bytes([number]) * size for number, size in enumerate(sizes, 1)]
    whole = b"".join(pieces)
    ends = [sum(sizes[: count + 1]) for count in range(4)]
    for taken, skip in product((0, 1, 4), (0, 1, 4, 5001)):
        for end in (end + step for end in ends for step in (-1, 0, 1)):
            if not taken + skip <= end <= len(whole):
                continue
            buffer = ReceiveBuffer()
            for piece in pieces:
                buffer.append(piece)
            assert buffer.take(taken) == whole[:taken]
            assert buffer.take_after(skip, end - skip - taken) == whole[taken + skip : end]
            assert buffer.size == len(whole) - end
            buffer.append(b"more")
            assert buffer.peek(4) == (whole + b"more")[end : end + 4]
            assert buffer.take(buffer.size) == whole[end:] + b"more"


def test_emptied_buffer_releases_its_memory() -> None:
    buffer = ReceiveBuffer()
    tracemalloc.start()
    try:
        for _ in range(3):
            buffer.append(bytes(100_000))
        buffer.take(150_000)
        buffer.take(150_000)
        assert tracemalloc.get_traced_memory()[0] < 10_000
    finally:
        tracemalloc.stop()
