"""Passkeys: logging in with one, and registering one.

The ceremony itself (Web Authentication) is the platform's: a flow gives the options and takes what the ceremony gave.

    auth.initPasskeyLogin -> options, ceremony, auth.finishPasskeyLogin --> auth.authorization
    account.initPasskeyRegistration -> options, ceremony, account.registerPasskey --> passkey

The user handle of a passkey is ``dc:user id``: the second request of a log-in goes to that data center, and when the
first one went elsewhere it names that data center and the auth key used there. Protocol: api/passkeys.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from sansio_tl import types
from sansio_tl.auth.entered import any_text, dc_id, whole
from sansio_tl.auth.flow import DONE, FAILED, Build, Flow, FlowData
from sansio_tl.auth.login_base import (
    BEGIN,
    FATAL,
    SIGN_UP_REQUIRED,
    STOPPED,
    STOPPED_WANTS,
    BaseLogin,
    LoginFlowData,
    login_rows,
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
    refusal,
    table,
)
from sansio_tl.errors import LocalProtocolError
from sansio_tl.functions import account, auth

CEREMONY_WANTED = AwaitInput("ceremony wanted", "The platform is to perform the passkey ceremony.")
INITIATING = Request("asking for the options", "auth.initPasskeyLogin", STOPPED)
FINISHING = Request("handing in the credential", "auth.finishPasskeyLogin", CEREMONY_WANTED, frozenset({"credential"}))

ENTER_CREDENTIAL = UserInput("enter credential")
ABANDON = UserInput("abandon the ceremony")
OPTIONS = Result("options")
CREDENTIAL_REFUSED = refusal("CREDENTIAL_INVALID")
WRONG_ORIGIN = RpcFailure("PASSKEY_ORIGIN_MISMATCH / ACCESS_DENIED", ("PASSKEY_ORIGIN_MISMATCH", "ACCESS_DENIED"))

TABLE = table(
    login_rows((INITIATING, FINISHING), STOPPED, INITIATING, opening=(FINISHING,)),
    {
        (INITIATING, OPTIONS): CEREMONY_WANTED,
        (CEREMONY_WANTED, ENTER_CREDENTIAL): FINISHING,
        (CEREMONY_WANTED, ABANDON): STOPPED,
        (FINISHING, SIGN_UP_REQUIRED): FAILED,
        (FINISHING, CREDENTIAL_REFUSED): STOPPED,
        (FINISHING, WRONG_ORIGIN): FAILED,
        (INITIATING, WRONG_ORIGIN): FAILED,
    },
)


class PasskeyFlowData(LoginFlowData, kw_only=True):
    """The options of the ceremony, and where they came from."""

    first_dc: int
    first_auth_key_id: int
    options: str = ""


WANTS: Mapping[State, Callable[[Any], Prompt]] = MappingProxyType(
    {**STOPPED_WANTS, CEREMONY_WANTED: lambda facts: CeremonyPrompt(facts.options)}
)


def _finish(facts: PasskeyFlowData, secrets: Mapping[str, Any]) -> auth.FinishPasskeyLogin:
    credential, dc = secrets["credential"]
    elsewhere = dc != facts.first_dc
    return auth.FinishPasskeyLogin(
        credential=credential,
        from_dc_id=facts.first_dc if elsewhere else None,
        from_auth_key_id=facts.first_auth_key_id if elsewhere else None,
    )


REQUESTS: Mapping[State, Build] = MappingProxyType(
    {
        **PASSWORD_REQUESTS,
        INITIATING: lambda facts, _: auth.InitPasskeyLogin(api_id=facts.api_id, api_hash=facts.api_hash),
        FINISHING: _finish,
    }
)


class PasskeyLogin(BaseLogin):
    """Log in with a passkey of the account."""

    KIND = "passkey"
    TABLE = TABLE
    FACTS = PasskeyFlowData
    WANTS = WANTS
    REQUESTS = REQUESTS

    _facts: PasskeyFlowData  # pyright: ignore[reportIncompatibleVariableOverride]  made by FACTS, and kept

    def __init__(self, *, api_id: int, api_hash: str, dc: int, auth_key_id: int) -> None:
        """`dc` and `auth_key_id` (signed 64 bit, of the permanent key) say where the first request is sent."""
        key_id = whole(auth_key_id, "the id of the auth key", 64)
        facts = PasskeyFlowData(api_id=api_id, api_hash=api_hash, first_dc=dc_id(dc), first_auth_key_id=key_id)
        super().__init__(facts, INITIATING)

    def enter_credential(
        self, credential_id: str, *, client_data: str, authenticator_data: bytes, signature: bytes, user_handle: str
    ) -> None:
        """What the ceremony gave. `client_data` is the JSON text; `user_handle` is ``dc:user id``.

        Raises LocalProtocolError for another user handle: the passkey is not one of Telegram.
        """
        found = re.fullmatch(r"([0-9]{1,4}):([0-9]{1,19})", any_text(user_handle, "the user handle"))
        if found is None:
            raise LocalProtocolError("the user handle is not of the form dc:user")
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
        self._move(ENTER_CREDENTIAL, credential=(credential, dc))
        if dc != self._facts.first_dc:
            self._dc = dc

    def abandon(self) -> None:
        """The person or the platform broke the ceremony off."""
        self._move(ABANDON)

    def _classify_result(self, state: Request, result: object, now: float) -> Input:
        del now
        if isinstance(result, types.auth.PasskeyLoginOptions):
            self._facts.options = result.options.data
            return OPTIONS
        return self._hear_log_in(state, result)


# --- registering --------------------------------------------------------------------------------------------------

REGISTRATION_WANTED = AwaitInput("registration ceremony wanted", "The platform is to make a passkey.")
BEGINNING = Request("asking for the options", "account.initPasskeyRegistration", STOPPED)
REGISTERING = Request("registering", "account.registerPasskey", REGISTRATION_WANTED, frozenset({"credential"}))

REGISTERED = Result("passkey")
NOT_ALLOWED = RpcFailure(
    "ACCESS_DENIED / FRESH_RESET_AUTHORISATION_FORBIDDEN", ("ACCESS_DENIED", "FRESH_RESET_AUTHORISATION_FORBIDDEN")
)

REGISTRATION_TABLE = table(
    {
        (STOPPED, BEGIN): BEGINNING,
        (BEGINNING, OPTIONS): REGISTRATION_WANTED,
        (BEGINNING, NOT_ALLOWED): FAILED,
        (BEGINNING, FATAL): FAILED,
        (REGISTRATION_WANTED, ENTER_CREDENTIAL): REGISTERING,
        (REGISTRATION_WANTED, ABANDON): STOPPED,
        (REGISTERING, REGISTERED): DONE,
        (REGISTERING, CREDENTIAL_REFUSED): STOPPED,
        (REGISTERING, WRONG_ORIGIN): FAILED,
    },
    back_home((BEGINNING, REGISTERING), WAIT),
)


class RegistrationFlowData(FlowData):
    """The options of the ceremony."""

    options: str = ""
    retry_at: Time | None = None


REGISTRATION_WANTS: Mapping[State, Callable[[Any], Prompt]] = MappingProxyType(
    {
        STOPPED: lambda facts: RetryPrompt(facts.retry_at),
        REGISTRATION_WANTED: lambda facts: CeremonyPrompt(facts.options),
    }
)
REGISTRATION_REQUESTS: Mapping[State, Build] = MappingProxyType(
    {
        BEGINNING: lambda _, __: account.InitPasskeyRegistration(),
        REGISTERING: lambda _, secrets: account.RegisterPasskey(credential=secrets["credential"]),
    }
)


class PasskeyRegistration(Flow[types.Passkey]):
    """Give the account that is logged in a passkey. Only a session older than 24 hours may."""

    KIND = "passkey registration"
    TABLE = REGISTRATION_TABLE
    FACTS = RegistrationFlowData
    RESULT = (types.Passkey,)
    WANTS = REGISTRATION_WANTS
    REQUESTS = REGISTRATION_REQUESTS

    _facts: RegistrationFlowData

    def __init__(self) -> None:
        """The first action asks for the options."""
        super().__init__(RegistrationFlowData(), BEGINNING)

    def begin(self) -> None:
        """After a refusal: begin again."""
        self._move(BEGIN)

    def abandon(self) -> None:
        """The person or the platform broke the ceremony off."""
        self._move(ABANDON)

    def enter_credential(self, credential_id: str, *, client_data: str, attestation_data: bytes) -> None:
        """What the ceremony gave."""
        credential = types.InputPasskeyCredentialPublicKey(
            id=any_text(credential_id, "the id of the credential"),
            raw_id=credential_id,
            response=types.InputPasskeyResponseRegister(
                client_data=types.DataJSON(data=any_text(client_data, "the client data")),
                attestation_data=attestation_data,
            ),
        )
        self._move(ENTER_CREDENTIAL, credential=credential)

    def _classify_result(self, state: Request, result: object, now: float) -> Input:
        del state, now
        match result:
            case types.account.PasskeyRegistrationOptions():
                self._facts = msgspec.structs.replace(self._facts, options=result.options.data)
                return OPTIONS
            case types.Passkey():
                self._finish(result)
                return REGISTERED
        return Result(type(result).__name__)
