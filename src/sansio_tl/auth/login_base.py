"""The common part of logins without a phone code: how they end, and two-step verification.

Each has its own beginning; all end in auth.authorization, or ask for a password first. An account that does not exist
yet can only be created with a phone number (or by Firebase): authorizationSignUpRequired ends the other flows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from sansio_tl import types
from sansio_tl.auth.flow import DONE, FAILED, FlowData
from sansio_tl.auth.password import (
    AUTHORIZED,
    FETCHING_PASSWORD,
    FETCHING_SRP,
    KEY_UNREGISTERED,
    NO_PASSWORD,
    PASSWORD_NEEDED,
    PASSWORD_PROMPTS,
    WAIT,
    PasswordFlowData,
    PasswordSteps,
    password_rows,
)
from sansio_tl.auth.prompts import Prompt, RetryPrompt
from sansio_tl.auth.snapshot import Time
from sansio_tl.auth.state_table import (
    AwaitInput,
    Input,
    Request,
    Result,
    RpcFailure,
    State,
    Table,
    UserInput,
    back_home,
    from_each,
    table,
)
from sansio_tl.auth.user_input import any_text
from sansio_tl.errors import RpcError

STOPPED = AwaitInput("stopped", "A request failed; begin again or give up.")
BEGIN = UserInput("begin again")

SIGN_UP_REQUIRED = Result("auth.authorizationSignUpRequired")

FATAL = RpcFailure(
    "API_ID_INVALID / API_ID_PUBLISHED_FLOOD / UPDATE_APP_TO_LOGIN",
    ("API_ID_INVALID", "API_ID_PUBLISHED_FLOOD", "UPDATE_APP_TO_LOGIN"),
)
RESTART = RpcFailure("AUTH_RESTART / SIGN_IN_FAILED", ("AUTH_RESTART_X", "SIGN_IN_FAILED"))


def login_rows(
    asking: tuple[Request, ...], start: AwaitInput, again: State, *, opening: tuple[Request, ...] | None = None
) -> Table:
    """The rows that all of these share. In the state `again` the login starts again by itself.

    `opening` are those states of `asking` that an authorization may answer; None: all of them.
    """
    return table(
        from_each(asking if opening is None else opening, AUTHORIZED, DONE),
        from_each(asking, PASSWORD_NEEDED, FETCHING_PASSWORD),
        from_each(asking, FATAL, FAILED),
        from_each(asking, RESTART, again),
        from_each(asking, KEY_UNREGISTERED, start),
        back_home(asking, WAIT),
        password_rows(start),
        from_each((FETCHING_PASSWORD, FETCHING_SRP), NO_PASSWORD, again),
        {(start, BEGIN): again},
    )


def retry_time(error: RpcError, now: float) -> float | None:
    """When the server accepts the request again; None if the error has no time."""
    seconds = getattr(error, "seconds", None)
    return None if seconds is None else now + seconds


class LoginFlowData(FlowData):
    """The application, and what the server reported about the password."""

    api_id: int
    api_hash: str
    password: PasswordFlowData = msgspec.field(default_factory=PasswordFlowData)
    retry_at: Time | None = None

    def __post_init__(self) -> None:
        any_text(self.api_hash, "api_hash")


STOPPED_PROMPTS: Mapping[State, Callable[[Any], Prompt]] = MappingProxyType(
    {**PASSWORD_PROMPTS, STOPPED: lambda data: RetryPrompt(data.retry_at)}
)


class BaseLogin(PasswordSteps[types.auth.Authorization]):
    """Base of the logins without a phone code."""

    PROMPTS = STOPPED_PROMPTS
    RESULT = (types.auth.Authorization,)

    _data: LoginFlowData

    def begin(self) -> None:
        """After an error: begin again."""
        self._apply_input(BEGIN)
        self._data.retry_at = None

    def _classify_login(self, state: Request, result: object) -> Input:
        """Classify an authorization, or a state of the password."""
        match result:
            case types.auth.Authorization():
                self._finish(result)
                return AUTHORIZED
            case types.auth.AuthorizationSignUpRequired():
                return SIGN_UP_REQUIRED
        return self._classify_password_state(state, result)

    def _classify_result(self, state: Request, result: object, now: float) -> Input:
        del now
        return self._classify_login(state, result)

    def _on_rpc_error(self, state: Request, given: RpcFailure, error: RpcError, now: float) -> None:
        if given == PASSWORD_NEEDED:
            self._data.password = PasswordFlowData()
        elif given == WAIT:
            self._data.retry_at = retry_time(error, now)
        self._on_password_error(given, error)
        del state
