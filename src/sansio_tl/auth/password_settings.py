"""Setting, changing and removing the password of two-step verification.

    account.getPassword -> the current settings
    account.getPassword -> fresh parameters, the proof of the old password and the hash of the new one,
    account.updatePasswordSettings --> true, or EMAIL_UNCONFIRMED_X: all is saved except the recovery address, which
    account.confirmPasswordEmail confirms with a code

The server's parameters are checked (HS20), and the salt of a new password includes 32 random bytes of the client. A
logged-in user that has forgotten the password recovers it by mail; the account then has none. Protocol:
api/srp#setting-a-new-2fa-password.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any

from sansio_tl import types
from sansio_tl.auth.flow import DONE, FAILED, Build, Flow, FlowData
from sansio_tl.auth.login_base import BEGIN, STOPPED, retry_time
from sansio_tl.auth.password import (
    AGAIN,
    ENTER_RECOVERY_CODE,
    FORGOT_PASSWORD,
    KEY_UNREGISTERED,
    NO_PASSWORD,
    NOTHING_TO_RECOVER,
    PASSWORD_IS_SET,
    PASSWORD_WRONG,
    RECOVERY_CODE_WRONG,
    RECOVERY_EXPIRED,
    RECOVERY_IMPOSSIBLE,
    RECOVERY_MAILED,
    REMEMBERED,
    SRP_EXPIRED,
    UNKNOWN_ALGORITHM,
    WAIT,
)
from sansio_tl.auth.prompts import (
    PasswordSettingsPrompt,
    Prompt,
    RecoveryCodePrompt,
    RecoveryEmailCodePrompt,
    RetryPrompt,
)
from sansio_tl.auth.snapshot import Time
from sansio_tl.auth.srp_job import Algorithm, Trial, can_prove, new_algorithm, new_password_hash, prove
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
from sansio_tl.auth.user_input import any_text, password_bytes, sendable, source, text
from sansio_tl.entropy import Entropy
from sansio_tl.errors import LocalProtocolError, RpcError
from sansio_tl.functions import account, auth

_CHANGE = frozenset({"change", "entropy"})

AWAITING_SETTINGS = AwaitInput("awaiting settings", "The current settings are known and may be changed.")
AWAITING_EMAIL_CODE = AwaitInput("awaiting recovery e-mail code", "A code was mailed to the new recovery address.")
AWAITING_RECOVERY_CODE = AwaitInput("awaiting recovery code", "A code to recover the password was mailed.")

FETCHING = Request("fetching settings", "account.getPassword", STOPPED)
FETCHING_SRP = Request("getting a challenge", "account.getPassword, for this attempt.", AWAITING_SETTINGS, _CHANGE)
COMPUTING = Computation(
    "proving and hashing", "The proof of the old password, the hash of the new.", AWAITING_SETTINGS, _CHANGE
)
UPDATING = Request("updating", "account.updatePasswordSettings", AWAITING_SETTINGS, frozenset({"request"}))
CONFIRMING = Request(
    "confirming the address", "account.confirmPasswordEmail", AWAITING_EMAIL_CODE, frozenset({"e-mail code"})
)
MAILING_AGAIN = Request("mailing the code again", "account.resendPasswordEmail", AWAITING_EMAIL_CODE)
DROPPING = Request("dropping the address", "account.cancelPasswordEmail", AWAITING_EMAIL_CODE)
REQUESTING_RECOVERY = Request("requesting recovery", "auth.requestPasswordRecovery", AWAITING_SETTINGS)
RECOVERING = Request("recovering", "auth.recoverPassword", AWAITING_RECOVERY_CODE, frozenset({"recovery code"}))

CHANGE = UserInput("change the password")
CONFIRM = UserInput("confirm the address")
CONFIRM_PENDING = UserInput("continue with the pending address")
RESEND = UserInput("mail the code again")
DROP = UserInput("drop the address")

COMPUTED = Result("the request is ready")
UPDATED = Result("boolTrue")
NOT_DONE = Result("boolFalse")
RECOVERED = Result("auth.authorization")

UNCONFIRMED = rpc_failure("EMAIL_UNCONFIRMED_X")
SETTINGS_INVALID = RpcFailure(
    "NEW_SETTINGS_... / NEW_SALT_INVALID / EMAIL_INVALID",
    ("NEW_SETTINGS_INVALID", "NEW_SETTINGS_EMPTY", "NEW_SALT_INVALID", "EMAIL_INVALID", "EMAIL_NOT_ALLOWED"),
)
ADDRESS_EXPIRED = rpc_failure("EMAIL_HASH_EXPIRED")
CODE_WRONG = RECOVERY_CODE_WRONG

_ALL = (
    FETCHING,
    FETCHING_SRP,
    UPDATING,
    CONFIRMING,
    MAILING_AGAIN,
    DROPPING,
    REQUESTING_RECOVERY,
    RECOVERING,
)
_ABOUT_THE_ADDRESS = (CONFIRMING, MAILING_AGAIN, DROPPING)

TABLE = table(
    {
        (STOPPED, BEGIN): FETCHING,
        (FETCHING, PASSWORD_IS_SET): AWAITING_SETTINGS,
        (FETCHING, NO_PASSWORD): AWAITING_SETTINGS,
        (FETCHING, UNKNOWN_ALGORITHM): FAILED,
        (AWAITING_SETTINGS, CHANGE): FETCHING_SRP,
        (AWAITING_SETTINGS, CONFIRM_PENDING): AWAITING_EMAIL_CODE,
        (AWAITING_SETTINGS, FORGOT_PASSWORD): REQUESTING_RECOVERY,
        (FETCHING_SRP, PASSWORD_IS_SET): COMPUTING,
        (FETCHING_SRP, NO_PASSWORD): COMPUTING,
        (FETCHING_SRP, UNKNOWN_ALGORITHM): FAILED,
        (COMPUTING, COMPUTED): UPDATING,
        (UPDATING, UPDATED): DONE,
        (UPDATING, NOT_DONE): AWAITING_SETTINGS,
        (UPDATING, UNCONFIRMED): AWAITING_EMAIL_CODE,
        (UPDATING, PASSWORD_WRONG): AWAITING_SETTINGS,
        (UPDATING, SETTINGS_INVALID): AWAITING_SETTINGS,
        (UPDATING, SRP_EXPIRED): FETCHING_SRP,
        (UPDATING, AGAIN): FETCHING_SRP,
        (AWAITING_EMAIL_CODE, CONFIRM): CONFIRMING,
        (AWAITING_EMAIL_CODE, RESEND): MAILING_AGAIN,
        (AWAITING_EMAIL_CODE, DROP): DROPPING,
        (CONFIRMING, UPDATED): DONE,
        (CONFIRMING, CODE_WRONG): AWAITING_EMAIL_CODE,
        (MAILING_AGAIN, UPDATED): AWAITING_EMAIL_CODE,
        (DROPPING, UPDATED): FETCHING,
        (REQUESTING_RECOVERY, RECOVERY_MAILED): AWAITING_RECOVERY_CODE,
        (REQUESTING_RECOVERY, RECOVERY_IMPOSSIBLE): AWAITING_SETTINGS,
        (REQUESTING_RECOVERY, NOTHING_TO_RECOVER): FETCHING,
        (AWAITING_RECOVERY_CODE, ENTER_RECOVERY_CODE): RECOVERING,
        (AWAITING_RECOVERY_CODE, REMEMBERED): AWAITING_SETTINGS,
        (RECOVERING, RECOVERED): FETCHING,
        (RECOVERING, RECOVERY_CODE_WRONG): AWAITING_RECOVERY_CODE,
        (RECOVERING, RECOVERY_EXPIRED): AWAITING_SETTINGS,
    },
    back_home(_ABOUT_THE_ADDRESS, NOT_DONE),
    from_each(_ABOUT_THE_ADDRESS, ADDRESS_EXPIRED, FETCHING),
    from_each(_ALL, KEY_UNREGISTERED, FAILED),
    back_home(_ALL, WAIT),
)


@dataclass(frozen=True, slots=True)
class Change:
    """The requested change: held in memory only."""

    current: bytes | None = field(repr=False)
    new: bytes | None = field(repr=False)
    """None removes the password; empty keeps it and changes the address only."""
    hint: str = field(repr=False)
    email: str | None = field(repr=False)


class SettingsFlowData(FlowData):
    """The current settings, from account.password."""

    settings: PasswordSettingsPrompt = PasswordSettingsPrompt(has_password=False)
    code_length: int | None = None
    recovery_pattern: str = ""
    retry_at: Time | None = None


PROMPTS: Mapping[State, Callable[[Any], Prompt]] = MappingProxyType(
    {
        STOPPED: lambda data: RetryPrompt(data.retry_at),
        AWAITING_SETTINGS: lambda data: data.settings,
        AWAITING_EMAIL_CODE: lambda data: RecoveryEmailCodePrompt(data.code_length),
        AWAITING_RECOVERY_CODE: lambda data: RecoveryCodePrompt(data.recovery_pattern),
    }
)
REQUESTS: Mapping[State, Build] = MappingProxyType(
    {
        FETCHING: lambda _, __: account.GetPassword(),
        FETCHING_SRP: lambda _, __: account.GetPassword(),
        UPDATING: lambda _, secrets: secrets["request"],
        CONFIRMING: lambda _, secrets: account.ConfirmPasswordEmail(code=secrets["e-mail code"]),
        MAILING_AGAIN: lambda _, __: account.ResendPasswordEmail(),
        DROPPING: lambda _, __: account.CancelPasswordEmail(),
        REQUESTING_RECOVERY: lambda _, __: auth.RequestPasswordRecovery(),
        RECOVERING: lambda _, secrets: auth.RecoverPassword(code=secrets["recovery code"]),
    }
)


class PasswordSettings(Flow[bool]):
    """Set, change or remove the 2FA password and its recovery address.

    `PasswordSettings()`; the first action fetches the settings. The result is True.
    """

    KIND = "password settings"
    COMPUTED = account.UpdatePasswordSettings
    TABLE = TABLE
    DATA = SettingsFlowData
    RESULT = (bool,)
    PROMPTS = PROMPTS
    REQUESTS = REQUESTS

    _data: SettingsFlowData

    def __init__(self) -> None:
        """Only for an account that is logged in."""
        super().__init__(SettingsFlowData(), FETCHING)

    def begin(self) -> None:
        """After an error: fetch the settings again."""
        self._apply_input(BEGIN)
        self._data.retry_at = None

    def set_password(
        self,
        new: str | bytes,
        *,
        current: str | bytes | None = None,
        hint: str = "",
        email: str | None = None,
        entropy: Entropy,
    ) -> None:
        """Set or change the password. `current` is required if there is one; `email` is a recovery address to confirm.

        Raises LocalProtocolError if the new password is empty, the hint equals it, or `current` is missing.
        """
        secret = password_bytes(new, "the new password")
        if hint and any_text(hint, "the hint").encode() == secret:
            raise LocalProtocolError("the hint must not be the password")
        self._change(current, secret, hint, email, entropy)

    def remove_password(self, current: str | bytes, *, entropy: Entropy) -> None:
        """Remove the password and the recovery address."""
        self._change(current, None, "", None, entropy)

    def set_email(self, email: str, *, current: str | bytes, entropy: Entropy) -> None:
        """Change the recovery address only."""
        self._change(current, b"", "", text(email, "the address"), entropy)

    def confirm_email(self, code: str) -> None:
        """The code that was mailed to the recovery address."""
        self._apply_input(CONFIRM, **{"e-mail code": text(code, "the code")})

    def confirm_pending(self) -> None:
        """Continue with an address that was set earlier and is unconfirmed (`unconfirmed_email`)."""
        self._apply_input(CONFIRM_PENDING)

    def resend_email(self) -> None:
        """Send the code to the recovery address again."""
        self._apply_input(RESEND)

    def cancel_email(self) -> None:
        """Drop the unconfirmed recovery address."""
        self._apply_input(DROP)

    def forgot_password(self) -> None:
        """Send a code by mail that removes the forgotten password."""
        self._apply_input(FORGOT_PASSWORD)

    def remembered_password(self) -> None:
        """Cancel the recovery."""
        self._apply_input(REMEMBERED)

    def enter_recovery_code(self, code: str) -> None:
        """Remove the password with the mailed code."""
        self._apply_input(ENTER_RECOVERY_CODE, **{"recovery code": text(code, "the code")})

    def _change(
        self, current: str | bytes | None, new: bytes | None, hint: str, email: str | None, entropy: Entropy
    ) -> None:
        """Check now what is sent only after the answer to the next request."""
        if self.state == AWAITING_SETTINGS and self._data.settings.has_password and not current:
            raise LocalProtocolError("the account has a password: pass the current one")
        old = password_bytes(current, "the current password") if current else None
        settings = types.account.PasswordInputSettings(
            new_algo=types.PasswordKdfAlgoUnknown(),
            new_password_hash=b"",
            hint=any_text(hint, "the hint"),
            email=None if email is None else any_text(email, "the address"),
        )
        sendable(account.UpdatePasswordSettings(password=types.InputCheckPasswordEmpty(), new_settings=settings))
        self._apply_input(CHANGE, change=Change(old, new, hint, email), entropy=source(entropy))

    def _is_enabled(self, given: Input) -> bool:
        if given == CONFIRM_PENDING:
            return self._data.settings.unconfirmed_email is not None
        return given != FORGOT_PASSWORD or self._data.settings.has_password

    def _classify_result(self, state: Request, result: object, now: float) -> Input:
        del now
        match result:
            case types.account.Password():
                return self._classify_password(state, result)
            case types.auth.PasswordRecovery():
                self._data.recovery_pattern = result.email_pattern
                return RECOVERY_MAILED
            case types.auth.Authorization():
                return RECOVERED
            case True:
                self._finish(True)
                return UPDATED
            case False:
                return NOT_DONE
        return Result(type(result).__name__)

    def _classify_password(self, state: Request, result: types.account.Password) -> Input:
        self._data.settings = PasswordSettingsPrompt(
            has_password=result.has_password,
            hint=result.hint,
            recoverable=result.has_recovery,
            unconfirmed_email=result.email_unconfirmed_pattern,
            login_email=result.login_email_pattern,
            holds_passport=result.has_secure_values,
        )
        if result.has_password and not can_prove(result):
            return UNKNOWN_ALGORITHM
        if state == FETCHING_SRP:
            change: Change = self._secrets["change"]
            entropy: Entropy = self._secrets["entropy"]
            trial = Trial.of(result, entropy) if result.has_password else None
            salted = new_algorithm(result.new_algo, entropy) if change.new else None
            self._secrets["job"] = (change, trial, salted)
        return PASSWORD_IS_SET if result.has_password else NO_PASSWORD

    def _job(self, state: Computation) -> Callable[[], object]:
        del state
        return partial(make_request, *self._secrets["job"])

    def _on_computed(self, state: Computation, value: object) -> Input:
        del state
        self._secrets["request"] = value
        return COMPUTED

    def _on_rpc_error(self, state: Request, given: RpcFailure, error: RpcError, now: float) -> None:
        del state
        if given == UNCONFIRMED:
            length = getattr(error, "length", None)
            self._data.code_length = length if length is not None and 1 <= length <= 100 else None
        elif given == WAIT:
            self._data.retry_at = retry_time(error, now)


def make_request(change: Change, trial: Trial | None, salted: Algorithm | None) -> account.UpdatePasswordSettings:
    """Takes up to half a second. Raises RemoteProtocolError HS20 that names the unsafe number of the server."""
    check: types.TypeInputCheckPasswordSRP = types.InputCheckPasswordEmpty()
    if trial is not None:
        check = prove(change.current or b"", trial)
    return account.UpdatePasswordSettings(password=check, new_settings=_new_settings(change, salted))


def _new_settings(change: Change, salted: Algorithm | None) -> types.account.PasswordInputSettings:
    if change.new is None:
        return types.account.PasswordInputSettings(
            new_algo=types.PasswordKdfAlgoUnknown(), new_password_hash=b"", hint="", email=""
        )
    if salted is None:
        return types.account.PasswordInputSettings(email=change.email)
    return types.account.PasswordInputSettings(
        new_algo=salted,
        new_password_hash=new_password_hash(change.new, salted),
        hint=change.hint,
        email=change.email,
    )
