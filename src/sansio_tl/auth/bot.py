"""Logging in a bot: one request with the token from @BotFather. No code, no password, no sign-up.

    START -- auth.importBotAuthorization --> auth.authorization

A token that belongs to another data center is redirected there (USER_MIGRATE_X), as every request is.
Protocol: auth.importBotAuthorization.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from sansio_tl import types
from sansio_tl.auth.flow import DONE, FAILED, Build, Flow, FlowData
from sansio_tl.auth.login_base import FATAL
from sansio_tl.auth.password import AUTHORIZED, KEY_UNREGISTERED, WAIT
from sansio_tl.auth.prompts import BotTokenPrompt, Prompt
from sansio_tl.auth.state_table import (
    AwaitInput,
    Input,
    Request,
    Result,
    RpcFailure,
    State,
    UserInput,
    back_home,
    table,
)
from sansio_tl.auth.user_input import any_text, text
from sansio_tl.functions import auth

AWAITING_TOKEN = AwaitInput("awaiting bot token", "The token that @BotFather gave.")
LOGGING_IN = Request("logging in the bot", "auth.importBotAuthorization", AWAITING_TOKEN, frozenset({"bot token"}))

ENTER_TOKEN = UserInput("enter bot token")
TOKEN_INVALID = RpcFailure(
    "ACCESS_TOKEN_INVALID / ACCESS_TOKEN_EXPIRED", ("ACCESS_TOKEN_INVALID", "ACCESS_TOKEN_EXPIRED")
)

TABLE = table(
    {
        (AWAITING_TOKEN, ENTER_TOKEN): LOGGING_IN,
        (LOGGING_IN, AUTHORIZED): DONE,
        (LOGGING_IN, TOKEN_INVALID): FAILED,
        (LOGGING_IN, FATAL): FAILED,
    },
    back_home((LOGGING_IN,), KEY_UNREGISTERED),
    back_home((LOGGING_IN,), WAIT),
)


class BotFlowData(FlowData):
    """The application."""

    api_id: int
    api_hash: str

    def __post_init__(self) -> None:
        any_text(self.api_hash, "api_hash")


PROMPTS: Mapping[State, Callable[[Any], Prompt]] = MappingProxyType({AWAITING_TOKEN: lambda _: BotTokenPrompt()})
REQUESTS: Mapping[State, Build] = MappingProxyType(
    {
        LOGGING_IN: lambda data, secrets: auth.ImportBotAuthorization(
            flags=0, api_id=data.api_id, api_hash=data.api_hash, bot_auth_token=secrets["bot token"]
        )
    }
)


class BotLogin(Flow[types.auth.Authorization]):
    """Log in as a bot: `BotLogin(token, api_id=..., api_hash=...)`; the first action logs in."""

    KIND = "bot"
    TABLE = TABLE
    DATA = BotFlowData
    RESULT = (types.auth.Authorization,)
    PROMPTS = PROMPTS
    REQUESTS = REQUESTS

    def __init__(self, bot_token: str, *, api_id: int, api_hash: str) -> None:
        """The token is in no snapshot."""
        super().__init__(BotFlowData(api_id, api_hash), AWAITING_TOKEN)
        self.enter_token(bot_token)

    def enter_token(self, bot_token: str) -> None:
        """Log in with this token, for example after a restore from a snapshot, which does not hold the first one."""
        self._apply_input(ENTER_TOKEN, **{"bot token": text(bot_token, "the token")})

    def _classify_result(self, state: Request, result: object, now: float) -> Input:
        del state, now
        if isinstance(result, types.auth.Authorization):
            self._finish(result)
            return AUTHORIZED
        return Result(type(result).__name__)
