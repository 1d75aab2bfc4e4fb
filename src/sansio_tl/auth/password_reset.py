"""Resetting a forgotten password without mail: a logged-in session requests it, and waits a week.

    account.resetPassword --> account.resetPasswordRequestedWait(until), and when that time has come
    account.resetPassword --> account.resetPasswordOk
    account.declinePasswordReset stops it; account.resetPasswordFailedWait(retry) then has the time of the next attempt

Protocol: api/srp#password-reset.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from sansio_tl import types
from sansio_tl.auth.flow import DONE, FAILED, Build, Flow, FlowData
from sansio_tl.auth.login_base import BEGIN, STOPPED, retry_time
from sansio_tl.auth.password import KEY_UNREGISTERED, NOTHING_TO_RECOVER, WAIT
from sansio_tl.auth.prompts import Prompt, ResetPending, ResetUnavailable, RetryPrompt
from sansio_tl.auth.snapshot import Time
from sansio_tl.auth.state_table import (
    AwaitInput,
    Input,
    Request,
    Result,
    RpcFailure,
    State,
    UserInput,
    back_home,
    from_each,
    rpc_failure,
    table,
)
from sansio_tl.errors import LocalProtocolError, RpcError
from sansio_tl.functions import account

PENDING = AwaitInput("reset pending", "The password is removed in a week unless the reset is declined.")
RESET_UNAVAILABLE = AwaitInput("reset unavailable", "A reset was declined recently.")
RESETTING = Request("resetting", "account.resetPassword", STOPPED)
FINISHING = Request("finishing", "account.resetPassword", PENDING)
DECLINING = Request("declining", "account.declinePasswordReset", PENDING)

FINISH = UserInput("finish")
DECLINE = UserInput("decline")

REQUESTED = Result("account.resetPasswordRequestedWait")
TOO_SOON = Result("account.resetPasswordFailedWait")
RESET_DONE = Result("account.resetPasswordOk")
DECLINED = Result("boolTrue")
NOT_DECLINED = Result("boolFalse")
NONE_PENDING = rpc_failure("RESET_REQUEST_MISSING")

_ALL = (RESETTING, FINISHING, DECLINING)

TABLE = table(
    {
        (STOPPED, BEGIN): RESETTING,
        (RESET_UNAVAILABLE, BEGIN): RESETTING,
        (PENDING, FINISH): FINISHING,
        (PENDING, DECLINE): DECLINING,
        (DECLINING, DECLINED): STOPPED,
        (DECLINING, NOT_DECLINED): PENDING,
        (DECLINING, NONE_PENDING): STOPPED,
    },
    from_each((RESETTING, FINISHING), REQUESTED, PENDING),
    from_each((RESETTING, FINISHING), TOO_SOON, RESET_UNAVAILABLE),
    from_each((RESETTING, FINISHING), RESET_DONE, DONE),
    from_each((RESETTING, FINISHING), NOTHING_TO_RECOVER, FAILED),
    from_each(_ALL, KEY_UNREGISTERED, FAILED),
    back_home(_ALL, WAIT),
)


class ResetFlowData(FlowData):
    """When the next step is possible."""

    until: Time = 0.0
    retry_at: Time | None = None


PROMPTS: Mapping[State, Callable[[Any], Prompt]] = MappingProxyType(
    {
        STOPPED: lambda data: RetryPrompt(data.retry_at),
        PENDING: lambda data: ResetPending(data.until),
        RESET_UNAVAILABLE: lambda data: ResetUnavailable(data.until),
    }
)
REQUESTS: Mapping[State, Build] = MappingProxyType(
    {
        RESETTING: lambda _, __: account.ResetPassword(),
        FINISHING: lambda _, __: account.ResetPassword(),
        DECLINING: lambda _, __: account.DeclinePasswordReset(),
    }
)


class ResetPassword(Flow[bool]):
    """Remove a forgotten 2FA password, after some days of waiting.

    `ResetPassword()`; the first action requests the reset. The result is True: the account has no password.
    """

    KIND = "password reset"
    TABLE = TABLE
    DATA = ResetFlowData
    RESULT = (bool,)
    PROMPTS = PROMPTS
    REQUESTS = REQUESTS

    _data: ResetFlowData

    def __init__(self) -> None:
        """Keep a snapshot: the flow takes a week."""
        super().__init__(ResetFlowData(), RESETTING)

    def begin(self) -> None:
        """Request it again."""
        self._apply_input(BEGIN)
        self._data.retry_at = None

    def finish(self, *, now: float) -> None:
        """The week is over. Raises LocalProtocolError before `ResetPending.at`."""
        if self.state == PENDING and now < self._data.until:
            raise LocalProtocolError(f"the password can be reset in {self._data.until - now:.0f} seconds")
        self._apply_input(FINISH)

    def decline(self) -> None:
        """Keep the password."""
        self._apply_input(DECLINE)

    def _classify_result(self, state: Request, result: object, now: float) -> Input:
        del state, now
        match result:
            case types.account.ResetPasswordRequestedWait():
                self._data.until = float(result.until_date)
                return REQUESTED
            case types.account.ResetPasswordFailedWait():
                self._data.until = float(result.retry_date)
                return TOO_SOON
            case types.account.ResetPasswordOk():
                self._finish(True)
                return RESET_DONE
            case bool():
                return DECLINED if result else NOT_DECLINED
        return Result(type(result).__name__)

    def _on_rpc_error(self, state: Request, given: RpcFailure, error: RpcError, now: float) -> None:
        del state
        if given == WAIT:
            self._data.retry_at = retry_time(error, now)
