"""Logging in by Firebase Phone Number Verification: the platform proves the number, and no code is sent.

    auth.initFirebasePnvLogin -> auth.firebasePnvIntent, the platform's prompt,
    auth.finishFirebasePnvLogin --> auth.authorization, or auth.firebasePnvSignUp when there is no account yet

New in layer 229 and documented nowhere: the order of the calls is inferred from their types and names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from sansio_tl import types
from sansio_tl.auth.entered import any_text, text
from sansio_tl.auth.flow import Build
from sansio_tl.auth.login_base import SIGN_UP_REQUIRED, STOPPED, STOPPED_WANTS, BaseLogin, LoginFlowData, login_rows
from sansio_tl.auth.password import PASSWORD_REQUESTS
from sansio_tl.auth.phone_code.table import NAME_REFUSED, NOT_NOW
from sansio_tl.auth.prompts import CredentialPrompt, Prompt, SignUpPrompt
from sansio_tl.auth.state_table import AwaitInput, Input, Request, Result, State, UserInput, back_home, table
from sansio_tl.functions import auth

PROMPT_WANTED = AwaitInput("prompt wanted", "The platform is to prompt for the phone number credential.")
SIGN_UP_WANTED = AwaitInput("sign-up wanted", "The number has no account yet.")
INITIATING = Request("asking for the intent", "auth.initFirebasePnvLogin", STOPPED)
FINISHING = Request("handing in the credential", "auth.finishFirebasePnvLogin", PROMPT_WANTED, frozenset({"token"}))
SIGNING_UP = Request("signing up", "auth.firebasePnvSignUp", SIGN_UP_WANTED, frozenset({"names"}))

ENTER_TOKEN = UserInput("enter the token")
ABANDON = UserInput("abandon the prompt")
SIGN_UP = UserInput("sign up")
INTENT = Result("auth.firebasePnvIntent")

TABLE = table(
    login_rows((INITIATING, FINISHING, SIGNING_UP), STOPPED, INITIATING, opening=(FINISHING, SIGNING_UP)),
    {
        (INITIATING, INTENT): PROMPT_WANTED,
        (PROMPT_WANTED, ENTER_TOKEN): FINISHING,
        (PROMPT_WANTED, ABANDON): STOPPED,
        (FINISHING, SIGN_UP_REQUIRED): SIGN_UP_WANTED,
        (SIGN_UP_WANTED, SIGN_UP): SIGNING_UP,
        (SIGN_UP_WANTED, ABANDON): STOPPED,
    },
    back_home((SIGNING_UP,), NAME_REFUSED),
    back_home((SIGNING_UP,), NOT_NOW),
)


class PnvFlowData(LoginFlowData, kw_only=True):
    """What the platform prompts with, and the terms of a new account."""

    nonce: str = ""
    payload: str = ""
    sign_up: SignUpPrompt = SignUpPrompt()


WANTS: Mapping[State, Callable[[Any], Prompt]] = MappingProxyType(
    {
        **STOPPED_WANTS,
        PROMPT_WANTED: lambda facts: CredentialPrompt(facts.nonce, facts.payload),
        SIGN_UP_WANTED: lambda facts: facts.sign_up,
    }
)


def _sign_up(_: object, secrets: Mapping[str, Any]) -> auth.FirebasePnvSignUp:
    first, last, silent = secrets["names"]
    return auth.FirebasePnvSignUp(first_name=first, last_name=last, no_joined_notifications=silent)


REQUESTS: Mapping[State, Build] = MappingProxyType(
    {
        **PASSWORD_REQUESTS,
        INITIATING: lambda facts, _: auth.InitFirebasePnvLogin(api_id=facts.api_id, api_hash=facts.api_hash),
        FINISHING: lambda _, secrets: auth.FinishFirebasePnvLogin(google_token=secrets["token"]),
        SIGNING_UP: _sign_up,
    }
)


class FirebasePnvLogin(BaseLogin):
    """`FirebasePnvLogin(api_id=..., api_hash=...)`; the first action asks what to prompt with."""

    KIND = "Firebase PNV"
    TABLE = TABLE
    FACTS = PnvFlowData
    WANTS = WANTS
    REQUESTS = REQUESTS

    _facts: PnvFlowData  # pyright: ignore[reportIncompatibleVariableOverride]  made by FACTS, and kept

    def __init__(self, *, api_id: int, api_hash: str) -> None:
        """Only official applications can get a token that the server accepts."""
        super().__init__(PnvFlowData(api_id=api_id, api_hash=api_hash), INITIATING)

    def enter_token(self, token: str) -> None:
        """What the platform's prompt gave."""
        self._move(ENTER_TOKEN, token=text(token, "the token"))

    def abandon(self) -> None:
        """The person or the platform broke it off."""
        self._move(ABANDON)

    def sign_up(self, first_name: str, last_name: str = "", *, silent: bool = False) -> None:
        """Create the account, accepting the terms. `silent`: contacts are not told."""
        first, last = text(first_name, "the first name"), any_text(last_name, "the last name").strip()
        self._move(SIGN_UP, names=(first, last, silent))

    def _classify_result(self, state: Request, result: object, now: float) -> Input:
        del now
        match result:
            case types.auth.FirebasePnvIntent():
                self._facts.nonce, self._facts.payload = result.nonce, result.digital_credential_payload
                return INTENT
            case types.auth.AuthorizationSignUpRequired():
                self._facts.sign_up = SignUpPrompt.of(result.terms_of_service)
                return SIGN_UP_REQUIRED
        return self._hear_log_in(state, result)
