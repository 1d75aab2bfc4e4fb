"""Login with a token from a web application, which also names the data center for which it is valid.

    auth.importWebTokenAuthorization, sent to that data center --> auth.authorization

Protocol: auth.importWebTokenAuthorization.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from sansio_tl.auth.flow import FAILED, Build
from sansio_tl.auth.login_base import SIGN_UP_REQUIRED, BaseLogin, LoginFlowData, login_rows
from sansio_tl.auth.password import PASSWORD_PROMPTS, PASSWORD_REQUESTS
from sansio_tl.auth.prompts import Prompt, WebTokenPrompt
from sansio_tl.auth.state_table import AwaitInput, Request, State, UserInput, rpc_failure, table
from sansio_tl.auth.user_input import dc_id, text
from sansio_tl.functions import auth

AWAITING_TOKEN = AwaitInput("awaiting web token", "A fresh token of the web application.", frozenset({"web token"}))
IMPORTING = Request(
    "importing the web token", "auth.importWebTokenAuthorization", AWAITING_TOKEN, frozenset({"web token"})
)

ENTER_TOKEN = UserInput("enter web token")
TOKEN_EXPIRED = rpc_failure("WEBAUTH_TOKEN_EXPIRED")

TABLE = table(
    login_rows((IMPORTING,), AWAITING_TOKEN, IMPORTING),
    {
        (AWAITING_TOKEN, ENTER_TOKEN): IMPORTING,
        (IMPORTING, SIGN_UP_REQUIRED): FAILED,
        (IMPORTING, TOKEN_EXPIRED): AWAITING_TOKEN,
    },
)

PROMPTS: Mapping[State, Callable[[Any], Prompt]] = MappingProxyType(
    {**PASSWORD_PROMPTS, AWAITING_TOKEN: lambda _: WebTokenPrompt()}
)
REQUESTS: Mapping[State, Build] = MappingProxyType(
    {
        **PASSWORD_REQUESTS,
        IMPORTING: lambda data, secrets: auth.ImportWebTokenAuthorization(
            api_id=data.api_id, api_hash=data.api_hash, web_auth_token=secrets["web token"]
        ),
    }
)


class WebTokenLogin(BaseLogin):
    """Log in with a token of Telegram's web site, where the user is logged in.

    `WebTokenLogin(token, dc=..., api_id=..., api_hash=...)`; the first action logs in.
    """

    KIND = "web token"
    TABLE = TABLE
    DATA = LoginFlowData
    PROMPTS = PROMPTS
    REQUESTS = REQUESTS

    def __init__(self, token: str, *, dc: int, api_id: int, api_hash: str) -> None:
        """`dc` comes with the token; it becomes the account's home data center. The token is in no snapshot."""
        super().__init__(LoginFlowData(api_id, api_hash), AWAITING_TOKEN)
        self.enter_token(token, dc=dc)

    def enter_token(self, token: str, *, dc: int) -> None:
        """Try a new token, possibly for another data center."""
        target = dc_id(dc)
        self._apply_input(ENTER_TOKEN, **{"web token": text(token, "the token")})
        self._dc = target
