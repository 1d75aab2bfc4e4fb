# mypy: disable-error-code="arg-type, type-var"
"""Results are read and written as their function declares them."""

from __future__ import annotations

import gzip
from typing import NoReturn

import pytest

from sansio_tl import DecodeError, EncodeError, decode, decode_result, encode, encode_result, functions, types
from sansio_tl.errors import LocalProtocolError
from sansio_tl.tl.schema_codec import SchemaCodec
from tests.codec.samples import sent_code


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


def test_the_result_of_nested_functions_is_that_of_the_innermost_query() -> None:
    query = functions.users.GetUsers(id=[])
    nested_query = functions.InvokeWithLayer(
        layer=229, query=functions.InvokeAfterMsg(msg_id=1, query=functions.InvokeWithoutUpdates(query=query))
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


def test_a_decoding_error_names_the_offset_within_the_result() -> None:
    data = encode(sent_code()) + bytes(4)
    with pytest.raises(DecodeError) as plain:
        decode_result(functions.auth.SendCode, data)
    with pytest.raises(DecodeError) as behind:
        decode_result(functions.auth.SendCode, b"header" + data, start=6)
    assert str(behind.value) == str(plain.value)


@pytest.mark.parametrize("packed", [False, True])
def test_well_formed_values_use_the_fast_codec(monkeypatch: pytest.MonkeyPatch, *, packed: bool) -> None:
    """The walker reads and writes the same, many times slower: nothing else would show that it had to."""

    def walker(*given: object) -> NoReturn:
        raise AssertionError(given)

    monkeypatch.setattr(SchemaCodec, "_read", walker)
    monkeypatch.setattr(SchemaCodec, "_write", walker)
    user, sent = types.User(id=2), sent_code()
    query = functions.InvokeWithLayer(layer=229, query=functions.auth.ExportAuthorization(2))

    def wire(data: bytes) -> bytes:
        return encode(types.mtproto.GzipPacked(gzip.compress(data))) if packed else data

    assert decode(wire(encode(user))) == user
    assert decode(bytearray(wire(encode(user)))) == user
    for function in (functions.auth.SendCode, functions.auth.SendCode("1", 1, "h", types.CodeSettings())):
        for _ in range(2):
            data = wire(encode_result(function, sent))
            assert decode_result(function, data) == sent
            assert decode_result(function, memoryview(b"head" + data), start=4) == sent
    exported = types.auth.ExportedAuthorization(1, b"bytes")
    for _ in range(2):
        assert decode_result(query, wire(encode_result(query, exported))) == exported
