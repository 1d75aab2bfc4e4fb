"""Setting, changing and removing the password of two-step verification.

    account.getPassword -> how things stand
    account.getPassword -> fresh parameters, the proof of the old password and the hash of the new one,
    account.updatePasswordSettings --> true, or EMAIL_UNCONFIRMED_X: all is saved but the recovery address, whose code
    account.confirmPasswordEmail takes

The server's parameters are checked (HS20), and a new password gets 32 bytes of salt of our own. Who has forgotten the
password but is logged in recovers it by mail; then the account has none. Protocol: api/srp#setting-a-new-2fa-password.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sansio_tl import types
from sansio_tl.auth.entered import any_text, password_bytes, sendable, source, text
from sansio_tl.auth.flow import DONE, FAILED, Build, Flow, FlowData
from sansio_tl.auth.login_base import BEGIN, STOPPED
from sansio_tl.auth.password import (
    AGAIN,
    ENTER_RECOVERY_CODE,
    FORGOT_PASSWORD,
    LOG_IN_FORGOTTEN,
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
from sansio_tl.auth.srp_job import Algorithm, Trial, can_prove, new_algorithm, new_password_hash, proof_job
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
from sansio_tl.errors import LocalProtocolError, ProtocolError, RpcError
from sansio_tl.functions import account, auth

_CHANGE = frozenset({"change"})

SETTINGS_WANTED = AwaitInput("settings wanted", "How things stand is known; change them or leave them.")
EMAIL_CODE_WANTED = AwaitInput("recovery e-mail code wanted", "A code was mailed to the new recovery address.")
RECOVERY_CODE_WANTED = AwaitInput("recovery code wanted", "A code to recover the password was mailed.")

LEARNING = Request("learning how things stand", "account.getPassword", STOPPED)
GETTING = Request("getting a challenge", "account.getPassword, for this one try.", SETTINGS_WANTED, _CHANGE)
COMPUTING = Computation(
    "proving and hashing", "The proof of the old password, the hash of the new.", SETTINGS_WANTED, _CHANGE
)
UPDATING = Request("updating", "account.updatePasswordSettings", SETTINGS_WANTED, frozenset({"request"}))
CONFIRMING = Request(
    "confirming the address", "account.confirmPasswordEmail", EMAIL_CODE_WANTED, frozenset({"e-mail code"})
)
MAILING_AGAIN = Request("mailing the code again", "account.resendPasswordEmail", EMAIL_CODE_WANTED)
DROPPING = Request("dropping the address", "account.cancelPasswordEmail", EMAIL_CODE_WANTED)
REQUESTING_RECOVERY = Request("requesting recovery", "auth.requestPasswordRecovery", SETTINGS_WANTED)
RECOVERING = Request("recovering", "auth.recoverPassword", RECOVERY_CODE_WANTED, frozenset({"recovery code"}))

CHANGE = UserInput("change the password")
CONFIRM = UserInput("confirm the address")
CONFIRM_PENDING = UserInput("go on with the pending address")
RESEND = UserInput("mail the code again")
DROP = UserInput("drop the address")

COMPUTED = Result("the request is ready")
UPDATED = Result("boolTrue")
REFUSED = Result("boolFalse")
RECOVERED = Result("auth.authorization")

UNCONFIRMED = refusal("EMAIL_UNCONFIRMED_X")
SETTINGS_REFUSED = RpcFailure(
    "NEW_SETTINGS_... / NEW_SALT_INVALID / EMAIL_INVALID",
    ("NEW_SETTINGS_INVALID", "NEW_SETTINGS_EMPTY", "NEW_SALT_INVALID", "EMAIL_INVALID", "EMAIL_NOT_ALLOWED"),
)
ADDRESS_EXPIRED = refusal("EMAIL_HASH_EXPIRED")
CODE_WRONG = RECOVERY_CODE_WRONG

_ALL = (
    LEARNING,
    GETTING,
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
        (STOPPED, BEGIN): LEARNING,
        (LEARNING, PASSWORD_IS_SET): SETTINGS_WANTED,
        (LEARNING, NO_PASSWORD): SETTINGS_WANTED,
        (LEARNING, UNKNOWN_ALGORITHM): FAILED,
        (SETTINGS_WANTED, CHANGE): GETTING,
        (SETTINGS_WANTED, CONFIRM_PENDING): EMAIL_CODE_WANTED,
        (SETTINGS_WANTED, FORGOT_PASSWORD): REQUESTING_RECOVERY,
        (GETTING, PASSWORD_IS_SET): COMPUTING,
        (GETTING, NO_PASSWORD): COMPUTING,
        (GETTING, UNKNOWN_ALGORITHM): FAILED,
        (COMPUTING, COMPUTED): UPDATING,
        (UPDATING, UPDATED): DONE,
        (UPDATING, REFUSED): SETTINGS_WANTED,
        (UPDATING, UNCONFIRMED): EMAIL_CODE_WANTED,
        (UPDATING, PASSWORD_WRONG): SETTINGS_WANTED,
        (UPDATING, SETTINGS_REFUSED): SETTINGS_WANTED,
        (UPDATING, SRP_EXPIRED): GETTING,
        (UPDATING, AGAIN): GETTING,
        (EMAIL_CODE_WANTED, CONFIRM): CONFIRMING,
        (EMAIL_CODE_WANTED, RESEND): MAILING_AGAIN,
        (EMAIL_CODE_WANTED, DROP): DROPPING,
        (CONFIRMING, UPDATED): DONE,
        (CONFIRMING, CODE_WRONG): EMAIL_CODE_WANTED,
        (MAILING_AGAIN, UPDATED): EMAIL_CODE_WANTED,
        (DROPPING, UPDATED): LEARNING,
        (REQUESTING_RECOVERY, RECOVERY_MAILED): RECOVERY_CODE_WANTED,
        (REQUESTING_RECOVERY, RECOVERY_IMPOSSIBLE): SETTINGS_WANTED,
        (REQUESTING_RECOVERY, NOTHING_TO_RECOVER): LEARNING,
        (RECOVERY_CODE_WANTED, ENTER_RECOVERY_CODE): RECOVERING,
        (RECOVERY_CODE_WANTED, REMEMBERED): SETTINGS_WANTED,
        (RECOVERING, RECOVERED): LEARNING,
        (RECOVERING, RECOVERY_CODE_WRONG): RECOVERY_CODE_WANTED,
        (RECOVERING, RECOVERY_EXPIRED): SETTINGS_WANTED,
    },
    back_home(_ABOUT_THE_ADDRESS, REFUSED),
    from_each(_ABOUT_THE_ADDRESS, ADDRESS_EXPIRED, LEARNING),
    from_each(_ALL, LOG_IN_FORGOTTEN, FAILED),
    back_home(_ALL, WAIT),
)


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody wants: held in memory only."""

    current: bytes | None = field(repr=False)
    new: bytes | None = field(repr=False)
    """None removes the password; empty leaves it and changes the address only."""
    hint: str = field(repr=False)
    email: str | None = field(repr=False)
    entropy: Entropy


class SettingsFlowData(FlowData):
    """How things stand, as account.password says."""

    settings: PasswordSettingsPrompt = PasswordSettingsPrompt(has_password=False)
    code_length: int | None = None
    recovery_pattern: str = ""
    retry_at: Time | None = None


WANTS: Mapping[State, Callable[[Any], Prompt]] = MappingProxyType(
    {
        STOPPED: lambda facts: RetryPrompt(facts.retry_at),
        SETTINGS_WANTED: lambda facts: facts.settings,
        EMAIL_CODE_WANTED: lambda facts: RecoveryEmailCodePrompt(facts.code_length),
        RECOVERY_CODE_WANTED: lambda facts: RecoveryCodePrompt(facts.recovery_pattern),
    }
)
REQUESTS: Mapping[State, Build] = MappingProxyType(
    {
        LEARNING: lambda _, __: account.GetPassword(),
        GETTING: lambda _, __: account.GetPassword(),
        UPDATING: lambda _, secrets: secrets["request"],
        CONFIRMING: lambda _, secrets: account.ConfirmPasswordEmail(code=secrets["e-mail code"]),
        MAILING_AGAIN: lambda _, __: account.ResendPasswordEmail(),
        DROPPING: lambda _, __: account.CancelPasswordEmail(),
        REQUESTING_RECOVERY: lambda _, __: auth.RequestPasswordRecovery(),
        RECOVERING: lambda _, secrets: auth.RecoverPassword(code=secrets["recovery code"]),
    }
)


class PasswordSettings(Flow[bool]):
    """`PasswordSettings()`; the first action asks how things stand. The result is True."""

    KIND = "password settings"
    TABLE = TABLE
    FACTS = SettingsFlowData
    RESULT = (bool,)
    WANTS = WANTS
    REQUESTS = REQUESTS

    _facts: SettingsFlowData

    def __init__(self) -> None:
        """Only for an account that is logged in."""
        super().__init__(SettingsFlowData(), LEARNING)

    def begin(self) -> None:
        """After a refusal: ask again how things stand."""
        self._move(BEGIN)

    def set_password(
        self,
        new: str | bytes,
        *,
        current: str | bytes | None = None,
        hint: str = "",
        email: str | None = None,
        entropy: Entropy,
    ) -> None:
        """Set or change the password. `current` is needed when there is one; `email` is a recovery address to confirm.

        Raises LocalProtocolError when the new password is empty, the hint gives it away, or `current` is missing.
        """
        secret = password_bytes(new, "the new password")
        if hint and any_text(hint, "the hint").encode() == secret:
            raise LocalProtocolError("the hint must not be the password")
        self._change(current, secret, hint, email, entropy)

    def remove_password(self, current: str | bytes, *, entropy: Entropy) -> None:
        """Take the password away, and the recovery address with it."""
        self._change(current, None, "", None, entropy)

    def set_email(self, email: str, *, current: str | bytes, entropy: Entropy) -> None:
        """Change the recovery address only."""
        self._change(current, b"", "", text(email, "the address"), entropy)

    def confirm_email(self, code: str) -> None:
        """The code that was mailed to the recovery address."""
        self._move(CONFIRM, **{"e-mail code": text(code, "the code")})

    def confirm_pending(self) -> None:
        """Go on with an address that was given earlier and waits for its code (`unconfirmed_email`)."""
        self._move(CONFIRM_PENDING)

    def resend_email(self) -> None:
        """Have the code to the recovery address mailed again."""
        self._move(RESEND)

    def cancel_email(self) -> None:
        """Drop the recovery address that waits for its code."""
        self._move(DROP)

    def forgot_password(self) -> None:
        """Have a code mailed that takes the forgotten password away."""
        self._move(FORGOT_PASSWORD)

    def remembered_password(self) -> None:
        """Leave the recovery."""
        self._move(REMEMBERED)

    def enter_recovery_code(self, code: str) -> None:
        """Take the password away with the mailed code."""
        self._move(ENTER_RECOVERY_CODE, **{"recovery code": text(code, "the code")})

    def _change(
        self, current: str | bytes | None, new: bytes | None, hint: str, email: str | None, entropy: Entropy
    ) -> None:
        """What is sent only after the answer to the next request is checked now."""
        if self.state == SETTINGS_WANTED and self._facts.settings.has_password and not current:
            raise LocalProtocolError("the account has a password: the current one is needed")
        old = password_bytes(current, "the current password") if current else None
        settings = types.account.PasswordInputSettings(
            new_algo=types.PasswordKdfAlgoUnknown(),
            new_password_hash=b"",
            hint=any_text(hint, "the hint"),
            email=None if email is None else any_text(email, "the address"),
        )
        sendable(account.UpdatePasswordSettings(password=types.InputCheckPasswordEmpty(), new_settings=settings))
        self._move(CHANGE, change=Change(old, new, hint, email, source(entropy)))

    def _is_enabled(self, given: Input) -> bool:
        if given == CONFIRM_PENDING:
            return self._facts.settings.unconfirmed_email is not None
        return given != FORGOT_PASSWORD or self._facts.settings.has_password

    def _classify_result(self, state: Request, result: object, now: float) -> Input:
        del now
        match result:
            case types.account.Password():
                return self._hear_password(state, result)
            case types.auth.PasswordRecovery():
                self._facts.recovery_pattern = result.email_pattern
                return RECOVERY_MAILED
            case types.auth.Authorization():
                return RECOVERED
            case True:
                self._finish(True)
                return UPDATED
            case False:
                return REFUSED
        return Result(type(result).__name__)

    def _hear_password(self, state: Request, result: types.account.Password) -> Input:
        self._facts.settings = PasswordSettingsPrompt(
            has_password=result.has_password,
            hint=result.hint,
            recoverable=result.has_recovery,
            unconfirmed_email=result.email_unconfirmed_pattern,
            login_email=result.login_email_pattern,
            holds_passport=result.has_secure_values,
        )
        if result.has_password and not can_prove(result):
            return UNKNOWN_ALGORITHM
        if state == GETTING:
            change: Change = self._secrets["change"]
            trial = Trial.of(result, change.entropy) if result.has_password else None
            salted = new_algorithm(result.new_algo, change.entropy) if change.new else None
            self._secrets["job"] = (change, trial, salted)
        return PASSWORD_IS_SET if result.has_password else NO_PASSWORD

    def _job(self, state: Computation) -> Callable[[], object]:
        del state
        return change_job(*self._secrets["job"])

    def _on_computed(self, state: Computation, value: object) -> Input:
        del state
        self._secrets["request"] = value
        return COMPUTED

    def _on_rpc_error(self, state: Request, given: RpcFailure, error: RpcError, now: float) -> None:
        del state
        if given == UNCONFIRMED:
            length = getattr(error, "length", None)
            self._facts.code_length = length if length is not None and 1 <= length <= 100 else None
        elif given == WAIT:
            self._facts.retry_at = now + getattr(error, "seconds", 0)


def change_job(change: Change, trial: Trial | None, salted: Algorithm | None) -> Callable[[], object]:
    """Makes the account.updatePasswordSettings, or returns the ProtocolError that says what is unsafe (HS20)."""

    def job() -> object:
        check: object = types.InputCheckPasswordEmpty()
        if trial is not None:
            check = proof_job(change.current or b"", trial)()
        if isinstance(check, ProtocolError):
            return check
        try:
            settings = _new_settings(change, salted)
        except ProtocolError as error:
            return error
        return account.UpdatePasswordSettings(password=check, new_settings=settings)  # type: ignore[arg-type]

    return job


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
