"""Unions that were not narrowed, or narrowed too little."""

from __future__ import annotations

from typing import assert_never

from sansio_tl import types


def one_was_forgotten(answer: types.auth.TypeSentCode) -> str:
    match answer:
        case types.auth.SentCode():
            return answer.phone_code_hash
        case types.auth.SentCodeSuccess():
            return "logged in"
        case _:
            assert_never(answer)  # refused


def not_narrowed(answer: types.auth.TypeSentCode, user: types.TypeUser) -> None:
    print(answer.phone_code_hash)  # refused
    print(user.first_name)  # refused


def may_be_absent(code: types.auth.SentCode) -> int:
    return code.timeout + 1  # refused


def belongs_to_another_type(peer: types.TypePeer) -> types.TypeInputPeer:
    return peer  # refused


def no_such_field(answer: types.auth.SentCode) -> None:
    print(answer.kind)  # refused
