"""Schemas at run time: classes and codec of any text, with the behaviour of the shipped ones."""

from __future__ import annotations

import contextlib
import gzip
import struct
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sansio_tl
from sansio_tl import DecodeError, EncodeError, Schema, SchemaError, Unknown, codec
from sansio_tl.codec.index import MODULE_OF
from sansio_tl.testing.strategies import values
from sansio_tl.tl.gzip_packed import GZIP_PACKED
from sansio_tl.tl.interpreted_encoder import InterpretedEncoder
from sansio_tl.tl.model import AnyType

SHIPPED = (Path(sansio_tl.__file__).parent / "schema" / "api.tl").read_text(encoding="utf-8")

TEXT = """
auth.sentCode#5e002502 flags:# phone_registered:flags.0?true type:auth.SentCodeType phone_code_hash:string
    next_type:flags.1?auth.CodeType timeout:flags.2?int = auth.SentCode;
auth.sentCodeTypeApp#3dbb5986 length:int = auth.SentCodeType;
everything a:int b:long c:double d:int128 e:int256 f:string g:bytes h:Bool i:Object j:#  k:vector<pair> l:%Sole
    m:Vector<Vector<int>> n:Vector<int128> o:Vector<Bool> p:vector<string> from:Vector<bytes> w:# x:w.3?Vector<pair>
    y:w.3?true z:w.31?Bool = Everything;
pair a:int b:Sole = Pair;
sole x:Vector<long> = Sole;
tree flags:# left:flags.0?Tree right:flags.1?Tree = Tree;
codec from:int = Write;
---functions---
auth.sendCode#a677244f phone_number:string = auth.SentCode;
wrap {X:Type} tag:string query:!X = X;
lists = Vector<vector<int>>;
// LAYER 70
"""


pytestmark = pytest.mark.usefixtures("implementation")


@pytest.fixture(scope="module")
def schema(implementation: str) -> Schema:  # each has a schema of its own
    return Schema.parse(TEXT)


def test_parsed_schema_has_types_functions_and_a_layer(schema: Schema) -> None:
    assert schema.layer == 70
    assert repr(schema) == "<Schema: layer 70, 7 constructors, 3 functions>"
    assert dir(schema.types) == [
        "Codec", "Everything", "Pair", "Sole", "Tree", "TypeEverything", "TypePair", "TypeSole", "TypeTree",
        "TypeWrite", "auth",
    ]  # fmt: skip
    assert dir(schema.functions.auth) == ["SendCode"]
    assert isinstance(schema.types.auth.SentCodeTypeApp(5), schema.types.auth.TypeSentCodeType)
    assert schema.types.auth.SentCode.ID == 0x5E002502
    assert schema.types.auth.SentCode.NAME == "auth.sentCode"
    assert schema.types.auth.SentCode is schema.types.auth.SentCode
    for namespace in (schema.types, schema.types.auth, schema.functions):
        with pytest.raises(AttributeError):
            namespace.Nothing  # noqa: B018


def test_boxed_type_of_a_parsed_schema_is_the_union_of_its_classes() -> None:
    parsed = Schema.parse("first x:int = Kind;\nsecond = Kind;\nthird = Kind;\nother = Other;").types
    assert parsed.TypeKind == parsed.First | parsed.Second | parsed.Third
    assert parsed.TypeOther is parsed.Other


def test_values_of_a_parsed_schema_behave_like_the_shipped_ones(schema: Schema) -> None:
    sent = schema.types.auth.SentCode(schema.types.auth.SentCodeTypeApp(length=5), "secret", timeout=5)
    assert repr(sent) == "SentCode(type=SentCodeTypeApp(length=5), phone_code_hash=***, timeout=5)"
    with pytest.raises(AttributeError):
        sent.timeout = 6
    assert schema.from_json(schema.to_json(sent)) == sent
    assert schema.decode_result(schema.functions.auth.SendCode, schema.encode(sent)) == sent


def test_flag_bits_are_read_as_the_schema_in_use_declares_them(schema: Schema) -> None:
    sent = schema.types.auth.SentCode(schema.types.auth.SentCodeTypeApp(length=5), "hash", phone_registered=True)
    data = schema.encode(sent)
    assert schema.decode(data).phone_registered is True  # type: ignore[attr-defined]
    assert codec.decode(data) == sansio_tl.types.auth.SentCode(sansio_tl.types.auth.SentCodeTypeApp(length=5), "hash")


def test_value_of_another_schema_is_refused(schema: Schema) -> None:
    with pytest.raises(EncodeError, match="expected a TL value of this schema, found SentCodeTypeApp"):
        schema.encode(sansio_tl.types.auth.SentCodeTypeApp(length=5))
    with pytest.raises(EncodeError, match="expected a TL value of this schema, found SentCodeTypeApp"):
        codec.encode(schema.types.auth.SentCodeTypeApp(length=5))


@pytest.mark.parametrize("name", ["Everything", "Tree", "Pair", "Codec"])
def test_values_with_all_kinds_of_fields_survive_a_round_trip(schema: Schema, name: str) -> None:
    @settings(max_examples=100)
    @given(values(getattr(schema.types, name), coder=schema.coder))
    def survives(value: sansio_tl.TLObject) -> None:
        data = schema.encode(value)
        assert schema.decode(data) == value
        assert InterpretedEncoder(schema.coder.registry).whole(AnyType(), value) == data

    survives()


@given(st.data())
def test_TL9_damaged_bytes_of_every_kind_of_field_give_a_value_or_a_decode_error(data: st.DataObject) -> None:
    schema = Schema.parse(TEXT)
    damaged = bytearray(schema.encode(data.draw(values(schema.types.Everything, coder=schema.coder))))
    damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(DecodeError):
        schema.decode(bytes(damaged))


def test_TL1_counts_of_fixed_size_items_are_bounded() -> None:
    schema = Schema.parse("a x:Vector<int128> = A; b x:vector<int256> = B;")
    for cls, head in ((schema.types.A, bytes.fromhex("15c4b51c")), (schema.types.B, b"")):
        forged = struct.pack("<I", cls.ID) + head + struct.pack("<I", 1 << 22)
        with pytest.raises(DecodeError, match="TL1"):
            schema.decode(forged[:-4] + b"\1\0\0\0")
        tracemalloc.start()
        try:
            with pytest.raises(DecodeError, match="TL1"):
                schema.decode(forged)
            assert tracemalloc.get_traced_memory()[1] < 1 << 20
        finally:
            tracemalloc.stop()


def test_TL4_nesting_is_bounded(schema: Schema) -> None:
    tree = struct.pack("<II", schema.types.Tree.ID, 1)
    leaf = struct.pack("<II", schema.types.Tree.ID, 0)
    assert schema.decode(tree * 127 + leaf).left is not None  # type: ignore[attr-defined]
    with pytest.raises(DecodeError, match="TL4"):
        schema.decode(tree * 128 + leaf)


def test_TL3_unknown_constructors_are_kept(schema: Schema) -> None:
    assert schema.decode(b"abcdefgh") == Unknown(id=0x64636261, data=b"efgh")
    assert schema.encode(Unknown(id=0x64636261, data=b"efgh")) == b"abcdefgh"


def test_TL8_packed_values_are_unpacked(schema: Schema) -> None:
    data = gzip.compress(schema.encode(schema.types.Codec(from_=5)))
    packed = struct.pack("<IB", GZIP_PACKED, len(data)) + data + bytes(-(len(data) + 1) % 4)
    assert schema.decode(packed) == schema.types.Codec(from_=5)


def test_bare_field_accepts_only_its_own_constructor() -> None:
    schema = Schema.parse("a x:int = A; b x:int = B; box of:vector<a> one:a = Box;")
    a, b, box = schema.types.A(1), schema.types.B(1), schema.types.Box
    assert schema.decode(schema.encode(box([a], a))) == box([a], a)
    with pytest.raises(EncodeError, match=r"box > of\[0\]: expected a, found B"):
        schema.encode(box([b], a))
    with pytest.raises(EncodeError, match="box > one: expected a, found B"):
        schema.encode(box([a], b))


def test_generic_functions_and_vector_results_round_trip(schema: Schema) -> None:
    wrapped = schema.functions.Wrap("tag", schema.functions.Wrap("tag", schema.functions.Lists()))
    assert schema.decode(schema.encode(wrapped)) == wrapped
    data = schema.encode_result(wrapped, [[1, 2], []])
    assert schema.decode_result(wrapped, data) == [[1, 2], []]


def test_field_names_used_by_the_compiler_are_allowed() -> None:
    schema = Schema.parse(
        "b x:string x_:string n:Vector<int> n1:Vector<bytes> p:# d:p.1?int q:p.1?true type:bytes = B;"
    )
    value = schema.types.B("x", "x_", [1], [b"n1"], b"type", d=5, q=True)
    assert schema.decode(schema.encode(value)) == value
    text = (
        "refused vector_count:Vector<string> n:# write_string:n.0?string D_Write:n.1?Write "
        "range:n.2?Vector<Write> = Write;"
    )
    schema = Schema.parse(text)
    value = schema.types.Refused(
        vector_count=["a"], write_string="b", D_Write=schema.types.Refused([]), range=[schema.types.Refused(["c"])]
    )
    assert schema.decode(schema.encode(value)) == value


def test_undeclared_types_are_refused_only_when_encoded_or_decoded() -> None:
    schema = Schema.parse("auth.sentCode#5e002502 flags:# type:auth.SentCodeType hash:string = auth.SentCode;")
    with pytest.raises(EncodeError, match="expected auth.SentCodeType, found NoneType"):
        schema.encode(schema.types.auth.SentCode(None, "x"))
    with pytest.raises(
        DecodeError, match="TL3: auth.sentCode > type at byte 8: expected auth.SentCodeType, found unknown"
    ):
        schema.decode(struct.pack("<III", 0x5E002502, 0, 1))


def test_invalid_schema_text_is_refused() -> None:
    with pytest.raises(SchemaError, match="line 2: unexpected character"):
        Schema.parse("\n$")


def test_shipped_text_at_run_time_writes_the_same_bytes() -> None:
    schema = Schema.parse(SHIPPED)
    assert schema.layer == sansio_tl.LAYER
    source = schema.coder.tables.source
    for entry in schema.coder.registry.entries():
        source.by_class(entry.cls)

    @given(values().filter(lambda value: "mtproto" not in type(value).__module__))
    def same(value: sansio_tl.TLObject) -> None:
        text = codec.to_json(value)
        if "mtproto." not in text:
            assert schema.encode(schema.from_json(text)) == codec.encode(value)
            assert schema.to_json(schema.decode(codec.encode(value))) == text

    same()
    assert {entry.combinator.id for entry in schema.coder.registry.entries()} < set(MODULE_OF)
