"""How an account ends: by itself after long absence, or by its owner's will.

    account.getAccountTTL -> days, account.setAccountTTL --> true
    account.deleteAccount(reason, [proof of the password]) --> true, or 420 2FA_CONFIRM_WAIT_X: deleted in a week unless
    its owner stops it with the link sent to the other sessions (auth.confirm_phone)

Protocol: api/account-deletion.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from sansio_tl import types
from sansio_tl.auth.entered import any_text, password_bytes, sendable, source, whole
from sansio_tl.auth.flow import DONE, FAILED, Build, Flow, FlowData
from sansio_tl.auth.login_base import BEGIN, STOPPED
from sansio_tl.auth.password import (
    AGAIN,
    DELETION_PENDING,
    LOG_IN_FORGOTTEN,
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
from sansio_tl.auth.srp_job import Trial, can_prove, proof_job
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
    refusal,
    table,
)
from sansio_tl.entropy import Entropy
from sansio_tl.errors import LocalProtocolError, RpcError
from sansio_tl.functions import account

# --- by itself ----------------------------------------------------------------------------------------------------

TTL_KNOWN = AwaitInput("life known", "After how many days of absence the account goes.")
FETCHING_TTL = Request("learning the life", "account.getAccountTTL", STOPPED)
SETTING_TTL = Request("setting the life", "account.setAccountTTL", TTL_KNOWN)

SET_TTL = UserInput("set the days")
KEEP_TTL = UserInput("keep them")
DAYS = Result("accountDaysTTL")
SET = Result("boolTrue")
NOT_SET = Result("boolFalse")
DAYS_REFUSED = refusal("TTL_DAYS_INVALID")

TTL_TABLE = table(
    {
        (STOPPED, BEGIN): FETCHING_TTL,
        (FETCHING_TTL, DAYS): TTL_KNOWN,
        (TTL_KNOWN, SET_TTL): SETTING_TTL,
        (TTL_KNOWN, KEEP_TTL): DONE,
        (SETTING_TTL, SET): DONE,
        (SETTING_TTL, NOT_SET): TTL_KNOWN,
        (SETTING_TTL, DAYS_REFUSED): TTL_KNOWN,
    },
    from_each((FETCHING_TTL, SETTING_TTL), LOG_IN_FORGOTTEN, FAILED),
    back_home((FETCHING_TTL, SETTING_TTL), WAIT),
)


class TtlFlowData(FlowData):
    """The days that hold, and those that are wished."""

    days: int = 0
    wished: int = 0
    retry_at: Time | None = None


TTL_WANTS: Mapping[State, Callable[[Any], Prompt]] = MappingProxyType(
    {STOPPED: lambda facts: RetryPrompt(facts.retry_at), TTL_KNOWN: lambda facts: AccountTtlPrompt(facts.days)}
)
TTL_REQUESTS: Mapping[State, Build] = MappingProxyType(
    {
        FETCHING_TTL: lambda _, __: account.GetAccountTTL(),
        SETTING_TTL: lambda facts, _: account.SetAccountTTL(ttl=types.AccountDaysTTL(days=facts.wished)),
    }
)


class AccountTtl(Flow[int]):
    """`AccountTtl()`; the first action asks for the days. The result is the number of days that holds in the end."""

    KIND = "account TTL"
    TABLE = TTL_TABLE
    FACTS = TtlFlowData
    RESULT = (int,)
    WANTS = TTL_WANTS
    REQUESTS = TTL_REQUESTS

    _facts: TtlFlowData

    def __init__(self) -> None:
        """Only for an account that is logged in."""
        super().__init__(TtlFlowData(), FETCHING_TTL)

    def begin(self) -> None:
        """After a refusal: ask again."""
        self._move(BEGIN)

    def set_days(self, days: int) -> None:
        """Let the account go after so many days of absence; the server knows which numbers it takes."""
        if whole(days, "the number of days", 32) <= 0:
            raise LocalProtocolError("the number of days must be positive")
        self._move(SET_TTL, replace(self._facts, wished=days))

    def keep(self) -> None:
        """Leave it as it is."""
        self._move(KEEP_TTL)
        self._finish(self._facts.days)

    def _classify_result(self, state: Request, result: object, now: float) -> Input:
        del now
        match result:
            case types.AccountDaysTTL():
                self._facts.days = result.days
                return DAYS
            case True if state == SETTING_TTL:
                self._facts.days = self._facts.wished
                self._finish(self._facts.days)
                return SET
            case False:
                return NOT_SET
        return Result(type(result).__name__)

    def _on_rpc_error(self, state: Request, given: RpcFailure, error: RpcError, now: float) -> None:
        del state
        if given == WAIT:
            self._facts.retry_at = now + getattr(error, "seconds", 0)


# --- by its owner's will ------------------------------------------------------------------------------------------

_DELETION = frozenset({"reason", "password", "entropy"})

DELETION_WANTED = AwaitInput("deletion wanted", "Nothing is deleted before somebody says so.")
PENDING = AwaitInput("deletion pending", "The account goes in a week, unless its owner stops that.")
GETTING = Request("getting a challenge", "account.getPassword, for this one try.", DELETION_WANTED, _DELETION)
PROVING = Computation("proving", "The SRP proof of the password.", DELETION_WANTED, _DELETION | {"srp"})
DELETING = Request("deleting account", "account.deleteAccount", DELETION_WANTED, frozenset({"reason"}))

DELETE = UserInput("delete without the password")
DELETE_WITH_PASSWORD = UserInput("delete with the password")
DELETED = Result("boolTrue")
NOT_DELETED = Result("boolFalse")

DELETION_TABLE = table(
    {
        (DELETION_WANTED, DELETE): DELETING,
        (DELETION_WANTED, DELETE_WITH_PASSWORD): GETTING,
        (PENDING, DELETE_WITH_PASSWORD): GETTING,
        (GETTING, PASSWORD_IS_SET): PROVING,
        (GETTING, NO_PASSWORD): DELETING,
        (GETTING, UNKNOWN_ALGORITHM): FAILED,
        (GETTING, LOG_IN_FORGOTTEN): FAILED,
        (PROVING, PROVEN): DELETING,
        (DELETING, DELETED): DONE,
        (DELETING, NOT_DELETED): DELETION_WANTED,
        (DELETING, WAS_DELETED): DONE,
        (DELETING, DELETION_PENDING): PENDING,
        (DELETING, PASSWORD_WRONG): DELETION_WANTED,
        (DELETING, SRP_EXPIRED): GETTING,
        (DELETING, AGAIN): GETTING,
        (DELETING, LOG_IN_FORGOTTEN): FAILED,
    },
    back_home((GETTING, DELETING), WAIT),
)


class DeletionFlowData(FlowData):
    """When a pending deletion happens."""

    at: Time = 0.0


DELETION_WANTS: Mapping[State, Callable[[Any], Prompt]] = MappingProxyType(
    {DELETION_WANTED: lambda _: DeletionPrompt(), PENDING: lambda facts: DeletionPending(facts.at)}
)
DELETION_REQUESTS: Mapping[State, Build] = MappingProxyType(
    {
        GETTING: lambda _, __: account.GetPassword(),
        DELETING: lambda _, secrets: account.DeleteAccount(reason=secrets["reason"], password=secrets.get("proof")),
    }
)


class DeleteAccount(Flow[bool]):
    """`DeleteAccount()`; nothing is sent before `delete`. The result is True: the account is gone."""

    KIND = "delete account"
    TABLE = DELETION_TABLE
    FACTS = DeletionFlowData
    RESULT = (bool,)
    WANTS = DELETION_WANTS
    REQUESTS = DELETION_REQUESTS

    _facts: DeletionFlowData

    def __init__(self) -> None:
        """Only for an account that is logged in."""
        super().__init__(DeletionFlowData(), DELETION_WANTED)

    def delete(self, reason: str, *, password: str | bytes | None = None, entropy: Entropy | None = None) -> None:
        """Delete the account for good. With two-step verification the password makes it immediate.

        `entropy` gives the 256 secret bytes of the proof; it is needed with a password.
        """
        if password is None:
            self._move(DELETE, reason=any_text(reason, "the reason"))
            return
        if entropy is None:
            raise LocalProtocolError("a password needs entropy to prove it")
        sendable(account.DeleteAccount(reason=any_text(reason, "the reason")))
        self._move(DELETE_WITH_PASSWORD, reason=reason, password=password_bytes(password), entropy=source(entropy))

    def _classify_result(self, state: Request, result: object, now: float) -> Input:
        del now
        match result:
            case types.account.Password() if state == GETTING:
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
        return proof_job(self._secrets["password"], self._secrets["srp"])

    def _on_computed(self, state: Computation, value: object) -> Input:
        del state
        self._secrets["proof"] = value
        return PROVEN

    def _on_rpc_error(self, state: Request, given: RpcFailure, error: RpcError, now: float) -> None:
        del state
        if given == DELETION_PENDING:
            self._facts.at = now + getattr(error, "seconds", 0)
        elif given == WAS_DELETED:
            self._finish(True)
