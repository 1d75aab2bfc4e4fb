"""For every flow but the phone code: how to make one, a call for each input, and a value for each result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sansio_tl import auth, types
from sansio_tl.auth import Flow
from sansio_tl.auth.password_settings import Change
from sansio_tl.auth.srp_job import Trial
from sansio_tl.auth.state_table import State
from sansio_tl.functions.account import ResetAuthorization, UpdatePasswordSettings
from tests.helpers.flow_samples import (
    ALGORITHM,
    AUTHORIZED,
    NO_PASSWORD,
    NOW,
    PASSWORD,
    SIGN_UP_REQUIRED,
    UNKNOWN_ALGORITHM,
    P,
    entropy,
    password_of,
)
from tests.helpers.flow_state import data_of, put_at

LATER = int(NOW) + 604800
APP: dict[str, Any] = {"api_id": 17349, "api_hash": "hash"}
LINK = "tg://login?token=AQID"
SESSION = types.Authorization(
    hash=5,
    device_model="phone",
    platform="",
    system_version="",
    api_id=1,
    app_name="",
    app_version="",
    date_created=0,
    date_active=0,
    ip="",
    country="",
    region="",
)
SESSIONS = types.account.Authorizations(authorization_ttl_days=180, authorizations=[SESSION])
WEBSITES = types.account.WebAuthorizations(authorizations=[], users=[])
PASSKEY = types.Passkey(id="id", name="key", date=0)
TRIAL = Trial(ALGORITHM, P[1:] + b"\0", 42, entropy(256))
CHANGE = Change(PASSWORD.encode(), b"new", "", None)

ABOUT_PASSWORD: dict[str, object] = {
    "account.password": password_of(),
    "account.password without a password": NO_PASSWORD,
    "passwordKdfAlgoUnknown": UNKNOWN_ALGORITHM,
    "auth.passwordRecovery": types.auth.PasswordRecovery(email_pattern="a***@b.c"),
    "the account is deleted": True,
    "auth.authorization": AUTHORIZED,
    "auth.authorizationSignUpRequired": SIGN_UP_REQUIRED,
}
PASSWORD_MOVES: dict[str, Callable[[Any], None]] = {
    "enter password": lambda flow: flow.enter_password(PASSWORD, entropy=entropy),
    "forgot password": lambda flow: flow.forgot_password(),
    "back to the password": lambda flow: flow.remembered_password(),
    "enter recovery code": lambda flow: flow.enter_recovery_code("999"),
    "delete account": lambda flow: flow.delete_account("forgot it"),
    "begin again": lambda flow: flow.begin(),
}
REGISTRATION = types.InputPasskeyCredentialPublicKey(
    id="id",
    raw_id="id",
    response=types.InputPasskeyResponseRegister(client_data=types.DataJSON(data="{}"), attestation_data=b"a"),
)
SECRETS: dict[str, Any] = {
    "password": PASSWORD,
    "entropy": entropy,
    "srp": TRIAL,
    "proof": types.InputCheckPasswordSRP(srp_id=42, A=bytes(256), M1=bytes(32)),
    "recovery code": "999",
    "reason": "why not",
    "bot token": "1:token",
    "web token": "token",
    "token": b"token",
    "names": ("Ada", "Lovelace", False),
    "credential": (REGISTRATION, 2),
    "exported": types.auth.ExportedAuthorization(id=7, bytes=b"bytes"),
    "verification": types.EmailVerificationCode(code="1"),
    "change": CHANGE,
    "job": (CHANGE, TRIAL, ALGORITHM),
    "e-mail code": "123",
}
RESULTS: tuple[object, ...] = (
    AUTHORIZED,
    SESSION,
    PASSKEY,
    types.account.EmailVerified(email="me@b.c"),
    types.auth.LoggedOut(future_auth_token=b"token"),
    True,
    None,
)


@dataclass(frozen=True)
class FlowCase:
    make: Callable[[], Flow[Any]]
    inputs: Mapping[str, Callable[[Any], None]]
    results: Mapping[str, object]
    secrets: Mapping[str, Any] = field(default_factory=dict)
    prepare: Callable[[Any], None] = lambda flow: None

    def at(self, state: State) -> Any:
        """A flow in this state that knows everything it could know by then."""
        flow = self.make()
        self.prepare(flow)
        done = state == auth.DONE
        result = next(value for value in RESULTS if isinstance(value, flow.RESULT)) if done else None
        put_at(flow, state, secrets=SECRETS | dict(self.secrets), result=result)
        return flow


def _pending_email(flow: Any) -> None:
    data_of(flow).settings = auth.PasswordSettingsPrompt(has_password=True, unconfirmed_email="a***@b.c")


def _scanned(flow: Any) -> None:
    data_of(flow).retry_at = NOW
    data_of(flow).expires = NOW
    data_of(flow).token = b"\1\2\3"


CREDENTIAL: dict[str, Any] = {
    "client_data": "{}",
    "authenticator_data": b"a",
    "signature": b"s",
    "user_handle": "4:777",
}
EMAIL_MOVES: dict[str, Callable[[Any], None]] = {
    "enter e-mail address": lambda flow: flow.enter_email("me@b.c"),
    "enter e-mail code": lambda flow: flow.enter_email_code("123"),
    "enter Google or Apple token": lambda flow: flow.enter_email_token(apple="token"),
    "mail the code again": lambda flow: flow.resend_email_code(),
}

FLOW_CASES: dict[str, FlowCase] = {
    "QR": FlowCase(
        lambda: auth.QrLogin(**APP),
        PASSWORD_MOVES
        | {
            "renew the code": lambda flow: flow.renew(),
            "updateLoginToken": lambda flow: flow.receive_update(types.UpdateLoginToken(), now=NOW),
        },
        ABOUT_PASSWORD
        | {
            "auth.loginToken": types.auth.LoginToken(expires=int(NOW) + 30, token=b"\1\2\3"),
            "auth.loginTokenMigrateTo": types.auth.LoginTokenMigrateTo(dc_id=4, token=b"\1\2\3"),
        },
        prepare=_scanned,
    ),
    "QR scanner": FlowCase(
        lambda: auth.QrAccept(LINK), {"scan a QR code": lambda flow: flow.scan(LINK)}, {"authorization": SESSION}
    ),
    "bot": FlowCase(
        lambda: auth.BotLogin("1:token", **APP),
        {"enter bot token": lambda flow: flow.enter_token("1:token")},
        {"auth.authorization": AUTHORIZED},
    ),
    "web token": FlowCase(
        lambda: auth.WebTokenLogin("token", dc=4, **APP),
        PASSWORD_MOVES | {"enter web token": lambda flow: flow.enter_token("token", dc=4)},
        ABOUT_PASSWORD,
    ),
    "passkey": FlowCase(
        lambda: auth.PasskeyLogin(**APP, dc=2, auth_key_id=99),
        PASSWORD_MOVES
        | {
            "enter credential": lambda flow: flow.enter_credential("id", **CREDENTIAL),
            "abandon the ceremony": lambda flow: flow.abandon(),
        },
        ABOUT_PASSWORD | {"options": types.auth.PasskeyLoginOptions(options=types.DataJSON(data="{}"))},
    ),
    "passkey registration": FlowCase(
        auth.PasskeyRegistration,
        {
            "begin again": lambda flow: flow.begin(),
            "enter credential": lambda flow: flow.enter_credential("id", client_data="{}", attestation_data=b"a"),
            "abandon the ceremony": lambda flow: flow.abandon(),
        },
        {
            "options": types.account.PasskeyRegistrationOptions(options=types.DataJSON(data="{}")),
            "passkey": PASSKEY,
        },
        secrets={"credential": REGISTRATION},
    ),
    "Firebase PNV": FlowCase(
        lambda: auth.FirebasePnvLogin(**APP),
        PASSWORD_MOVES
        | {
            "enter the token": lambda flow: flow.enter_token("token"),
            "abandon the prompt": lambda flow: flow.abandon(),
            "sign up": lambda flow: flow.sign_up("Ada"),
        },
        ABOUT_PASSWORD | {"auth.firebasePnvIntent": types.auth.FirebasePnvIntent("n", "p")},
        secrets={"token": "token"},
    ),
    "password settings": FlowCase(
        auth.PasswordSettings,
        {
            **{
                name: PASSWORD_MOVES[name]
                for name in ("forgot password", "back to the password", "enter recovery code", "begin again")
            },
            "change the password": lambda flow: flow.set_password("new", current=PASSWORD, entropy=entropy),
            "continue with the pending address": lambda flow: flow.confirm_pending(),
            "confirm the address": lambda flow: flow.confirm_email("123"),
            "mail the code again": lambda flow: flow.resend_email(),
            "drop the address": lambda flow: flow.cancel_email(),
        },
        ABOUT_PASSWORD | {"boolTrue": True, "boolFalse": False},
        secrets={
            "request": UpdatePasswordSettings(types.InputCheckPasswordEmpty(), types.account.PasswordInputSettings())
        },
        prepare=_pending_email,
    ),
    "password reset": FlowCase(
        auth.ResetPassword,
        {
            "begin again": lambda flow: flow.begin(),
            "finish": lambda flow: flow.finish(now=LATER),
            "decline": lambda flow: flow.decline(),
        },
        {
            "account.resetPasswordRequestedWait": types.account.ResetPasswordRequestedWait(until_date=LATER),
            "account.resetPasswordFailedWait": types.account.ResetPasswordFailedWait(retry_date=LATER),
            "account.resetPasswordOk": types.account.ResetPasswordOk(),
            "boolTrue": True,
            "boolFalse": False,
        },
    ),
    "e-mail": FlowCase(
        lambda: auth.VerifyEmail(auth.EmailPurpose.LOG_IN),
        EMAIL_MOVES,
        {
            "account.sentEmailCode": types.account.SentEmailCode(email_pattern="a***", length=6),
            "account.emailVerified": types.account.EmailVerified(email="me@b.c"),
        },
    ),
    "transfer": FlowCase(
        lambda: auth.Transfer(4),
        {"begin again": lambda flow: flow.begin()},
        {
            "auth.exportedAuthorization": types.auth.ExportedAuthorization(id=7, bytes=b"bytes"),
            "auth.authorization": AUTHORIZED,
        },
    ),
    "sessions": FlowCase(
        auth.Sessions,
        {
            "begin again": lambda flow: flow.begin(),
            "end a session": lambda flow: flow.end(5),
            "end all other sessions": lambda flow: flow.end_others(),
            "confirm or change a session": lambda flow: flow.change(5, confirmed=True),
            "set the TTL of idle sessions": lambda flow: flow.set_ttl(30),
            "log out of a website": lambda flow: flow.end_website(6),
            "log out of all websites": lambda flow: flow.end_all_websites(),
            "list again": lambda flow: flow.refresh(),
            "leave": lambda flow: flow.leave(),
            "updateNewAuthorization": lambda flow: flow.receive_update(
                types.UpdateShort(types.UpdateNewAuthorization(hash=5), 0), now=NOW
            ),
        },
        {"account.authorizations": SESSIONS, "account.webAuthorizations": WEBSITES, "Bool": True},
        secrets={"request": ResetAuthorization(hash=5)},
    ),
    "account TTL": FlowCase(
        auth.AccountTtl,
        {
            "begin again": lambda flow: flow.begin(),
            "set days": lambda flow: flow.set_days(365),
            "keep days": lambda flow: flow.keep(),
        },
        {"accountDaysTTL": types.AccountDaysTTL(days=180), "boolTrue": True, "boolFalse": False},
    ),
    "delete account": FlowCase(
        auth.DeleteAccount,
        {
            "delete without the password": lambda flow: flow.delete("why not"),
            "delete with the password": lambda flow: flow.delete("why not", password=PASSWORD, entropy=entropy),
        },
        ABOUT_PASSWORD | {"boolTrue": True, "boolFalse": False},
    ),
    "log out": FlowCase(auth.LogOut, {}, {"auth.loggedOut": types.auth.LoggedOut(future_auth_token=b"token")}),
}
