"""The trace of the interpreting decoder: each field with its offset, size, depth and name."""

from __future__ import annotations

import gzip
import struct

from sansio_tl.codec.schema import Schema
from sansio_tl.limits import Limits
from sansio_tl.tl.interpreted_decoder import InterpretedDecoder, TraceEntry
from sansio_tl.tl.model import AnyType, Builtin, Type, Vector
from sansio_tl.tl.objects import Unknown

SCHEMA = Schema.parse("""
leaf#00000001 password:string on:Bool = Leaf;
tree#00000002 flags:# open:flags.0?true size:flags.1?int leaves:Vector<Leaf> bare:leaf = Tree;
carrier#00000003 {X:Type} count:int query:!X = Carrier;
---functions---
ask#00000004 {X:Type} name:int query:!X = X;
getBool#00000005 = Bool;
""")
TRUE, VECTOR = 0x997275B5, 0x1CB5C415


def _words(*words: int) -> bytes:
    return struct.pack(f"<{len(words)}I", *words)


def _trace(data: bytes, kind: Type | None = None) -> list[tuple[object, ...]]:
    steps: list[TraceEntry] = []
    InterpretedDecoder(data, SCHEMA.coder.registry, Limits(), steps).whole(AnyType() if kind is None else kind)
    return [tuple(step) for step in steps]


def test_trace_has_offset_size_depth_and_name_of_each_field() -> None:
    leaf, tree = SCHEMA.types.Leaf, SCHEMA.types.Tree
    data = SCHEMA.encode(tree(open=True, size=7, leaves=[leaf(password="abc", on=True)], bare=leaf("de", on=False)))
    assert _trace(data) == [
        (0, 4, 0, "", "Object", tree, False),
        (4, 4, 1, "flags", "#", 3, False),
        (8, 4, 1, "size", "int", 7, False),
        (12, 8, 1, "leaves", "Vector<Leaf>", 1, False),
        (20, 4, 2, "leaves[0]", "Leaf", leaf, False),
        (24, 4, 3, "password", "string", "abc", True),
        (28, 4, 3, "on", "Bool", True, False),
        (32, 4, 2, "password", "string", "de", True),
        (36, 4, 2, "on", "Bool", False, False),
    ]


def test_bool_in_place_of_any_type_is_traced_under_its_field_name() -> None:
    assert _trace(_words(4, 9, TRUE))[1:] == [
        (4, 4, 1, "name", "int", 9, False),
        (8, 4, 1, "query", "Bool", True, False),
    ]
    assert _trace(_words(TRUE)) == [(0, 4, 0, "Bool", "Bool", True, False)]
    assert _trace(_words(TRUE), Builtin("Bool")) == [(0, 4, 0, "Bool", "Bool", True, False)]


def test_unknown_constructor_is_traced_as_one_entry_to_the_end() -> None:
    unknown = Unknown(0xDEADBEEF, b"12345678")
    data = _words(0xDEADBEEF) + b"12345678"
    assert _trace(data) == [(0, 12, 0, "", "Object", unknown, False)]
    assert _trace(_words(4, 9) + data)[-1] == (8, 12, 1, "query", "X", unknown, False)


def test_packed_value_is_traced_with_its_own_offsets_one_level_deeper() -> None:
    packed = gzip.compress(_words(5), mtime=0)
    head = _words(4, 9, 0x3072CFA1) + bytes([len(packed)]) + packed
    data = head + bytes(-len(head) % 4)
    assert _trace(data)[2:] == [
        (8, len(data) - 8, 1, "query", "gzip_packed", 4, False),
        (0, 4, 2, "gzip_packed", "X", SCHEMA.functions.GetBool, False),
    ]


def test_repr_of_a_trace_hides_secrets() -> None:
    steps: list[TraceEntry] = []
    data = SCHEMA.encode(SCHEMA.types.Leaf(password="hunter2", on=True))
    InterpretedDecoder(data, SCHEMA.coder.registry, Limits(), steps).whole(AnyType())
    assert "hunter2" not in repr(steps)
    assert repr(steps[1]) == "TraceEntry(4, 8, 1, 'password', 'string', ***)"


def test_packed_value_of_any_declared_type_is_unpacked() -> None:
    for kind, plain in ((Builtin("Bool"), _words(TRUE)), (Vector(Builtin("int"), boxed=True), _words(VECTOR, 2, 5, 6))):
        packed = gzip.compress(plain, mtime=0)
        head = _words(0x3072CFA1) + bytes([len(packed)]) + packed
        decoded = [
            InterpretedDecoder(data, SCHEMA.coder.registry, Limits()).whole(kind)
            for data in (plain, head + bytes(-len(head) % 4))
        ]
        assert decoded[0] == decoded[1] == (True if kind == Builtin("Bool") else [5, 6])
