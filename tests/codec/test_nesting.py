"""TL4, TL8, MS15: values inside values, packed or not, are read within bounds."""

from __future__ import annotations

import gzip
import inspect
import struct
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from sansio_tl import (
    DecodeError,
    EncodeError,
    Limits,
    Schema,
    decode,
    decode_result,
    encode,
    encode_result,
    functions,
    types,
)
from sansio_tl.tl.gzip_packed import GZIP_PACKED
from tests.codec.samples import send_code, sent_code


def nested(levels: int) -> types.TextBold:
    text: types.TypeRichText = types.TextEmpty()
    for _ in range(levels):
        text = types.TextBold(text=text)
    assert isinstance(text, types.TextBold)
    return text


def test_TL4_nesting_above_the_limit_is_refused() -> None:
    limit = Limits().max_depth
    assert decode(encode(nested(limit))) == nested(limit)
    with pytest.raises(DecodeError) as caught:
        decode(encode(nested(limit + 1)))
    assert caught.value.check == "TL4"


def test_TL4_nesting_of_100000_levels_is_refused() -> None:
    bold = struct.pack("<I", types.TextBold.ID)
    with pytest.raises(DecodeError, match="TL4"):
        decode(bold * 100_000)


def test_TL4_nearly_exhausted_python_stack_gives_a_decode_error(implementation: str) -> None:
    """The compiled codec uses no Python frames, so what is left of them does not matter to it."""
    value = nested(Limits().max_depth)
    data = encode(value)

    def sink(levels: int) -> None:
        if levels:
            sink(levels - 1)
        elif implementation == "c":
            assert decode(data).ID == value.ID  # to compare all of them takes frames
        else:
            with pytest.raises(DecodeError, match="TL4"):
                decode(data)

    sink(sys.getrecursionlimit() - len(inspect.stack()) - 100)


def test_TL4_large_max_depth_is_bounded_by_the_stack() -> None:
    """Whichever codec runs: what is nested deeper than the compiled one goes is left to the other, and to its stack."""
    bold = struct.pack("<I", types.TextBold.ID)
    with pytest.raises(DecodeError, match="TL4"):
        decode(bold * 100_000, replace(Limits(), max_depth=1_000_000))


def test_TL4_max_depth_above_the_compiled_limit_is_honoured() -> None:
    deep = replace(Limits(), max_depth=700)
    data = encode(nested(700))
    assert encode(decode(data, deep)) == data


def test_TL4_nesting_of_functions_is_bounded() -> None:
    with pytest.raises(DecodeError, match="TL4"):
        decode(struct.pack("<I", functions.InvokeWithoutUpdates.ID) * 10_000)


def test_TL4_nesting_of_gzip_packed_is_bounded() -> None:
    data = encode(types.mtproto.Pong(1, 2))
    for _ in range(10):
        data = encode(types.mtproto.GzipPacked(packed_data=gzip.compress(data)))
    assert decode(data) == types.mtproto.Pong(1, 2)
    with pytest.raises(DecodeError, match="TL4"):
        decode(data, replace(Limits(), max_depth=9))


def test_TL4_encoding_a_value_that_contains_itself_is_refused() -> None:
    endless: list[types.TypeRichText] = []
    endless.append(types.TextConcat(texts=endless))
    with pytest.raises(EncodeError, match="nested too deep"):
        encode(endless[0])


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress])
def test_TL8_gzip_packed_value_and_result_are_unpacked(compress: Callable[[bytes], bytes]) -> None:
    packed = encode(types.mtproto.GzipPacked(packed_data=compress(encode(sent_code()))))
    assert decode(packed) == sent_code()
    assert decode_result(functions.auth.SendCode, packed) == sent_code()
    users = encode_result(functions.users.GetUsers, [types.UserEmpty(id=1)])
    packed = encode(types.mtproto.GzipPacked(packed_data=compress(users)))
    assert decode_result(functions.users.GetUsers, packed) == [types.UserEmpty(id=1)]


def test_TL8_gzip_packed_in_place_of_a_query_is_unpacked() -> None:
    query = encode(functions.InvokeWithoutUpdates(query=send_code()))
    packed = encode(types.mtproto.GzipPacked(packed_data=gzip.compress(query[4:])))
    assert decode(query[:4] + packed) == functions.InvokeWithoutUpdates(query=send_code())


def test_TL9_interpreted_decoding_is_bounded_in_objects() -> None:
    unusual = b"\xffx"  # no text: the fast functions give up
    deleted = [types.LangPackStringDeleted(key=key) for key in ("a", "bc")]
    data = encode(types.LangPackDifference(lang_code="", from_version=1, version=2, strings=deleted))
    data = data.replace(b"bc", unusual)
    enough = Limits(max_objects=5)  # the difference, two items, and what they are
    assert decode(data, enough).strings[1].key == unusual.decode("utf-8", "surrogateescape")  # type: ignore[attr-defined]
    with pytest.raises(DecodeError, match="TL9: .* more than 4 objects"):
        decode(data, Limits(max_objects=4))


def test_TL9_vector_items_count_towards_the_object_limit() -> None:
    ids = encode(types.mtproto.MsgsAck(msg_ids=[1, 2, 3]))
    with pytest.raises(DecodeError, match="TL9: .* more than 3 objects"):
        decode(ids + bytes(4), Limits(max_objects=3))
    with pytest.raises(DecodeError, match="TL9: .* 4 bytes are left over"):
        decode(ids + bytes(4), Limits(max_objects=4))


def test_TL9_nested_objects_count_towards_the_object_limit() -> None:
    nested = encode(functions.InvokeWithoutUpdates(query=functions.InvokeWithoutUpdates(query=send_code())))
    with pytest.raises(DecodeError, match="TL9: .* more than 3 objects"):
        decode(nested + bytes(4), Limits(max_objects=3))
    with pytest.raises(DecodeError, match="TL9: .* 4 bytes are left over"):
        decode(nested + bytes(4), Limits(max_objects=4))


def test_MS15_inflated_bytes_of_all_gzip_packed_together_are_bounded() -> None:
    bomb = encode(types.mtproto.GzipPacked(packed_data=gzip.compress(bytes(100_000))))
    limits = Limits(max_inflated_size=50_000)
    with pytest.raises(DecodeError, match="MS15"):
        decode(bomb, limits)
    pong = gzip.compress(encode(types.mtproto.Pong(1, 2)))
    inside = encode(types.mtproto.GzipPacked(packed_data=pong))
    two = Limits(max_inflated_size=len(inside) + 20)
    assert decode(encode(types.mtproto.GzipPacked(packed_data=gzip.compress(inside))), two) == types.mtproto.Pong(1, 2)
    with pytest.raises(DecodeError, match="MS15"):
        decode(
            encode(types.mtproto.GzipPacked(packed_data=gzip.compress(inside))),
            replace(two, max_inflated_size=len(inside) + 19),
        )


def test_TL8_trace_level_is_restored_after_a_packed_value() -> None:
    schema = Schema.parse("pair a:Object b:Object c:int = Pair; leaf x:int = Leaf;")
    leaf = schema.encode(schema.types.Leaf(5))
    packed = GZIP_PACKED.to_bytes(4, "little") + encode_bytes(gzip.compress(leaf))
    head = schema.encode(schema.types.Pair(schema.types.Leaf(5), schema.types.Leaf(5), 7))[:4]
    for first, second in ((packed, leaf), (leaf, packed), (packed, packed)):
        data = head + first + second + (7).to_bytes(4, "little")
        assert schema.decode(data) == schema.types.Pair(schema.types.Leaf(5), schema.types.Leaf(5), 7)
        steps = schema.coder.trace(data)
        assert [step.level for step in steps if step.label == "c"] == [1]
        inside = [step.level for step in steps if step.label == "x"]
        assert inside == [3 if first == packed else 2, 3 if second == packed else 2]


def encode_bytes(data: bytes) -> bytes:
    head = bytes([len(data)]) if len(data) < 254 else b"\xfe" + len(data).to_bytes(3, "little")
    return head + data + bytes(-(len(head) + len(data)) % 4)
