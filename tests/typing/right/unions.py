"""The constructors of a type are a union; `match` and `isinstance` narrow it, and a checker knows when none is left."""

# pyright: strict
from __future__ import annotations

from typing import assert_never, assert_type

from sansio_tl import types


def all_of_them(answer: types.auth.TypeSentCode) -> str:
    match answer:
        case types.auth.SentCode(type=how, timeout=timeout):
            assert_type(how, types.auth.TypeSentCodeType)
            assert_type(timeout, int | None)
            return answer.phone_code_hash
        case types.auth.SentCodeSuccess():
            assert_type(answer.authorization, types.auth.TypeAuthorization)
            return "logged in"
        case types.auth.SentCodePaymentRequired(store_product, phone_code_hash):
            assert_type(store_product, str)
            return phone_code_hash
        case _:
            assert_never(answer)


def positional(peer: types.TypePeer) -> int:
    match peer:
        case types.PeerUser(user_id):
            return user_id
        case types.PeerChat(chat_id):
            return -chat_id
        case types.PeerChannel(channel_id):
            return -(10**12) - channel_id


def narrowed(user: types.TypeUser) -> str | None:
    if isinstance(user, types.User):
        assert_type(user.bot, bool)
        return user.first_name
    assert_type(user, types.UserEmpty)
    return None


def entities(message: types.Message) -> list[int]:
    return [entity.length for entity in message.entities or () if isinstance(entity, types.MessageEntityBold)]
