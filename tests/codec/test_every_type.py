"""TL7 over the whole schema: every constructor and function survives a round trip, and fast and slow agree on it.

The generated functions and the interpreting codec implement the same declarations. They must agree on random values of
every type, and on randomly damaged bytes.
"""

from __future__ import annotations

import contextlib
import os
import struct
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sansio_tl import DecodeError, EncodeError, Limits, TLObject, codec, from_json, to_json
from sansio_tl.codec.index import MODULE_OF
from sansio_tl.testing.strategies import values
from sansio_tl.tl.gzip_packed import GZIP_PACKED
from sansio_tl.tl.interpreted_decoder import InterpretedDecoder
from sansio_tl.tl.interpreted_encoder import InterpretedEncoder
from sansio_tl.tl.model import AnyType
from sansio_tl.tl.registry import Entry
from tests.helpers.codecs import Declined, compiled_alone

MODULES = sorted(set(MODULE_OF.values()))
EXAMPLES = int(os.environ.get("EXAMPLES", "1000"))


def entries(module: str) -> list[Entry]:
    """All of a module but gzip_packed, which is no value of its own: it stands for what is inside."""
    numbers = [number for number, path in MODULE_OF.items() if path == module and number != GZIP_PACKED]
    found = map(codec.coder.registry.by_id, numbers)
    return [entry for entry in found if entry is not None]


def walk(data: bytes) -> Any:
    return InterpretedDecoder(data, codec.coder.registry, Limits()).whole(AnyType())


@pytest.fixture(scope="module")
def alone(implementation: str) -> Any:
    """The compiled codec with nothing behind it, or None for the generated functions."""
    return compiled_alone() if implementation == "c" else None


def fast(data: bytes, alone: Any) -> Any:
    """What the fast functions alone make of the bytes; None where they give up."""
    if alone is not None:
        with contextlib.suppress(Declined):
            return alone.decode(data)
        return None
    try:
        value, end = codec.coder.tables.decoders("")[data[:4]](data, 4, Limits().max_depth)
    except Exception:  # noqa: BLE001  they fail by whatever is nearest
        return None
    return value if end == len(data) else None


def survives(value: TLObject) -> None:
    """And nothing in it is left to a slower codec, save a text that was cut inside a character."""
    calls = getattr(codec.decode, "__self__", None)
    before = codec.coder.pure.interpreted, getattr(calls, "declined", 0)
    data = codec.encode(value)
    assert InterpretedEncoder(codec.coder.registry).whole(AnyType(), value) == data
    assert codec.decode(data) == value
    assert (codec.coder.pure.interpreted, getattr(calls, "declined", 0)) == before or has_cut_text(value)
    assert walk(data) == value
    assert repr(value).startswith(type(value).__name__)


def has_cut_text(value: object) -> bool:
    match value:
        case str():
            return any("\udc80" <= character <= "\udcff" for character in value)
        case list() | tuple():
            return any(map(has_cut_text, value))
        case TLObject():
            return any(has_cut_text(getattr(value, name)) for name in value.__struct_fields__)
        case _:
            return False


def check_module(module: str, examples: int) -> None:
    quiet = settings(max_examples=examples, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    for entry in entries(module):
        quiet(given(values(entry.cls))(survives))()


@pytest.mark.parametrize("module", MODULES)
def test_TL7_every_constructor_and_function_survives_a_round_trip(module: str) -> None:
    check_module(module, examples=2)


@pytest.mark.long
@pytest.mark.timeout(0)
@pytest.mark.parametrize("module", MODULES)
def test_TL7_every_constructor_and_function_survives_a_thousand_round_trips(module: str) -> None:
    check_module(module, examples=EXAMPLES)


@given(values(size=60))
def test_TL7_large_values_survive_a_round_trip(value: TLObject) -> None:
    survives(value)


@given(values())
def test_random_values_round_trip_through_json(value: TLObject) -> None:
    assert from_json(to_json(value)) == value


@given(values(), st.data())
def test_fast_and_interpreting_codec_agree_on_damaged_bytes(alone: Any, value: TLObject, data: st.DataObject) -> None:
    damaged = bytearray(codec.encode(value))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) // 4 - 1)) * 4
        damaged[at : at + 4] = struct.pack("<I", data.draw(st.sampled_from(WORDS) | st.integers(0, 300)))
    agree(bytes(damaged[: data.draw(st.integers(4, len(damaged)))]), alone)


@given(st.sampled_from(sorted(MODULE_OF)), st.binary(max_size=200))
def test_fast_and_interpreting_codec_agree_on_random_bytes(alone: Any, number: int, tail: bytes) -> None:
    agree(struct.pack("<I", number) + tail, alone)


WORDS = [0, 1, 0x1CB5C415, 0x997275B5, 0xBC799737, 0xFF, 0xFE, 0xFFFFFFFF, *MODULE_OF]


def agree(data: bytes, alone: Any) -> None:
    """The interpreting codec accepts the same values as the fast functions, and explains what they refuse."""
    found = fast(data, alone)
    try:
        expected = walk(data)
    except DecodeError:
        assert found is None
        return
    if found is not None:
        # Compared as bytes, because a not-a-number differs from itself.
        assert type(found) is type(expected)
        assert codec.encode(found) == codec.encode(expected)


@given(values(), st.data())
def test_fast_and_interpreting_codec_agree_on_wrong_values(alone: Any, value: TLObject, data: st.DataObject) -> None:
    names = type(value).__struct_fields__
    if not names:
        return
    wrong = st.sampled_from(
        [None, True, False, 0, 1, 1 << 31, 1 << 63, 0.5, "", "\ud800", b"", bytes(16), [], [None], ()]
    )
    fields = {name: getattr(value, name) for name in names}
    fields[data.draw(st.sampled_from(names))] = data.draw(wrong | st.just(value))
    damaged = type(value)(**fields)
    parts: list[bytes] = []
    try:
        if alone is not None:
            parts = [alone.encode(damaged)]
        else:
            codec.coder.tables.encoders("")[type(damaged)](damaged, parts.append)
    except Exception:  # noqa: BLE001  the fast functions fail by whatever is nearest
        parts = []
    try:
        expected = InterpretedEncoder(codec.coder.registry).whole(AnyType(), damaged)
    except EncodeError:
        assert not parts
        return
    if parts:
        assert b"".join(parts) == expected
