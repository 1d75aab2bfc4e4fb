"""Passkeys: logging in with one, and registering one.

The platform performs the ceremony (Web Authentication): a flow provides its options and submits its result.

    auth.initPasskeyLogin -> options, ceremony, auth.finishPasskeyLogin --> auth.authorization
    account.initPasskeyRegistration -> options, ceremony, account.registerPasskey --> passkey

The user handle of a passkey is ``dc:user id``: the second request of a login goes to that data center; if the first one
went to another, it names that other one and the auth key used there. Protocol: api/passkeys.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from sansio_tl import types
from sansio_tl.auth.flow import DONE, FAILED, Build, Flow, FlowData
from sansio_tl.auth.login_base import (
    BEGIN,
    FATAL,
    SIGN_UP_REQUIRED,
    STOPPED,
    STOPPED_PROMPTS,
    BaseLogin,
    LoginFlowData,
    login_rows,
    retry_time,
)
from sansio_tl.auth.password import PASSWORD_REQUESTS, WAIT
from sansio_tl.auth.prompts import CeremonyPrompt, Prompt, RetryPrompt
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
    rpc_failure,
    table,
)
from sansio_tl.auth.user_input import any_text, dc_id, whole
from sansio_tl.errors import LocalProtocolError, RpcError
from sansio_tl.functions import account, auth

AWAITING_CEREMONY = AwaitInput("awaiting ceremony", "The platform must perform the passkey ceremony.")
INITIATING = Request("requesting the options", "auth.initPasskeyLogin", STOPPED)
FINISHING = Request(
    "submitting the credential", "auth.finishPasskeyLogin", AWAITING_CEREMONY, frozenset({"credential"})
)

ENTER_CREDENTIAL = UserInput("enter credential")
ABANDON = UserInput("abandon the ceremony")
OPTIONS = Result("options")
CREDENTIAL_REJECTED = rpc_failure("CREDENTIAL_INVALID", "PASSKEY_CHALLENGE_EXPIRED")
WRONG_ORIGIN = RpcFailure("PASSKEY_ORIGIN_MISMATCH / ACCESS_DENIED", ("PASSKEY_ORIGIN_MISMATCH", "ACCESS_DENIED"))

TABLE = table(
    login_rows((INITIATING, FINISHING), STOPPED, INITIATING, opening=(FINISHING,)),
    {
        (INITIATING, OPTIONS): AWAITING_CEREMONY,
        (AWAITING_CEREMONY, ENTER_CREDENTIAL): FINISHING,
        (AWAITING_CEREMONY, ABANDON): STOPPED,
        (FINISHING, SIGN_UP_REQUIRED): FAILED,
        (FINISHING, CREDENTIAL_REJECTED): STOPPED,
        (FINISHING, WRONG_ORIGIN): FAILED,
        (INITIATING, WRONG_ORIGIN): FAILED,
    },
)


class PasskeyFlowData(LoginFlowData, kw_only=True):
    """The options of the ceremony, and the data center that sent them."""

    first_dc: int
    first_auth_key_id: int
    options: str = ""


PROMPTS: Mapping[State, Callable[[Any], Prompt]] = MappingProxyType(
    {**STOPPED_PROMPTS, AWAITING_CEREMONY: lambda data: CeremonyPrompt(data.options)}
)


def _finish(data: PasskeyFlowData, secrets: Mapping[str, Any]) -> auth.FinishPasskeyLogin:
    credential, dc = secrets["credential"]
    elsewhere = dc != data.first_dc
    return auth.FinishPasskeyLogin(
        credential=credential,
        from_dc_id=data.first_dc if elsewhere else None,
        from_auth_key_id=data.first_auth_key_id if elsewhere else None,
    )


REQUESTS: Mapping[State, Build] = MappingProxyType(
    {
        **PASSWORD_REQUESTS,
        INITIATING: lambda data, _: auth.InitPasskeyLogin(api_id=data.api_id, api_hash=data.api_hash),
        FINISHING: _finish,
    }
)


class PasskeyLogin(BaseLogin):
    """Log in with a passkey of the account."""

    KIND = "passkey"
    TABLE = TABLE
    DATA = PasskeyFlowData
    PROMPTS = PROMPTS
    REQUESTS = REQUESTS

    _data: PasskeyFlowData  # pyright: ignore[reportIncompatibleVariableOverride]  made by FACTS, and kept

    def __init__(self, *, api_id: int, api_hash: str, dc: int, auth_key_id: int) -> None:
        """`dc` and `auth_key_id` (signed 64 bit, of the permanent key) name where the first request is sent."""
        key_id = whole(auth_key_id, "the id of the auth key", 64)
        data = PasskeyFlowData(api_id=api_id, api_hash=api_hash, first_dc=dc_id(dc), first_auth_key_id=key_id)
        super().__init__(data, INITIATING)

    def enter_credential(
        self, credential_id: str, *, client_data: str, authenticator_data: bytes, signature: bytes, user_handle: str
    ) -> None:
        """The result of the ceremony. `client_data` is the JSON text; `user_handle` is ``dc:user id``.

        Raises LocalProtocolError for another user handle: the passkey does not belong to Telegram.
        """
        found = re.fullmatch(r"([0-9]{1,4}):([0-9]{1,19})", any_text(user_handle, "the user handle"))
        if found is None:
            raise LocalProtocolError("invalid user handle: expected the form dc:user")
        dc = dc_id(int(found[1]))
        credential = types.InputPasskeyCredentialPublicKey(
            id=any_text(credential_id, "the id of the credential"),
            raw_id=credential_id,
            response=types.InputPasskeyResponseLogin(
                client_data=types.DataJSON(data=any_text(client_data, "the client data")),
                authenticator_data=authenticator_data,
                signature=signature,
                user_handle=user_handle,
            ),
        )
        self._apply_input(ENTER_CREDENTIAL, credential=(credential, dc))
        if dc != self._data.first_dc:
            self._dc = dc

    def abandon(self) -> None:
        """The user or the platform cancelled the ceremony."""
        self._apply_input(ABANDON)

    def _classify_result(self, state: Request, result: object, now: float) -> Input:
        del now
        if isinstance(result, types.auth.PasskeyLoginOptions):
            self._data.options = result.options.data
            return OPTIONS
        return self._classify_login(state, result)


# --- registering --------------------------------------------------------------------------------------------------

AWAITING_REGISTRATION = AwaitInput("awaiting registration ceremony", "The platform must create a passkey.")
BEGINNING = Request("requesting the options", "account.initPasskeyRegistration", STOPPED)
REGISTERING = Request("registering", "account.registerPasskey", AWAITING_REGISTRATION, frozenset({"credential"}))

REGISTERED = Result("passkey")
ALGORITHM_UNSUPPORTED = rpc_failure("PASSKEY_ALGORITM_UNSUPPORTED")
NOT_ALLOWED = RpcFailure(
    "ACCESS_DENIED / FRESH_RESET_AUTHORISATION_FORBIDDEN", ("ACCESS_DENIED", "FRESH_RESET_AUTHORISATION_FORBIDDEN")
)

REGISTRATION_TABLE = table(
    {
        (STOPPED, BEGIN): BEGINNING,
        (BEGINNING, OPTIONS): AWAITING_REGISTRATION,
        (BEGINNING, NOT_ALLOWED): FAILED,
        (BEGINNING, FATAL): FAILED,
        (AWAITING_REGISTRATION, ENTER_CREDENTIAL): REGISTERING,
        (AWAITING_REGISTRATION, ABANDON): STOPPED,
        (REGISTERING, REGISTERED): DONE,
        (REGISTERING, CREDENTIAL_REJECTED): STOPPED,
        (REGISTERING, ALGORITHM_UNSUPPORTED): STOPPED,
        (REGISTERING, WRONG_ORIGIN): FAILED,
    },
    back_home((BEGINNING, REGISTERING), WAIT),
)


class RegistrationFlowData(FlowData):
    """The options of the ceremony."""

    options: str = ""
    retry_at: Time | None = None


REGISTRATION_PROMPTS: Mapping[State, Callable[[Any], Prompt]] = MappingProxyType(
    {
        STOPPED: lambda data: RetryPrompt(data.retry_at),
        AWAITING_REGISTRATION: lambda data: CeremonyPrompt(data.options),
    }
)
REGISTRATION_REQUESTS: Mapping[State, Build] = MappingProxyType(
    {
        BEGINNING: lambda _, __: account.InitPasskeyRegistration(),
        REGISTERING: lambda _, secrets: account.RegisterPasskey(credential=secrets["credential"]),
    }
)


class PasskeyRegistration(Flow[types.Passkey]):
    """Register a passkey for the logged-in account. Requires a session older than 24 hours."""

    KIND = "passkey registration"
    TABLE = REGISTRATION_TABLE
    DATA = RegistrationFlowData
    RESULT = (types.Passkey,)
    PROMPTS = REGISTRATION_PROMPTS
    REQUESTS = REGISTRATION_REQUESTS

    _data: RegistrationFlowData

    def __init__(self) -> None:
        """The first action requests the options."""
        super().__init__(RegistrationFlowData(), BEGINNING)

    def begin(self) -> None:
        """After an error: begin again."""
        self._apply_input(BEGIN)
        self._data.retry_at = None

    def abandon(self) -> None:
        """The user or the platform cancelled the ceremony."""
        self._apply_input(ABANDON)

    def enter_credential(self, credential_id: str, *, client_data: str, attestation_data: bytes) -> None:
        """The result of the ceremony."""
        credential = types.InputPasskeyCredentialPublicKey(
            id=any_text(credential_id, "the id of the credential"),
            raw_id=credential_id,
            response=types.InputPasskeyResponseRegister(
                client_data=types.DataJSON(data=any_text(client_data, "the client data")),
                attestation_data=attestation_data,
            ),
        )
        self._apply_input(ENTER_CREDENTIAL, credential=credential)

    def _classify_result(self, state: Request, result: object, now: float) -> Input:
        del state, now
        match result:
            case types.account.PasskeyRegistrationOptions():
                self._data = msgspec.structs.replace(self._data, options=result.options.data)
                return OPTIONS
            case types.Passkey():
                self._finish(result)
                return REGISTERED
        return Result(type(result).__name__)

    def _on_rpc_error(self, state: Request, given: RpcFailure, error: RpcError, now: float) -> None:
        del state
        if given == WAIT:
            self._data.retry_at = retry_time(error, now)
