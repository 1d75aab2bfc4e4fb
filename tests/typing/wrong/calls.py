"""What checkers refuse. Each line that they must complain about ends with `# refused`, and no other may."""

from __future__ import annotations

from sansio_tl import Connection, errors, functions, types
from sansio_tl_transports import sync


def wrong_arguments(link: sync.Connection) -> None:
    link.invoke(functions.auth.SendCode(9996621234, 1, "hash", types.CodeSettings()))  # refused
    link.invoke(functions.auth.SendCode("+9996621234", "1", "hash", types.CodeSettings()))  # refused
    link.invoke(functions.auth.SendCode("+9996621234", 1, "hash"))  # refused
    link.invoke(functions.auth.SendCode("+9996621234", 1, "hash", types.InputUserSelf()))  # refused
    link.invoke(functions.auth.SendCode("+9996621234", 1, "hash", settings=types.CodeSettings(), force=True))  # refused
    link.invoke(types.InputUserSelf())  # refused
    link.invoke(functions.users.GetUsers([types.User(id=1)]))  # refused
    link.invoke(functions.auth.SendCode)  # refused


def wrong_results(link: sync.Connection, conn: Connection) -> None:
    code: types.auth.SentCode = link.invoke(functions.auth.ResendCode("+9996621234", "hash"))  # refused
    number: int = link.invoke(functions.auth.LogOut())  # refused
    users: list[types.User] = link.invoke(functions.users.GetUsers([]))  # refused
    wrapped: int = link.invoke(functions.InvokeWithLayer(229, functions.auth.LogOut()))  # refused
    print(code, number, users, wrapped)
    conn.invoke(functions.auth.LogOut())  # refused


def wrong_names() -> None:
    print(functions.auth.SendCodes)  # refused
    print(types.auth.SentCodes)  # refused
    print(functions.signIn)  # refused
    print(errors.FloodWaits)  # refused


def values_do_not_change(user: types.User) -> None:
    user.first_name = "Ada"  # refused
    user.nickname = "Ada"  # refused
