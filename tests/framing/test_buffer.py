"""The buffer under the framings gives back what went in, whatever the order of appends and takes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.framing.buffer import ReceiveBuffer


@given(st.lists(st.binary(max_size=20) | st.tuples(st.integers(0, 9), st.integers(0, 9))))
def test_it_behaves_like_bytes(steps: list[bytes | tuple[int, int]]) -> None:
    buffer, model = ReceiveBuffer(), b""
    for step in steps:
        if isinstance(step, bytes):
            buffer.append(step)
            model += step
        elif sum(step) <= len(model):
            skip, size = step
            assert buffer.peek(size) == model[:size]
            assert buffer.take_after(skip, size) == model[skip : skip + size]
            model = model[skip + size :]
        assert len(buffer) == len(model)
        assert buffer.peek(len(model) + 1) == model


def test_a_mutable_piece_may_be_reused_by_its_owner() -> None:
    buffer, piece = ReceiveBuffer(), bytearray(b"first")
    buffer.append(piece)
    piece[:] = b"other"
    assert buffer.take(5) == b"first"
