"""Logging in with a token from a web application, which also says the data center that it is good for.

    auth.importWebTokenAuthorization, sent to that data center --> auth.authorization

Protocol: auth.importWebTokenAuthorization.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from sansio_tl.auth.entered import dc_id, text
from sansio_tl.auth.flow import FAILED, Build
from sansio_tl.auth.login_base import SIGN_UP_REQUIRED, BaseLogin, LoginFlowData, login_rows
from sansio_tl.auth.password import PASSWORD_REQUESTS, PASSWORD_WANTS
from sansio_tl.auth.prompts import Prompt, WebTokenPrompt
from sansio_tl.auth.state_table import AwaitInput, Request, State, UserInput, refusal, table
from sansio_tl.functions import auth

TOKEN_WANTED = AwaitInput("web token wanted", "A fresh token of the web application.", frozenset({"web token"}))
IMPORTING = Request(
    "importing the web token", "auth.importWebTokenAuthorization", TOKEN_WANTED, frozenset({"web token"})
)

ENTER_TOKEN = UserInput("enter web token")
TOKEN_EXPIRED = refusal("WEBAUTH_TOKEN_EXPIRED")

TABLE = table(
    login_rows((IMPORTING,), TOKEN_WANTED, IMPORTING),
    {
        (TOKEN_WANTED, ENTER_TOKEN): IMPORTING,
        (IMPORTING, SIGN_UP_REQUIRED): FAILED,
        (IMPORTING, TOKEN_EXPIRED): TOKEN_WANTED,
    },
)

WANTS: Mapping[State, Callable[[Any], Prompt]] = MappingProxyType(
    {**PASSWORD_WANTS, TOKEN_WANTED: lambda _: WebTokenPrompt()}
)
REQUESTS: Mapping[State, Build] = MappingProxyType(
    {
        **PASSWORD_REQUESTS,
        IMPORTING: lambda facts, secrets: auth.ImportWebTokenAuthorization(
            api_id=facts.api_id, api_hash=facts.api_hash, web_auth_token=secrets["web token"]
        ),
    }
)


class WebTokenLogin(BaseLogin):
    """`WebTokenLogin(token, dc=..., api_id=..., api_hash=...)`; the first action logs in."""

    KIND = "web token"
    TABLE = TABLE
    FACTS = LoginFlowData
    WANTS = WANTS
    REQUESTS = REQUESTS

    def __init__(self, token: str, *, dc: int, api_id: int, api_hash: str) -> None:
        """`dc` comes with the token; it becomes the account's own data center. The token is in no snapshot."""
        super().__init__(LoginFlowData(api_id, api_hash), TOKEN_WANTED)
        self.enter_token(token, dc=dc)

    def enter_token(self, token: str, *, dc: int) -> None:
        """Try a fresh token, which may lead to another data center."""
        target = dc_id(dc)
        self._move(ENTER_TOKEN, **{"web token": text(token, "the token")})
        self._dc = target
