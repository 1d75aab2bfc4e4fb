"""Two-step verification within a log-in: states, table, and the steps that every log-in flow shares.

The server says 401 SESSION_PASSWORD_NEEDED. account.getPassword tells the hint; each try then fetches it *again*,
because srp_id and srp_B are good for one try only, proves the password by SRP, and sends auth.checkPassword. Who has
forgotten the password may have a recovery code mailed (auth.requestPasswordRecovery, auth.recoverPassword), which also
takes the password away, or delete the account.

Protocol: api/srp, api/auth#2fa.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from sansio_tl import functions, types
from sansio_tl.auth.entered import any_text, password_bytes, source, text
from sansio_tl.auth.flow import DONE, FAILED, Build, Flow, R
from sansio_tl.auth.prompts import PasswordPrompt, Prompt, RecoveryCodePrompt
from sansio_tl.auth.srp_job import Trial, can_prove, proof_job
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
    refusal,
    table,
)
from sansio_tl.entropy import Entropy
from sansio_tl.errors import RpcError

CODES = frozenset({"code", "email verification"})
"""What opened the account so far: kept, because the server may turn out not to want a password after all."""

PASSWORD_WANTED = AwaitInput("password wanted", "The account has two-step verification.", CODES)
RECOVERY_CODE_WANTED = AwaitInput("recovery code wanted", "A code to recover the password was mailed.", CODES)
FETCHING_PASSWORD = Request("learning about the password", "account.getPassword, for the hint.", PASSWORD_WANTED)
FETCHING_SRP = Request(
    "getting a challenge", "account.getPassword, for this one try.", PASSWORD_WANTED, frozenset({"password", "entropy"})
)
PROVING = Computation("proving", "The SRP proof of the password.", PASSWORD_WANTED, frozenset({"password", "srp"}))
CHECKING_PASSWORD = Request(
    "checking password", "auth.checkPassword", PASSWORD_WANTED, frozenset({"password", "proof"})
)
REQUESTING_RECOVERY = Request("requesting recovery", "auth.requestPasswordRecovery", PASSWORD_WANTED)
RECOVERING = Request("recovering", "auth.recoverPassword", RECOVERY_CODE_WANTED, frozenset({"recovery code"}))
DELETING_ACCOUNT = Request("deleting account", "account.deleteAccount", PASSWORD_WANTED, frozenset({"reason"}))

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

PASSWORD_NEEDED = refusal("SESSION_PASSWORD_NEEDED")
PASSWORD_WRONG = refusal("PASSWORD_HASH_INVALID")
SRP_EXPIRED = RpcFailure("SRP_ID_INVALID / SRP_PASSWORD_CHANGED", ("SRP_ID_INVALID", "SRP_PASSWORD_CHANGED"))
AGAIN = refusal("AUTH_KEY_UNSYNCHRONIZED")
RECOVERY_CODE_WRONG = RpcFailure("CODE_EMPTY / CODE_INVALID", ("CODE_EMPTY", "CODE_INVALID"))
RECOVERY_EXPIRED = refusal("PASSWORD_RECOVERY_EXPIRED")
RECOVERY_IMPOSSIBLE = refusal("PASSWORD_RECOVERY_NA")
NOTHING_TO_RECOVER = refusal("PASSWORD_EMPTY")
DELETION_PENDING = refusal("2FA_CONFIRM_WAIT_X")
WAS_DELETED = refusal("USER_DEACTIVATED")
LOG_IN_FORGOTTEN = refusal("AUTH_KEY_UNREGISTERED")
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
    """The part of a log-in's table that begins with FETCHING_PASSWORD; `start` is where the whole log-in begins."""
    return table(
        {
            (FETCHING_PASSWORD, PASSWORD_IS_SET): PASSWORD_WANTED,
            (FETCHING_PASSWORD, UNKNOWN_ALGORITHM): FAILED,
            (PASSWORD_WANTED, ENTER_PASSWORD): FETCHING_SRP,
            (PASSWORD_WANTED, FORGOT_PASSWORD): REQUESTING_RECOVERY,
            (PASSWORD_WANTED, DELETE_ACCOUNT): DELETING_ACCOUNT,
            (FETCHING_SRP, PASSWORD_IS_SET): PROVING,
            (FETCHING_SRP, UNKNOWN_ALGORITHM): FAILED,
            (PROVING, PROVEN): CHECKING_PASSWORD,
            (CHECKING_PASSWORD, AUTHORIZED): DONE,
            (CHECKING_PASSWORD, PASSWORD_WRONG): PASSWORD_WANTED,
            (CHECKING_PASSWORD, SRP_EXPIRED): FETCHING_SRP,
            (CHECKING_PASSWORD, AGAIN): FETCHING_SRP,
            (REQUESTING_RECOVERY, RECOVERY_MAILED): RECOVERY_CODE_WANTED,
            (REQUESTING_RECOVERY, RECOVERY_IMPOSSIBLE): PASSWORD_WANTED,
            (REQUESTING_RECOVERY, NOTHING_TO_RECOVER): FETCHING_PASSWORD,
            (RECOVERY_CODE_WANTED, ENTER_RECOVERY_CODE): RECOVERING,
            (RECOVERY_CODE_WANTED, FORGOT_PASSWORD): REQUESTING_RECOVERY,
            (RECOVERY_CODE_WANTED, REMEMBERED): PASSWORD_WANTED,
            (RECOVERING, AUTHORIZED): DONE,
            (RECOVERING, RECOVERY_CODE_WRONG): RECOVERY_CODE_WANTED,
            (RECOVERING, RECOVERY_EXPIRED): PASSWORD_WANTED,
            (DELETING_ACCOUNT, ACCOUNT_DELETED): start,
            (DELETING_ACCOUNT, WAS_DELETED): start,
            (DELETING_ACCOUNT, DELETION_PENDING): PASSWORD_WANTED,
        },
        from_each(_ASKING, LOG_IN_FORGOTTEN, start),
        back_home(_ASKING, WAIT),
    )


class PasswordFlowData(msgspec.Struct):
    """What account.password told; no secret in it but the hint."""

    hint: str | None = None
    recoverable: bool = False
    reset_at: int | None = None
    recovery_pattern: str = ""
    tries: int = 0

    def __repr__(self) -> str:
        return "PasswordFlowData(...)"


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


def _password_wanted(facts: Any) -> PasswordPrompt:
    known: PasswordFlowData = facts.password
    return PasswordPrompt(known.hint, known.recoverable, known.reset_at, known.tries)


PASSWORD_WANTS: Mapping[State, Callable[[Any], Prompt]] = MappingProxyType(
    {
        PASSWORD_WANTED: _password_wanted,
        RECOVERY_CODE_WANTED: lambda facts: RecoveryCodePrompt(facts.password.recovery_pattern),
    }
)


class PasswordSteps(Flow[R]):
    """The moves of two-step verification, mixed into a log-in flow. Its facts have a field `password`."""

    def enter_password(self, password: str | bytes, *, entropy: Entropy) -> None:
        """Try this password, taken as UTF-8 as typed. `entropy` gives the 256 secret bytes of the proof."""
        self._move(ENTER_PASSWORD, password=password_bytes(password), entropy=source(entropy))

    def forgot_password(self) -> None:
        """Have a recovery code mailed, when the account has an address for it (`PasswordPrompt.recoverable`)."""
        self._move(FORGOT_PASSWORD)

    def remembered_password(self) -> None:
        """From the recovery code back to the password."""
        self._move(REMEMBERED)

    def enter_recovery_code(self, code: str) -> None:
        """Log in with the mailed code. The account has no password after that."""
        self._move(ENTER_RECOVERY_CODE, **{"recovery code": text(code, "the code")})

    def delete_account(self, reason: str = "") -> None:
        """Delete the account that cannot be opened. One in use is deleted after a week only (TwoFactorConfirmWait)."""
        self._move(DELETE_ACCOUNT, reason=any_text(reason, "the reason"))

    @property
    def _password(self) -> PasswordFlowData:
        facts: PasswordFlowData = self._facts.password  # type: ignore[attr-defined]  # see the class's docstring
        return facts

    def _hear_about_password(self, state: Request, result: object) -> Input:
        match result:
            case types.account.Password():
                return self._hear_password(state, result)
            case types.auth.PasswordRecovery():
                self._password.recovery_pattern = result.email_pattern
                return RECOVERY_MAILED
            case True if state == DELETING_ACCOUNT:
                return ACCOUNT_DELETED
        return Result(type(result).__name__)

    def _hear_password(self, state: Request, result: types.account.Password) -> Input:
        if not result.has_password or result.current_algo is None:
            return NO_PASSWORD
        facts = self._password
        facts.hint, facts.recoverable, facts.reset_at = result.hint, result.has_recovery, result.pending_reset_date
        if not can_prove(result):
            return UNKNOWN_ALGORITHM
        if state == FETCHING_SRP:
            self._secrets["srp"] = Trial.of(result, self._secrets["entropy"])
        return PASSWORD_IS_SET

    def _job(self, state: Computation) -> Callable[[], object]:
        del state
        return proof_job(self._secrets["password"], self._secrets["srp"])

    def _on_computed(self, state: Computation, value: object) -> Input:
        del state
        self._secrets["proof"] = value
        return PROVEN

    def _refused_password(self, given: RpcFailure, error: RpcError) -> None:
        del error
        if given == PASSWORD_WRONG:
            self._password.tries += 1
        elif given == RECOVERY_IMPOSSIBLE:
            self._password.recoverable = False
