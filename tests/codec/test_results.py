# mypy: disable-error-code="arg-type, type-var"
"""Results are read and written as their function declares them."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from sansio_tl import (
    LAYER,
    DecodeError,
    EncodeError,
    Schema,
    decode,
    decode_result,
    encode,
    encode_result,
    functions,
    types,
)
from sansio_tl.errors import LocalProtocolError
from tests.codec.samples import sent_code
from tests.helpers.codecs import no_fall_backs


@pytest.mark.parametrize(
    ("function", "result"),
    [
        (functions.auth.SendCode, sent_code()),
        (functions.account.ResetNotifySettings, True),
        (functions.account.ResetNotifySettings, False),
        (functions.users.GetUsers, [types.UserEmpty(id=1), types.User(id=2)]),
        (functions.contacts.GetContactIDs, [1, -2]),
        (functions.messages.ReceivedQueue, [1 << 40]),
        (functions.messages.ReceivedQueue, []),
        (functions.mtproto.Ping, types.mtproto.Pong(1, 2)),
    ],
)
def test_results_round_trip_as_their_function_declares_them(function: type, result: object) -> None:
    assert decode_result(function, encode_result(function, result)) == result


def test_result_of_nested_functions_is_that_of_the_innermost_query() -> None:
    query = functions.users.GetUsers(id=[])
    nested_query = functions.InvokeWithLayer(
        layer=LAYER, query=functions.InvokeAfterMsg(msg_id=1, query=functions.InvokeWithoutUpdates(query=query))
    )
    data = encode_result(nested_query, [types.UserEmpty(id=1)])
    assert decode_result(nested_query, data) == [types.UserEmpty(id=1)]
    assert decode(encode(nested_query)) == nested_query


def test_bare_bool_at_the_top_level_is_refused() -> None:
    with pytest.raises(DecodeError, match="a Bool, which is allowed only where its type is declared"):
        decode(bytes.fromhex("b5757299"))
    with pytest.raises(EncodeError):
        encode(True)


def test_only_functions_have_results() -> None:
    with pytest.raises(LocalProtocolError, match="no function"):
        decode_result(types.User, b"")


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("function", "result"),
    [(functions.auth.SendCode, sent_code()), (functions.users.GetUsers, [types.UserEmpty(id=1)])],
)
def test_decode_result_reads_from_the_start_offset(function: type, result: object, *, packed: bool) -> None:
    data = encode_result(function, result)
    if packed:
        data = encode(types.mtproto.GzipPacked(gzip.compress(data)))
    assert decode_result(function, b"header" + data, start=6) == result
    for wrong in (b"header" + data[:-4], b"header" + data + bytes(4)):
        with pytest.raises(DecodeError):
            decode_result(function, wrong, start=6)


def test_decoding_error_names_the_offset_within_the_result() -> None:
    data = encode(sent_code()) + bytes(4)
    with pytest.raises(DecodeError) as plain:
        decode_result(functions.auth.SendCode, data)
    with pytest.raises(DecodeError) as behind:
        decode_result(functions.auth.SendCode, b"header" + data, start=6)
    assert str(behind.value) == str(plain.value)


@pytest.mark.parametrize("packed", [False, True])
def test_well_formed_values_use_the_fast_codec(implementation: str, *, packed: bool) -> None:
    """The interpreting codec gives the same, many times slower: nothing else would show that it had to."""
    user, sent = types.User(id=2), sent_code()
    query = functions.InvokeWithLayer(layer=LAYER, query=functions.auth.ExportAuthorization(2))
    exported = types.auth.ExportedAuthorization(1, b"bytes")
    results: list[tuple[Any, object]] = [
        (functions.auth.SendCode, sent),
        (functions.auth.SendCode("1", 1, "h", types.CodeSettings()), sent),
        (query, exported),
        (functions.account.UpdateStatus, True),
        (functions.account.UpdateStatus(offline=True), False),
        (functions.users.GetUsers, [user, types.UserEmpty(3)]),
        (functions.contacts.GetContactIDs(hash=0), [1, -2]),
        (functions.messages.ReceivedQueue(max_qts=0), [1 << 40]),
        (functions.messages.ReceivedQueue(max_qts=0), []),
        (functions.InvokeWithLayer(layer=LAYER, query=functions.users.GetUsers([])), [user]),
    ]

    def wire(data: bytes) -> bytes:
        return encode(types.mtproto.GzipPacked(gzip.compress(data))) if packed else data

    with no_fall_backs(implementation):
        assert decode(wire(encode(user))) == user
        assert decode(bytearray(wire(encode(user)))) == user
        for function, result in results:
            for _ in range(2):
                data = wire(encode_result(function, result))
                assert decode_result(function, data) == result
                assert decode_result(function, memoryview(b"head" + data), start=4) == result


def test_generic_result_type_is_not_cached() -> None:
    schema = Schema.parse(
        "leaf x:int = Leaf; tree y:int = Tree; ---functions--- wrap {X:Type} query:!X = X; any = Object; get = Leaf;"
    )
    wrap, leaf, tree = schema.functions.Wrap, schema.types.Leaf(1), schema.types.Tree(2)
    for value in (leaf, tree):
        assert schema.decode_result(wrap(schema.functions.Any()), schema.encode(value)) == value
    assert schema.decode_result(wrap(schema.functions.Get()), schema.encode(leaf)) == leaf
    with pytest.raises(DecodeError, match="expected Leaf, found tree"):
        schema.decode_result(wrap(schema.functions.Get()), schema.encode(tree))
