"""Logging in by Firebase Phone Number Verification: the platform proves the number, no code is sent.

    auth.initFirebasePnvLogin -> auth.firebasePnvIntent, the platform's prompt,
    auth.finishFirebasePnvLogin --> auth.authorization, or auth.firebasePnvSignUp when there is no account yet

New in layer 229 (`except_ids` in layer 230) and undocumented: the order of the calls is inferred from their types and
names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec

from sansio_tl import types
from sansio_tl.auth.flow import Build
from sansio_tl.auth.login_base import SIGN_UP_REQUIRED, STOPPED, STOPPED_PROMPTS, BaseLogin, LoginFlowData, login_rows
from sansio_tl.auth.password import PASSWORD_REQUESTS
from sansio_tl.auth.phone_code.table import NAME_INVALID, NOT_NOW
from sansio_tl.auth.prompts import CredentialPrompt, Prompt, SignUpPrompt
from sansio_tl.auth.state_table import AwaitInput, Input, Request, Result, State, UserInput, back_home, table
from sansio_tl.auth.user_input import any_text, text, whole
from sansio_tl.functions import auth

AWAITING_CREDENTIAL = AwaitInput("awaiting credential", "The platform must prompt for the phone number credential.")
AWAITING_SIGN_UP = AwaitInput("awaiting sign-up", "The number has no account yet.")
INITIATING = Request("requesting the intent", "auth.initFirebasePnvLogin", STOPPED)
FINISHING = Request(
    "submitting the credential", "auth.finishFirebasePnvLogin", AWAITING_CREDENTIAL, frozenset({"token"})
)
SIGNING_UP = Request("signing up", "auth.firebasePnvSignUp", AWAITING_SIGN_UP, frozenset({"names"}))

ENTER_TOKEN = UserInput("enter the token")
ABANDON = UserInput("abandon the prompt")
SIGN_UP = UserInput("sign up")
INTENT = Result("auth.firebasePnvIntent")

TABLE = table(
    login_rows((INITIATING, FINISHING, SIGNING_UP), STOPPED, INITIATING, opening=(FINISHING, SIGNING_UP)),
    {
        (INITIATING, INTENT): AWAITING_CREDENTIAL,
        (AWAITING_CREDENTIAL, ENTER_TOKEN): FINISHING,
        (AWAITING_CREDENTIAL, ABANDON): STOPPED,
        (FINISHING, SIGN_UP_REQUIRED): AWAITING_SIGN_UP,
        (AWAITING_SIGN_UP, SIGN_UP): SIGNING_UP,
        (AWAITING_SIGN_UP, ABANDON): STOPPED,
    },
    back_home((SIGNING_UP,), NAME_INVALID),
    back_home((SIGNING_UP,), NOT_NOW),
)


class PnvFlowData(LoginFlowData, kw_only=True):
    """The platform's prompt, and the terms for a new account."""

    except_ids: list[int] = msgspec.field(default_factory=list)
    nonce: str = ""
    payload: str = ""
    sign_up: SignUpPrompt = SignUpPrompt()


PROMPTS: Mapping[State, Callable[[Any], Prompt]] = MappingProxyType(
    {
        **STOPPED_PROMPTS,
        AWAITING_CREDENTIAL: lambda data: CredentialPrompt(data.nonce, data.payload),
        AWAITING_SIGN_UP: lambda data: data.sign_up,
    }
)


def _sign_up(_: object, secrets: Mapping[str, Any]) -> auth.FirebasePnvSignUp:
    first, last, silent = secrets["names"]
    return auth.FirebasePnvSignUp(first_name=first, last_name=last, no_joined_notifications=silent)


REQUESTS: Mapping[State, Build] = MappingProxyType(
    {
        **PASSWORD_REQUESTS,
        INITIATING: lambda data, _: auth.InitFirebasePnvLogin(
            api_id=data.api_id, api_hash=data.api_hash, except_ids=data.except_ids or None
        ),
        FINISHING: lambda _, secrets: auth.FinishFirebasePnvLogin(google_token=secrets["token"]),
        SIGNING_UP: _sign_up,
    }
)


class FirebasePnvLogin(BaseLogin):
    """Log in with the number that Google confirms for the SIM card (Firebase Phone Number Verification).

    `FirebasePnvLogin(api_id=..., api_hash=...)`; the first action requests the intent.
    """

    KIND = "Firebase PNV"
    TABLE = TABLE
    DATA = PnvFlowData
    PROMPTS = PROMPTS
    REQUESTS = REQUESTS

    _data: PnvFlowData  # pyright: ignore[reportIncompatibleVariableOverride]  made by FACTS, and kept

    def __init__(self, *, api_id: int, api_hash: str, except_ids: Sequence[int] = ()) -> None:
        """Only official applications can get a token that the server accepts.

        `except_ids`: accounts that are already logged in on this device.
        """
        ids = [whole(user_id, "the id of an account", 64) for user_id in except_ids]
        super().__init__(PnvFlowData(api_id=api_id, api_hash=api_hash, except_ids=ids), INITIATING)

    def enter_token(self, token: str) -> None:
        """Submit the token that the platform's prompt returned."""
        self._apply_input(ENTER_TOKEN, token=text(token, "the token"))

    def abandon(self) -> None:
        """The user or the platform cancelled the prompt."""
        self._apply_input(ABANDON)

    def sign_up(self, first_name: str, last_name: str = "", *, silent: bool = False) -> None:
        """Create the account, accepting the terms. With `silent`, contacts are not notified."""
        first, last = text(first_name, "the first name"), any_text(last_name, "the last name").strip()
        self._apply_input(SIGN_UP, names=(first, last, silent))

    def _classify_result(self, state: Request, result: object, now: float) -> Input:
        del now
        match result:
            case types.auth.FirebasePnvIntent():
                self._data.nonce, self._data.payload = result.nonce, result.digital_credential_payload
                return INTENT
            case types.auth.AuthorizationSignUpRequired():
                self._data.sign_up = SignUpPrompt.of(result.terms_of_service)
                return SIGN_UP_REQUIRED
        return self._classify_login(state, result)
