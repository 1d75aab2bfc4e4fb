"""The buffer under the framings gives back what went in, whatever the order of appends and takes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.framing.buffer import ReceiveBuffer

pieces = st.binary(max_size=20) | st.integers(0, 255).map(lambda byte: bytes([byte]) * 5000)
takes = st.tuples(st.integers(0, 9), st.integers(0, 9) | st.integers(0, 12000))
peeks = st.integers(0, 9)


@given(st.lists(pieces | takes | peeks))
def test_it_behaves_like_bytes(steps: list[bytes | tuple[int, int] | int]) -> None:
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


def test_a_mutable_piece_may_be_reused_by_its_owner() -> None:
    buffer, piece = ReceiveBuffer(), bytearray(b"first")
    buffer.append(piece)
    piece[:] = b"other"
    assert buffer.take(5) == b"first"
