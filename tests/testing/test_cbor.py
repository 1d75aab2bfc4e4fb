from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.testing import cbor

WHOLE = st.integers(-(1 << 64), (1 << 64) - 1)
SCALARS = WHOLE | st.binary(max_size=300) | st.text(max_size=80)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WHOLE | st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@given(VALUES)
def test_cbor_values_round_trip(value: Any) -> None:
    assert cbor.decode(cbor.encode(value)) == value


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (0, "00"),
        (23, "17"),
        (24, "1818"),
        (1000, "1903e8"),
        (1_000_000, "1a000f4240"),
        (18446744073709551615, "1bffffffffffffffff"),
        (-1, "20"),
        (-1000, "3903e7"),
        (b"\1\2\3\4", "4401020304"),
        ("IETF", "6449455446"),
        ("\u00fc", "62c3bc"),
        ([1, [2, 3], [4, 5]], "8301820203820405"),
        ({1: 2, 3: 4}, "a201020304"),
        ({"a": 1, "b": [2, 3]}, "a26161016162820203"),
    ],
)
def test_cbor_matches_the_examples_of_rfc_8949(value: Any, data: str) -> None:
    assert cbor.encode(value).hex() == data
    assert cbor.decode(bytes.fromhex(data)) == value


@pytest.mark.parametrize(
    "data",
    [
        "18",
        "1b00",
        "44010203",
        "62c3",
        "62ffff",
        "8101ff",
        "81",
        "a101",
        "a14000",
        "9f00ff",
        "f4",
        "c100",
        "0000",
        "8181818181818181818100",
        "9bffffffffffffffff",
        "5bffffffffffffffff",
    ],
)
def test_invalid_cbor_is_refused(data: str) -> None:
    with pytest.raises(cbor.CborError):
        cbor.decode(bytes.fromhex(data))


@given(st.binary(max_size=60))
def test_random_bytes_are_decoded_or_refused(data: bytes) -> None:
    with contextlib.suppress(cbor.CborError):
        cbor.decode(data)


def test_empty_input_is_refused() -> None:
    with pytest.raises(cbor.CborError):
        cbor.decode(b"")


def test_encoding_an_unsupported_value_is_refused() -> None:
    for value in (1.5, None, object(), 1 << 64):
        with pytest.raises(cbor.CborError):
            cbor.encode(value)


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (0, "00"),
        (23, "17"),
        (24, "1818"),
        (255, "18ff"),
        (256, "190100"),
        (65535, "19ffff"),
        (65536, "1a00010000"),
        ((1 << 32) - 1, "1affffffff"),
        (1 << 32, "1b0000000100000000"),
        ((1 << 64) - 1, "1bffffffffffffffff"),
        (-1, "20"),
        (-24, "37"),
        (-25, "3818"),
        (-256, "38ff"),
        (-257, "390100"),
        (b"\xff", "41ff"),
        (bytes(24), "5818" + "00" * 24),
        ("é", "62c3a9"),
        ([1, [2]], "82018102"),
        ({1: 2, "a": b""}, "a20102616140"),
    ],
)
def test_shortest_encoding_is_written_and_decoding_starts_at_any_offset(value: object, data: str) -> None:
    written = bytes.fromhex(data)
    assert cbor.encode(value) == written
    assert cbor.decode(written) == value
    assert cbor.decode_prefix(b"??" + written + b"??", 2) == (value, 2 + len(written))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("", "the data ends inside a value"),
        ("18", "the data ends inside a value"),
        ("1900", "the data ends inside a value"),
        ("42ff", "the data ends inside a value"),
        ("62c3", "the data ends inside a value"),
        ("61c3", "a text is not UTF-8"),
        ("8201", "the data ends inside a value"),
        ("a101", "the data ends inside a value"),
        ("0000", "unexpected bytes after the value"),
        ("1c", "indefinite lengths are not supported"),
        ("9fff", "indefinite lengths are not supported"),
        ("c100", "unsupported major type 6"),
        ("f4", "unsupported major type 7"),
        ("a14000", "invalid map key: expected a number or a text"),
        ("a201004000", "invalid map key: expected a number or a text"),
    ],
)
def test_decode_error_names_the_reason(data: str, why: str) -> None:
    with pytest.raises(cbor.CborError, match=why):
        cbor.decode(bytes.fromhex(data))


def test_nesting_above_eight_levels_is_refused() -> None:
    assert cbor.decode(bytes.fromhex("81" * 8 + "00")) == [[[[[[[[0]]]]]]]]
    assert cbor.decode(bytes.fromhex("a100" * 8 + "00"))
    for nested in ("81", "a100"):
        with pytest.raises(cbor.CborError, match="nested too deeply"):
            cbor.decode(bytes.fromhex(nested * 9 + "00"))


def test_encode_error_names_the_reason() -> None:
    with pytest.raises(cbor.CborError, match="cannot encode float as CBOR"):
        cbor.encode(1.5)
    for value in (1 << 64, -1 - (1 << 64)):
        with pytest.raises(cbor.CborError, match="more than 64 bits"):
            cbor.encode(value)
