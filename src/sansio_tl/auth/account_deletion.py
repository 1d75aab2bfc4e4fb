"""Account deletion: automatic after long inactivity, or by request of the user.

    account.getAccountTTL -> days, account.setAccountTTL --> true
    account.deleteAccount(reason, [proof of the password]) --> true, or 420 2FA_CONFIRM_WAIT_X: deleted in a week unless
    the user stops it with the link sent to the other sessions (auth.confirm_phone)

Protocol: api/account-deletion.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from sansio_tl import types
from sansio_tl.auth.flow import DONE, FAILED, Build, Flow, FlowData
from sansio_tl.auth.login_base import BEGIN, STOPPED, retry_time
from sansio_tl.auth.password import (
    AGAIN,
    DELETION_PENDING,
    KEY_UNREGISTERED,
    NO_PASSWORD,
    PASSWORD_IS_SET,
    PASSWORD_WRONG,
    PROVEN,
    SRP_EXPIRED,
    UNKNOWN_ALGORITHM,
    WAIT,
    WAS_DELETED,
)
from sansio_tl.auth.prompts import AccountTtlPrompt, DeletionPending, DeletionPrompt, Prompt, RetryPrompt
from sansio_tl.auth.snapshot import Time
from sansio_tl.auth.srp_job import Trial, can_prove, prove
from sansio_tl.auth.state_table import (
    AwaitInput,
    Computation,
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
from sansio_tl.auth.user_input import any_text, password_bytes, sendable, source, whole
from sansio_tl.entropy import Entropy
from sansio_tl.errors import LocalProtocolError, RpcError
from sansio_tl.functions import account

# --- after inactivity ----------------------------------------------------------------------------------------------

TTL_KNOWN = AwaitInput("TTL known", "The number of days of inactivity before deletion is known.")
FETCHING_TTL = Request("fetching TTL", "account.getAccountTTL", STOPPED)
SETTING_TTL = Request("setting TTL", "account.setAccountTTL", TTL_KNOWN)

SET_TTL = UserInput("set days")
KEEP_TTL = UserInput("keep days")
DAYS = Result("accountDaysTTL")
SET = Result("boolTrue")
NOT_SET = Result("boolFalse")
DAYS_INVALID = rpc_failure("TTL_DAYS_INVALID")

TTL_TABLE = table(
    {
        (STOPPED, BEGIN): FETCHING_TTL,
        (FETCHING_TTL, DAYS): TTL_KNOWN,
        (TTL_KNOWN, SET_TTL): SETTING_TTL,
        (TTL_KNOWN, KEEP_TTL): DONE,
        (SETTING_TTL, SET): DONE,
        (SETTING_TTL, NOT_SET): TTL_KNOWN,
        (SETTING_TTL, DAYS_INVALID): TTL_KNOWN,
    },
    from_each((FETCHING_TTL, SETTING_TTL), KEY_UNREGISTERED, FAILED),
    back_home((FETCHING_TTL, SETTING_TTL), WAIT),
)


class TtlFlowData(FlowData):
    """The current number of days, and the requested one."""

    days: int = 0
    wished: int = 0
    retry_at: Time | None = None


TTL_PROMPTS: Mapping[State, Callable[[Any], Prompt]] = MappingProxyType(
    {STOPPED: lambda data: RetryPrompt(data.retry_at), TTL_KNOWN: lambda data: AccountTtlPrompt(data.days)}
)
TTL_REQUESTS: Mapping[State, Build] = MappingProxyType(
    {
        FETCHING_TTL: lambda _, __: account.GetAccountTTL(),
        SETTING_TTL: lambda data, _: account.SetAccountTTL(ttl=types.AccountDaysTTL(days=data.wished)),
    }
)


class AccountTtl(Flow[int]):
    """Read and set after how many days without use the account is deleted.

    `AccountTtl()`; the first action requests the number of days. The result is the number of days in effect.
    """

    KIND = "account TTL"
    TABLE = TTL_TABLE
    DATA = TtlFlowData
    RESULT = (int,)
    PROMPTS = TTL_PROMPTS
    REQUESTS = TTL_REQUESTS

    _data: TtlFlowData

    def __init__(self) -> None:
        """Only for an account that is logged in."""
        super().__init__(TtlFlowData(), FETCHING_TTL)

    def begin(self) -> None:
        """After an error: request it again."""
        self._apply_input(BEGIN)
        self._data.retry_at = None

    def set_days(self, days: int) -> None:
        """Delete the account after so many days of inactivity; the server decides which numbers are valid."""
        if whole(days, "the number of days", 32) <= 0:
            raise LocalProtocolError("the number of days must be positive")
        self._apply_input(SET_TTL, replace(self._data, wished=days))

    def keep(self) -> None:
        """Leave it unchanged."""
        self._apply_input(KEEP_TTL)
        self._finish(self._data.days)

    def _classify_result(self, state: Request, result: object, now: float) -> Input:
        del now
        match result:
            case types.AccountDaysTTL():
                self._data.days = result.days
                return DAYS
            case True if state == SETTING_TTL:
                self._data.days = self._data.wished
                self._finish(self._data.days)
                return SET
            case False:
                return NOT_SET
        return Result(type(result).__name__)

    def _on_rpc_error(self, state: Request, given: RpcFailure, error: RpcError, now: float) -> None:
        del state
        if given == WAIT:
            self._data.retry_at = retry_time(error, now)


# --- by request -----------------------------------------------------------------------------------------------------

_DELETION = frozenset({"reason", "password", "entropy"})

AWAITING_CONFIRMATION = AwaitInput("awaiting confirmation", "The deletion must be confirmed.")
PENDING = AwaitInput("deletion pending", "The account is deleted in a week unless the user stops it.")
FETCHING_SRP = Request(
    "getting a challenge", "account.getPassword, for this attempt.", AWAITING_CONFIRMATION, _DELETION
)
PROVING = Computation("proving", "The SRP proof of the password.", AWAITING_CONFIRMATION, _DELETION | {"srp"})
DELETING = Request("deleting account", "account.deleteAccount", AWAITING_CONFIRMATION, frozenset({"reason"}))

DELETE = UserInput("delete without the password")
DELETE_WITH_PASSWORD = UserInput("delete with the password")
DELETED = Result("boolTrue")
NOT_DELETED = Result("boolFalse")

DELETION_TABLE = table(
    {
        (AWAITING_CONFIRMATION, DELETE): DELETING,
        (AWAITING_CONFIRMATION, DELETE_WITH_PASSWORD): FETCHING_SRP,
        (PENDING, DELETE_WITH_PASSWORD): FETCHING_SRP,
        (FETCHING_SRP, PASSWORD_IS_SET): PROVING,
        (FETCHING_SRP, NO_PASSWORD): DELETING,
        (FETCHING_SRP, UNKNOWN_ALGORITHM): FAILED,
        (FETCHING_SRP, KEY_UNREGISTERED): FAILED,
        (PROVING, PROVEN): DELETING,
        (DELETING, DELETED): DONE,
        (DELETING, NOT_DELETED): AWAITING_CONFIRMATION,
        (DELETING, WAS_DELETED): DONE,
        (DELETING, DELETION_PENDING): PENDING,
        (DELETING, PASSWORD_WRONG): AWAITING_CONFIRMATION,
        (DELETING, SRP_EXPIRED): FETCHING_SRP,
        (DELETING, AGAIN): FETCHING_SRP,
        (DELETING, KEY_UNREGISTERED): FAILED,
    },
    back_home((FETCHING_SRP, DELETING), WAIT),
)


class DeletionFlowData(FlowData):
    """When a pending deletion happens."""

    at: Time = 0.0


DELETION_PROMPTS: Mapping[State, Callable[[Any], Prompt]] = MappingProxyType(
    {AWAITING_CONFIRMATION: lambda _: DeletionPrompt(), PENDING: lambda data: DeletionPending(data.at)}
)
DELETION_REQUESTS: Mapping[State, Build] = MappingProxyType(
    {
        FETCHING_SRP: lambda _, __: account.GetPassword(),
        DELETING: lambda _, secrets: account.DeleteAccount(reason=secrets["reason"], password=secrets.get("proof")),
    }
)


class DeleteAccount(Flow[bool]):
    """Delete the account.

    `DeleteAccount()`; nothing is sent before `delete`. The result is True: the account is deleted.
    """

    KIND = "delete account"
    COMPUTED = types.InputCheckPasswordSRP
    TABLE = DELETION_TABLE
    DATA = DeletionFlowData
    RESULT = (bool,)
    PROMPTS = DELETION_PROMPTS
    REQUESTS = DELETION_REQUESTS

    _data: DeletionFlowData

    def __init__(self) -> None:
        """Only for an account that is logged in."""
        super().__init__(DeletionFlowData(), AWAITING_CONFIRMATION)

    def delete(self, reason: str, *, password: str | bytes | None = None, entropy: Entropy | None = None) -> None:
        """Delete the account for good. With two-step verification the password makes it immediate.

        `entropy` supplies the 256 secret bytes of the proof; it is required with a password.
        """
        if password is None:
            self._apply_input(DELETE, reason=any_text(reason, "the reason"))
            return
        if entropy is None:
            raise LocalProtocolError("a password requires entropy for its proof")
        sendable(account.DeleteAccount(reason=any_text(reason, "the reason")))
        self._apply_input(
            DELETE_WITH_PASSWORD, reason=reason, password=password_bytes(password), entropy=source(entropy)
        )

    def _classify_result(self, state: Request, result: object, now: float) -> Input:
        del now
        match result:
            case types.account.Password() if state == FETCHING_SRP:
                if not result.has_password:
                    return NO_PASSWORD
                if not can_prove(result):
                    return UNKNOWN_ALGORITHM
                self._secrets["srp"] = Trial.of(result, self._secrets["entropy"])
                return PASSWORD_IS_SET
            case bool() if state == DELETING:
                self._finish(result)
                return DELETED if result else NOT_DELETED
        return Result(type(result).__name__)

    def _job(self, state: Computation) -> Callable[[], object]:
        del state
        return partial(prove, self._secrets["password"], self._secrets["srp"])

    def _on_computed(self, state: Computation, value: object) -> Input:
        del state
        self._secrets["proof"] = value
        return PROVEN

    def _on_rpc_error(self, state: Request, given: RpcFailure, error: RpcError, now: float) -> None:
        del state
        if given == DELETION_PENDING:
            self._data.at = now + getattr(error, "seconds", 0)
        elif given == WAS_DELETED:
            self._finish(True)
