"""What checkers refuse. Each line that they must complain about ends with `# refused`, and no other may."""

from __future__ import annotations

from sansio_tl import LAYER, Connection, errors, functions, types
from sansio_tl_transports import sync


def wrong_arguments(conn: sync.Connection) -> None:
    conn.invoke(functions.auth.SendCode(9996621234, 1, "hash", types.CodeSettings()))  # refused
    conn.invoke(functions.auth.SendCode("+9996621234", "1", "hash", types.CodeSettings()))  # refused
    conn.invoke(functions.auth.SendCode("+9996621234", 1, "hash"))  # refused
    conn.invoke(functions.auth.SendCode("+9996621234", 1, "hash", types.InputUserSelf()))  # refused
    conn.invoke(functions.auth.SendCode("+9996621234", 1, "hash", settings=types.CodeSettings(), force=True))  # refused
    conn.invoke(types.InputUserSelf())  # refused
    conn.invoke(functions.users.GetUsers([types.User(id=1)]))  # refused
    conn.invoke(functions.auth.SendCode)  # refused


def wrong_results(conn: sync.Connection, engine: Connection) -> None:
    code: types.auth.SentCode = conn.invoke(functions.auth.ResendCode("+9996621234", "hash"))  # refused
    number: int = conn.invoke(functions.auth.LogOut())  # refused
    users: list[types.User] = conn.invoke(functions.users.GetUsers([]))  # refused
    wrapped: int = conn.invoke(functions.InvokeWithLayer(LAYER, functions.auth.LogOut()))  # refused
    print(code, number, users, wrapped)
    engine.invoke(functions.auth.LogOut())  # refused


def wrong_names() -> None:
    print(functions.auth.SendCodes)  # refused
    print(types.auth.SentCodes)  # refused
    print(functions.signIn)  # refused
    print(errors.FloodWaits)  # refused


def values_do_not_change(user: types.User) -> None:
    user.first_name = "Ada"  # refused
    user.nickname = "Ada"  # refused
    functions.auth.ResendCode("+9996621234", "hash").phone_number = "+9996620000"  # refused
