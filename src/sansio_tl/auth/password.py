"""Two-step verification during a login: states, table, and the steps that every login flow shares.

The server answers 401 SESSION_PASSWORD_NEEDED. account.getPassword returns the hint; each attempt then fetches it
*again*, because srp_id and srp_B are valid for one attempt only, proves the password by SRP, and sends
auth.checkPassword. A user that has forgotten the password may request a recovery code by mail
(auth.requestPasswordRecovery, auth.recoverPassword), which also removes the password, or delete the account.

Protocol: api/srp, api/auth#2fa.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import msgspec

from sansio_tl import functions, types
from sansio_tl.auth.flow import DONE, FAILED, Build, Flow, R
from sansio_tl.auth.prompts import PasswordPrompt, Prompt, RecoveryCodePrompt
from sansio_tl.auth.srp_job import Trial, can_prove, prove
from sansio_tl.auth.state_table import (
    AwaitInput,
    Computation,
    Input,
    Request,
    Result,
    RpcFailure,
    Running,
    State,
    Table,
    UserInput,
    back_home,
    from_each,
    rpc_failure,
    table,
)
from sansio_tl.auth.user_input import any_text, password_bytes, source, text
from sansio_tl.entropy import Entropy
from sansio_tl.errors import RpcError
from sansio_tl.reprs import rich_repr

CODES = frozenset({"code", "email verification"})
"""The secrets that have opened the account so far: kept in case the server does not require a password after all."""

AWAITING_PASSWORD = AwaitInput("awaiting password", "The account has two-step verification.", CODES)
AWAITING_RECOVERY_CODE = AwaitInput("awaiting recovery code", "A code to recover the password was mailed.", CODES)
FETCHING_PASSWORD = Request("fetching password hint", "account.getPassword, for the hint.", AWAITING_PASSWORD)
FETCHING_SRP = Request(
    "getting a challenge",
    "account.getPassword, for this attempt.",
    AWAITING_PASSWORD,
    frozenset({"password", "entropy"}),
)
PROVING = Computation("proving", "The SRP proof of the password.", AWAITING_PASSWORD, frozenset({"password", "srp"}))
CHECKING_PASSWORD = Request(
    "checking password", "auth.checkPassword", AWAITING_PASSWORD, frozenset({"password", "proof"})
)
REQUESTING_RECOVERY = Request("requesting recovery", "auth.requestPasswordRecovery", AWAITING_PASSWORD)
RECOVERING = Request("recovering", "auth.recoverPassword", AWAITING_RECOVERY_CODE, frozenset({"recovery code"}))
DELETING_ACCOUNT = Request("deleting account", "account.deleteAccount", AWAITING_PASSWORD, frozenset({"reason"}))

ENTER_PASSWORD = UserInput("enter password")
FORGOT_PASSWORD = UserInput("forgot password")
ENTER_RECOVERY_CODE = UserInput("enter recovery code")
DELETE_ACCOUNT = UserInput("delete account")
REMEMBERED = UserInput("back to the password")

PASSWORD_IS_SET = Result("account.password")
NO_PASSWORD = Result("account.password without a password")
UNKNOWN_ALGORITHM = Result("passwordKdfAlgoUnknown")
PROVEN = Result("the proof")
RECOVERY_MAILED = Result("auth.passwordRecovery")
AUTHORIZED = Result("auth.authorization")
ACCOUNT_DELETED = Result("the account is deleted")

PASSWORD_NEEDED = rpc_failure("SESSION_PASSWORD_NEEDED")
PASSWORD_WRONG = rpc_failure("PASSWORD_HASH_INVALID")
SRP_EXPIRED = RpcFailure("SRP_ID_INVALID / SRP_PASSWORD_CHANGED", ("SRP_ID_INVALID", "SRP_PASSWORD_CHANGED"))
AGAIN = rpc_failure("AUTH_KEY_UNSYNCHRONIZED")
RECOVERY_CODE_WRONG = RpcFailure("CODE_EMPTY / CODE_INVALID", ("CODE_EMPTY", "CODE_INVALID"))
RECOVERY_EXPIRED = rpc_failure("PASSWORD_RECOVERY_EXPIRED")
RECOVERY_IMPOSSIBLE = rpc_failure("PASSWORD_RECOVERY_NA")
NOTHING_TO_RECOVER = rpc_failure("PASSWORD_EMPTY")
DELETION_PENDING = rpc_failure("2FA_CONFIRM_WAIT_X")
WAS_DELETED = rpc_failure("USER_DEACTIVATED")
KEY_UNREGISTERED = rpc_failure("AUTH_KEY_UNREGISTERED")
WAIT = RpcFailure("wait", ("PHONE_PASSWORD_FLOOD", "PHONE_NUMBER_FLOOD", "FLOOD_WAIT_X"))

_ASKING: tuple[Running, ...] = (
    FETCHING_PASSWORD,
    FETCHING_SRP,
    CHECKING_PASSWORD,
    REQUESTING_RECOVERY,
    RECOVERING,
    DELETING_ACCOUNT,
)


def password_rows(start: State) -> Table:
    """The part of a login's table that begins with FETCHING_PASSWORD; `start` is the state in which the whole login
    begins.
    """
    return table(
        {
            (FETCHING_PASSWORD, PASSWORD_IS_SET): AWAITING_PASSWORD,
            (FETCHING_PASSWORD, UNKNOWN_ALGORITHM): FAILED,
            (AWAITING_PASSWORD, ENTER_PASSWORD): FETCHING_SRP,
            (AWAITING_PASSWORD, FORGOT_PASSWORD): REQUESTING_RECOVERY,
            (AWAITING_PASSWORD, DELETE_ACCOUNT): DELETING_ACCOUNT,
            (FETCHING_SRP, PASSWORD_IS_SET): PROVING,
            (FETCHING_SRP, UNKNOWN_ALGORITHM): FAILED,
            (PROVING, PROVEN): CHECKING_PASSWORD,
            (CHECKING_PASSWORD, AUTHORIZED): DONE,
            (CHECKING_PASSWORD, PASSWORD_WRONG): AWAITING_PASSWORD,
            (CHECKING_PASSWORD, SRP_EXPIRED): FETCHING_SRP,
            (CHECKING_PASSWORD, AGAIN): FETCHING_SRP,
            (REQUESTING_RECOVERY, RECOVERY_MAILED): AWAITING_RECOVERY_CODE,
            (REQUESTING_RECOVERY, RECOVERY_IMPOSSIBLE): AWAITING_PASSWORD,
            (REQUESTING_RECOVERY, NOTHING_TO_RECOVER): FETCHING_PASSWORD,
            (AWAITING_RECOVERY_CODE, ENTER_RECOVERY_CODE): RECOVERING,
            (AWAITING_RECOVERY_CODE, FORGOT_PASSWORD): REQUESTING_RECOVERY,
            (AWAITING_RECOVERY_CODE, REMEMBERED): AWAITING_PASSWORD,
            (RECOVERING, AUTHORIZED): DONE,
            (RECOVERING, RECOVERY_CODE_WRONG): AWAITING_RECOVERY_CODE,
            (RECOVERING, RECOVERY_EXPIRED): AWAITING_PASSWORD,
            (DELETING_ACCOUNT, ACCOUNT_DELETED): start,
            (DELETING_ACCOUNT, WAS_DELETED): start,
            (DELETING_ACCOUNT, DELETION_PENDING): AWAITING_PASSWORD,
        },
        from_each(_ASKING, KEY_UNREGISTERED, start),
        back_home(_ASKING, WAIT),
    )


class PasswordFlowData(msgspec.Struct):
    """The content of account.password; the hint is its only secret."""

    hint: str | None = None
    recoverable: bool = False
    reset_at: int | None = None
    recovery_pattern: str = ""
    tries: int = 0

    def __repr__(self) -> str:
        return "PasswordFlowData(...)"

    def __rich_repr__(self) -> list[Any]:
        return rich_repr(self)


PASSWORD_REQUESTS: Mapping[State, Build] = MappingProxyType(
    {
        FETCHING_PASSWORD: lambda _, __: functions.account.GetPassword(),
        FETCHING_SRP: lambda _, __: functions.account.GetPassword(),
        CHECKING_PASSWORD: lambda _, secrets: functions.auth.CheckPassword(password=secrets["proof"]),
        REQUESTING_RECOVERY: lambda _, __: functions.auth.RequestPasswordRecovery(),
        RECOVERING: lambda _, secrets: functions.auth.RecoverPassword(code=secrets["recovery code"]),
        DELETING_ACCOUNT: lambda _, secrets: functions.account.DeleteAccount(reason=secrets["reason"]),
    }
)


def _password_prompt(data: Any) -> PasswordPrompt:
    known: PasswordFlowData = data.password
    return PasswordPrompt(known.hint, known.recoverable, known.reset_at, known.tries)


PASSWORD_PROMPTS: Mapping[State, Callable[[Any], Prompt]] = MappingProxyType(
    {
        AWAITING_PASSWORD: _password_prompt,
        AWAITING_RECOVERY_CODE: lambda data: RecoveryCodePrompt(data.password.recovery_pattern),
    }
)


class PasswordSteps(Flow[R]):
    """The inputs of two-step verification, mixed into a login flow. Its data has a field `password`."""

    COMPUTED = types.InputCheckPasswordSRP

    def enter_password(self, password: str | bytes, *, entropy: Entropy) -> None:
        """Try this password, encoded in UTF-8 as typed. `entropy` supplies the 256 secret bytes of the proof."""
        self._apply_input(ENTER_PASSWORD, password=password_bytes(password), entropy=source(entropy))

    def forgot_password(self) -> None:
        """Send a recovery code by mail, if the account has an address for it (`PasswordPrompt.recoverable`)."""
        self._apply_input(FORGOT_PASSWORD)

    def remembered_password(self) -> None:
        """Return from the recovery code to the password."""
        self._apply_input(REMEMBERED)

    def enter_recovery_code(self, code: str) -> None:
        """Log in with the mailed code. The account has no password after that."""
        self._apply_input(ENTER_RECOVERY_CODE, **{"recovery code": text(code, "the code")})

    def delete_account(self, reason: str = "") -> None:
        """Delete the account whose password is unknown. One in use is deleted only after a week
        (TwoFactorConfirmWait).
        """
        self._apply_input(DELETE_ACCOUNT, reason=any_text(reason, "the reason"))

    @property
    def _password(self) -> PasswordFlowData:
        data: PasswordFlowData = self._data.password  # type: ignore[attr-defined]  # see the class's docstring
        return data

    def _classify_password_state(self, state: Request, result: object) -> Input:
        match result:
            case types.account.Password():
                return self._classify_password(state, result)
            case types.auth.PasswordRecovery():
                self._password.recovery_pattern = result.email_pattern
                return RECOVERY_MAILED
            case True if state == DELETING_ACCOUNT:
                return ACCOUNT_DELETED
        return Result(type(result).__name__)

    def _classify_password(self, state: Request, result: types.account.Password) -> Input:
        if not result.has_password or result.current_algo is None:
            return NO_PASSWORD
        data = self._password
        data.hint, data.recoverable, data.reset_at = result.hint, result.has_recovery, result.pending_reset_date
        if not can_prove(result):
            return UNKNOWN_ALGORITHM
        if state == FETCHING_SRP:
            self._secrets["srp"] = Trial.of(result, self._secrets["entropy"])
        return PASSWORD_IS_SET

    def _job(self, state: Computation) -> Callable[[], object]:
        del state
        return partial(prove, self._secrets["password"], self._secrets["srp"])

    def _on_computed(self, state: Computation, value: object) -> Input:
        del state
        self._secrets["proof"] = value
        return PROVEN

    def _on_password_error(self, given: RpcFailure, error: RpcError) -> None:
        del error
        if given == PASSWORD_WRONG:
            self._password.tries += 1
        elif given == RECOVERY_IMPOSSIBLE:
            self._password.recoverable = False
