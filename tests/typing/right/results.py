"""What `invoke` answers with follows from the function."""

# pyright: strict
from __future__ import annotations

from collections.abc import Sequence
from typing import assert_type

from sansio_tl import LAYER, Connection, decode_result, functions, types
from sansio_tl.connection.client import RequestHandle
from sansio_tl_transports import asyncio, sync


def handles(conn: Connection, now: float) -> None:
    request = functions.auth.SendCode("+9996621234", 1, "hash", types.CodeSettings())
    assert_type(conn.invoke(request, now=now), RequestHandle[types.auth.TypeSentCode])
    assert_type(conn.invoke(functions.mtproto.Ping(1), now=now), RequestHandle[types.mtproto.TypePong])


def blocking(connection: sync.Connection) -> None:
    assert_type(connection.invoke(functions.help.GetNearestDc()), types.TypeNearestDc)
    assert_type(connection.invoke(functions.auth.CancelCode("+9996621234", "hash")), bool)
    assert_type(connection.invoke(functions.users.GetUsers([types.InputUserSelf()])), Sequence[types.TypeUser])
    assert_type(connection.invoke(functions.contacts.GetContactIDs(0)), Sequence[int])


async def waiting(connection: asyncio.Connection) -> None:
    assert_type(await connection.invoke(functions.account.GetPassword()), types.account.TypePassword)


def wrapped(connection: sync.Connection) -> None:
    query = functions.auth.LogOut()
    assert_type(connection.invoke(functions.InvokeWithLayer(LAYER, query)), types.auth.TypeLoggedOut)
    assert_type(
        connection.invoke(functions.InvokeWithoutUpdates(functions.InvokeAfterMsg(1, query))), types.auth.TypeLoggedOut
    )


def by_hand(data: bytes) -> None:
    assert_type(decode_result(functions.auth.SignIn, data), types.auth.TypeAuthorization)
    assert_type(decode_result(functions.users.GetUsers, data), Sequence[types.TypeUser])
