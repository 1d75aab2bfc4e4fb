"""Making values: required fields first, flags as bools, absent fields as None; sequences may be lists or tuples."""

# pyright: strict
from __future__ import annotations

from typing import assert_type

from sansio_tl import Schema, decode, encode, errors, functions, types
from sansio_tl.tl.objects import TLObject


def settings(tokens: tuple[bytes, ...]) -> types.CodeSettings:
    plain = types.CodeSettings()
    assert_type(plain.token, str | None)
    assert_type(plain.app_sandbox, bool | None)
    return types.CodeSettings(allow_flashcall=True, logout_tokens=tokens, token="", app_sandbox=None)


def back_and_forth(value: TLObject) -> bytes:
    again = decode(encode(value))
    assert_type(again, TLObject)
    return encode(again)


def keyword() -> types.MessageFwdHeader:
    assert_type(functions.messages.GetHistory.NAME, str)
    return types.MessageFwdHeader(date=0, from_id=types.PeerUser(1))


def errors_are_classes(error: errors.RpcError) -> int:
    if isinstance(error, errors.FloodWait):
        assert_type(error.seconds, int)
        return error.seconds
    assert_type(error.hint, str)
    return error.code


def another_layer(text: str) -> bytes:
    schema = Schema.parse(text)
    return schema.encode(schema.types.CodeSettings())
