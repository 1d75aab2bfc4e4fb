"""Logging out, and the token that simplifies the next login on this device.

    auth.logOut -> auth.loggedOut(future_auth_token)

Whatever the server answers, the device is logged out afterwards: wipe the session and destroy the keys. A future auth
token (auth.authorization carries one too) is stored and sent in the next auth.sendCode, which then needs no code.
Protocol: auth.logOut, api/auth#future-auth-tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType, NoneType
from typing import Any

from sansio_tl import types
from sansio_tl.auth.code_purpose import MAX_LOGOUT_TOKENS
from sansio_tl.auth.flow import DONE, Build, Flow, FlowData
from sansio_tl.auth.prompts import Prompt
from sansio_tl.auth.state_table import Input, Request, Result, RpcFailure, State, table
from sansio_tl.errors import RemoteProtocolError, RpcError
from sansio_tl.functions import auth

_MAX_TOKEN_SIZE = 1024
"""Size limit of a stored token; real ones have some tens or hundreds of bytes."""

LOGGING_OUT = Request("logging out", "auth.logOut", DONE)

LOGGED_OUT = Result("auth.loggedOut")
ALREADY_OUT = RpcFailure(
    "401 ...",
    (
        "AUTH_KEY_UNREGISTERED",
        "AUTH_KEY_INVALID",
        "SESSION_REVOKED",
        "SESSION_EXPIRED",
        "USER_DEACTIVATED",
        "USER_DEACTIVATED_BAN",
        "ACTIVE_USER_REQUIRED",
        "AUTH_KEY_DUPLICATED",
    ),
)

TABLE = table({(LOGGING_OUT, LOGGED_OUT): DONE, (LOGGING_OUT, ALREADY_OUT): DONE})

PROMPTS: Mapping[State, Callable[[Any], Prompt]] = MappingProxyType({})
REQUESTS: Mapping[State, Build] = MappingProxyType({LOGGING_OUT: lambda _, __: auth.LogOut()})


class LogOut(Flow[types.auth.LoggedOut | None]):
    """Log out: end this session.

    Always ends `DONE`; the result is None and `error` set if the server did not confirm it.
    """

    KIND = "log out"
    TABLE = TABLE
    DATA = FlowData
    RESULT = (types.auth.LoggedOut, NoneType)
    PROMPTS = PROMPTS
    REQUESTS = REQUESTS

    def __init__(self) -> None:
        """The first action logs out."""
        super().__init__(FlowData(), LOGGING_OUT)

    @property
    def future_auth_token(self) -> bytes | None:
        """To be stored for the next login of this account on this device; a secret."""
        return self._result.future_auth_token if isinstance(self._result, types.auth.LoggedOut) else None

    def receive_error(self, error: RpcError | RemoteProtocolError, *, now: float) -> None:
        """As for every flow, but an error that the account is not logged in means success."""
        super().receive_error(error, now=now)
        if isinstance(error, RpcError) and error.authorization_lost:
            self._error = None

    def _classify_result(self, state: Request, result: object, now: float) -> Input:
        del state, now
        if isinstance(result, types.auth.LoggedOut):
            self._finish(result)
            return LOGGED_OUT
        return Result(type(result).__name__)


def remember_token(tokens: Sequence[bytes], new: bytes | None) -> tuple[bytes, ...]:
    """The tokens to keep: newest first, without duplicates, at most 20. None changes nothing, and neither does one
    above 1 KiB: snapshots and session files must not store arbitrary data of a server.
    """
    if new is None or len(new) > _MAX_TOKEN_SIZE:
        return tuple(tokens)[:MAX_LOGOUT_TOKENS]
    return (new, *(token for token in tokens if token != new))[:MAX_LOGOUT_TOKENS]
