"""The tables of codecs: what the generated functions encode and decode without the interpreting codec."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import Schema, codec, functions, types
from sansio_tl.codec.builtin import BuiltinCodecSource
from sansio_tl.tl.errors import DecodeError, EncodeError
from sansio_tl.tl.gzip_packed import GZIP_PACKED
from sansio_tl.tl.model import AnyType, Boxed
from sansio_tl.tl.pure_codec import PureCodec
from sansio_tl.tl.tables import ANYTHING, Codec, Tables

_SALT = types.mtproto.FutureSalt(1, 2, 3)
_SALTS = types.mtproto.FutureSalts(5, 6, [_SALT, _SALT])


@pytest.fixture
def tables() -> Tables:
    return Tables(BuiltinCodecSource())


def test_bare_constructor_is_encoded_without_its_id(tables: Tables) -> None:
    parts: list[bytes] = []
    tables.bare_encoders("mtproto.future_salt")[type(_SALT)](_SALT, parts.append)
    assert b"".join(parts) == codec.encode(_SALT)[4:]


def test_bare_constructor_is_decoded_without_its_id(tables: Tables) -> None:
    data = codec.encode(_SALT)
    assert tables.bare_decoders["mtproto.future_salt"](data, 4, 10) == (_SALT, len(data))


def test_other_class_has_no_bare_encoder(tables: Tables) -> None:
    with pytest.raises(KeyError):
        tables.bare_encoders("mtproto.future_salt")[types.mtproto.Pong]


def test_constructor_without_a_bare_use_has_no_bare_encoder(tables: Tables) -> None:
    assert BuiltinCodecSource().by_class(types.mtproto.Pong).encode_bare is None
    with pytest.raises(KeyError):
        tables.bare_encoders("mtproto.pong")[types.mtproto.Pong]


@pytest.mark.parametrize("value", [_SALTS, types.UpdatesTooLong(), types.mtproto.Pong(1, 2)])
def test_value_is_found_in_the_tables_of_its_type_and_of_all_types(tables: Tables, value: Any) -> None:
    data = codec.encode(value)
    known = BuiltinCodecSource().by_class(type(value))
    for name in (known.type_name, ANYTHING):
        assert tables.decoders(name)[data[:4]](data, 4, 10) == (value, len(data))
        parts: list[bytes] = []
        tables.encoders(name)[type(value)](value, parts.append)
        assert b"".join(parts) == data
    for missing in ("Bool", "auth.SentCode"):
        with pytest.raises(KeyError):
            tables.decoders(missing)[data[:4]]
        with pytest.raises(KeyError):
            tables.encoders(missing)[type(value)]


def test_gzip_packed_has_no_decoder(tables: Tables) -> None:
    with pytest.raises(KeyError):
        tables.decoders(ANYTHING)[GZIP_PACKED.to_bytes(4, "little")]


def test_codec_is_searched_once_for_each_table() -> None:
    class CountingSource:
        def __init__(self) -> None:
            self.inner = BuiltinCodecSource()
            self.searched = 0

        def by_key(self, key: bytes) -> Codec:
            self.searched += 1
            return self.inner.by_key(key)

        def by_class(self, cls: type) -> Codec:
            self.searched += 1
            return self.inner.by_class(cls)

        def by_name(self, name: str) -> Codec:
            self.searched += 1
            return self.inner.by_name(name)

    source = CountingSource()
    tables = Tables(source)
    data = codec.encode(_SALTS)
    for _ in range(3):
        assert tables.decoders("mtproto.FutureSalts")[data[:4]] is not None
        assert tables.encoders("mtproto.FutureSalts")[type(_SALTS)] is not None
        assert tables.bare_encoders("mtproto.future_salt")[type(_SALT)] is not None
        assert tables.bare_decoders["mtproto.future_salt"] is not None
    assert source.searched == 4


def test_each_call_left_to_the_interpreting_codec_is_counted_once(tables: Tables) -> None:
    pure = PureCodec(tables, codec.coder.registry)
    pure.decode(pure.encode(_SALTS))
    result = types.NearestDc("DE", 1, 2)
    pure.decode_result(functions.help.GetNearestDc, pure.encode_result(functions.help.GetNearestDc, result))
    assert pure.interpreted == 0
    with pytest.raises(DecodeError):
        pure.decode(codec.encode(_SALTS)[:-4])
    assert pure.interpreted == 1
    with pytest.raises(EncodeError):
        pure.encode(types.mtproto.Pong("1", 2))  # type: ignore[arg-type]
    assert pure.interpreted == 2
    with pytest.raises(DecodeError):
        pure.decode_result(functions.help.GetNearestDc, codec.encode(result)[:-4])
    assert pure.interpreted == 3
    with pytest.raises(EncodeError):
        pure.encode_result(functions.help.GetNearestDc, _SALT)
    assert pure.interpreted == 4


def test_result_of_a_generic_function_without_its_query_is_any_value(tables: Tables) -> None:
    pure = PureCodec(tables, codec.coder.registry)
    pong = types.mtproto.Pong(1, 2)
    assert pure.result_type(functions.InvokeWithLayer) == AnyType()
    assert pure.decode_result(functions.InvokeWithLayer, codec.encode(pong)) == pong
    assert pure.encode_result(functions.InvokeWithLayer, pong) == codec.encode(pong)
    assert pure.interpreted == 0
    query: functions.InvokeWithLayer[Any] = functions.InvokeWithLayer(layer=1, query=functions.help.GetNearestDc())
    assert pure.result_type(query) == Boxed("NearestDc")
    with pytest.raises(DecodeError, match="expected NearestDc"):
        pure.decode_result(query, codec.encode(pong))


def test_results_of_each_kind_are_encoded_without_the_interpreting_codec() -> None:
    schema = Schema.parse(
        "pair a:int b:long = Pair;\nbox of:pair = Box;\n---functions---\n"
        "many = Vector<pair>;\nflag = Bool;\nnumbers = Vector<long>;\n"
        "boxed = Pair;"
    )
    pair, ask, pure = schema.types.Pair(1, 2), schema.functions, schema.coder.pure
    results: list[tuple[Any, object]] = [
        (ask.Many, [pair, pair]),
        (ask.Flag, True),
        (ask.Numbers, [1, -2]),
        (ask.Boxed, pair),
    ]
    for function, result in results:
        assert pure.decode_result(function, pure.encode_result(function, result)) == result
        assert pure.interpreted == 0, function
