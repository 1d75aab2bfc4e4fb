"""MS15: what gzip_packed holds is bounded while it is inflated, and complete."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.errors import RemoteProtocolError
from sansio_tl.tl.gzip_packed import inflate

SIZE, RATIO = 1 << 24, 1032


@given(st.binary(max_size=500))
def test_inflate_reads_gzip_and_zlib(data: bytes) -> None:
    assert inflate(gzip.compress(data), SIZE, RATIO) == data
    assert inflate(zlib.compress(data), SIZE, RATIO) == data


def test_MS15_inflated_size_is_bounded() -> None:
    data = gzip.compress(bytes(1000))
    assert inflate(data, 1000, RATIO) == bytes(1000)
    with pytest.raises(RemoteProtocolError, match="MS15: compressed data inflates to more than 999 bytes"):
        inflate(data, 999, RATIO)


def test_MS15_inflated_size_is_bounded_by_the_ratio_to_the_input() -> None:
    data = gzip.compress(bytes(10_000))
    ratio = 10_000 // len(data) + 1
    assert inflate(data, SIZE, ratio) == bytes(10_000)
    with pytest.raises(RemoteProtocolError, match="MS15"):
        inflate(data, SIZE, ratio - 1)


def test_MS15_ratio_does_not_apply_to_4096_inflated_bytes() -> None:
    assert inflate(gzip.compress(bytes(4096)), SIZE, 1) == bytes(4096)
    with pytest.raises(RemoteProtocolError, match="MS15"):
        inflate(gzip.compress(bytes(4097)), SIZE, 1)


def test_MS15_memory_for_a_gzip_bomb_is_bounded() -> None:
    bomb = gzip.compress(bytes(1 << 26))
    tracemalloc.start()
    try:
        with pytest.raises(RemoteProtocolError, match="MS15"):
            inflate(bomb, 1 << 16, RATIO)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_MS15_truncated_compressed_data_is_refused() -> None:
    data = gzip.compress(b"some data that was packed")
    for cut in range(len(data)):
        with pytest.raises(RemoteProtocolError, match="MS15: (invalid )?compressed data"):
            inflate(data[:cut], SIZE, RATIO)


def test_MS15_damaged_compressed_data_is_refused() -> None:
    data = gzip.compress(b"some data that was packed")
    with pytest.raises(RemoteProtocolError, match="MS15: invalid compressed data"):
        inflate(data[:-8] + bytes(4) + data[-4:], SIZE, RATIO)
    with pytest.raises(RemoteProtocolError, match="MS15: invalid compressed data"):
        inflate(b"no such thing", SIZE, RATIO)


def test_MS15_bytes_after_the_compressed_data_are_refused() -> None:
    for compress in (gzip.compress, zlib.compress):
        with pytest.raises(RemoteProtocolError, match="MS15: 1 bytes follow the compressed data"):
            inflate(compress(b"data") + b"!", SIZE, RATIO)


@given(st.binary(max_size=100))
def test_MS15_random_bytes_are_inflated_or_refused(data: bytes) -> None:
    try:
        inflate(data, SIZE, RATIO)
    except RemoteProtocolError as error:
        assert error.check == "MS15"
