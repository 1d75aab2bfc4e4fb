"""The other flows from beginning to end, and the prompts on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sansio_tl import auth, errors, functions, types
from sansio_tl.auth import Invoke, PasswordPrompt, PasswordSettingsPrompt, RetryPrompt, ScanPrompt, srp_job
from sansio_tl.auth import account_deletion as deletion
from sansio_tl.auth import email as email_flow
from sansio_tl.auth import firebase_pnv as pnv_flow
from sansio_tl.auth import passkey as passkey_flow
from sansio_tl.auth import password as pw
from sansio_tl.auth import password_reset as reset_flow
from sansio_tl.auth import password_settings as settings_flow
from sansio_tl.auth import qr as qr_flow
from sansio_tl.auth import sessions as sessions_flow
from sansio_tl.auth.login_base import STOPPED
from sansio_tl.auth.qr import qr_link, token_of_link
from sansio_tl.crypto import srp
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from sansio_tl.tl.objects import Function
from tests.auth.scripted_replies import Server, drive
from tests.helpers.direct_client import DirectClient
from tests.helpers.flow_cases import APP, CREDENTIAL, FLOW_CASES, LATER, LINK, PASSKEY, SESSION, SESSIONS, WEBSITES
from tests.helpers.flow_samples import (
    AUTHORIZED,
    NO_PASSWORD,
    NOW,
    PASSWORD,
    SIGN_UP_REQUIRED,
    UNKNOWN_ALGORITHM,
    G,
    P,
    entropy,
    password_of,
    through_json,
)
from tests.helpers.flow_state import data_of

CODE = types.auth.LoginToken(expires=int(NOW) + 30, token=b"\xfb\xff\x01")
MIGRATED = types.auth.LoginTokenMigrateTo(dc_id=4, token=b"there")
SCANNED = types.auth.LoginTokenSuccess(authorization=AUTHORIZED)


def driven(flow: Any, server: Server, now: float = NOW) -> Any:
    drive(flow, server, now=now)
    return flow


# --- QR -----------------------------------------------------------------------------------------------------------


def test_qr_login_renews_the_code_and_finishes_after_the_scan() -> None:
    server = Server({"auth.exportLoginToken": [CODE, CODE, SCANNED]})
    flow = driven(auth.QrLogin(**APP, except_ids=[5]), server)
    assert flow.prompt == ScanPrompt("tg://login?token=-_8B", NOW + 30)
    assert flow.next_deadline() == NOW + 30
    flow.handle_deadline(now=NOW + 29)
    assert flow.next_action() is None
    flow.handle_deadline(now=NOW + 30)
    drive(flow, server)
    assert flow.receive_update(types.UpdateShort(types.UpdateLoginToken(), 0), now=NOW)
    drive(flow, server)
    assert flow.result == AUTHORIZED
    assert flow.next_deadline() is None
    assert not flow.receive_update(types.UpdateLoginToken(), now=NOW)
    request: Any = server.asked[0]
    assert request.except_ids == [5]


def test_repr_of_the_scan_prompt_hides_the_login_link() -> None:
    assert "-_8B" not in repr(ScanPrompt("tg://login?token=-_8B", NOW))


def test_qr_login_moves_to_the_data_center_of_the_account() -> None:
    server = Server({"auth.exportLoginToken": [MIGRATED], "auth.importLoginToken": [SCANNED]})
    flow = auth.QrLogin(**APP)
    flow.receive_result(MIGRATED, now=NOW)
    action = flow.next_action()
    assert isinstance(action, Invoke)
    assert (action.dc, action.moves_account) == (4, True)
    assert through_json(flow).next_action() == action
    assert driven(flow, server).result == AUTHORIZED


def test_AU2_qr_login_with_endless_redirects_fails() -> None:
    away, back = types.auth.LoginTokenMigrateTo(5, b"token"), types.auth.LoginTokenMigrateTo(4, b"token")
    server = Server({"auth.exportLoginToken": [MIGRATED], "auth.importLoginToken": [away, back] * 20})
    flow = auth.QrLogin(**APP)
    with pytest.raises(RemoteProtocolError, match="AU2"):
        drive(flow, server)
    assert flow.state == STOPPED
    assert len(server.asked) < 20


def test_AU2_qr_login_reports_a_request_sent_to_the_wrong_data_center() -> None:
    flow = auth.QrLogin(**APP)
    flow.receive_result(MIGRATED, now=NOW)
    assert isinstance(action := flow.next_action(), Invoke)
    assert action.dc == 4
    with pytest.raises(RemoteProtocolError, match=r"AU2: the answer redirects to data center 4, .* `Invoke\.dc`"):
        flow.receive_result(MIGRATED, now=NOW)  # of the data center that was asked first
    assert flow.state == STOPPED


def test_qr_login_of_an_account_with_a_password_asks_for_it() -> None:
    server = Server({"auth.exportLoginToken": [CODE, errors.SessionPasswordNeeded()]})
    flow = driven(auth.QrLogin(**APP), server)
    flow.receive_update(types.UpdateLoginToken(), now=NOW)
    drive(flow, server)
    assert isinstance(flow.prompt, PasswordPrompt)
    flow.enter_password(PASSWORD, entropy=entropy)
    drive(flow, server)
    assert flow.result == AUTHORIZED


def test_qr_login_retries_with_growing_pauses_after_an_error() -> None:
    server = Server({"auth.exportLoginToken": [errors.parse(500, "RPC_CALL_FAIL")]})
    flow = driven(auth.QrLogin(**APP), server)
    now = NOW
    for pause in (1, 2, 4, 8, 16, 32, 60, 60):
        assert flow.prompt == RetryPrompt(now + pause)
        assert flow.next_deadline() == now + pause
        now += pause
        flow.handle_deadline(now=now)
        drive(flow, server, now=now)
    server.replies["auth.exportLoginToken"] = [errors.FloodWait(300), CODE]
    flow.handle_deadline(now=now + 60)
    drive(flow, server, now=now + 60)
    assert flow.next_deadline() == now + 360
    flow.begin()
    drive(flow, server)
    assert flow.state == qr_flow.AWAITING_SCAN


def test_codes_that_have_expired_on_arrival_are_shown_for_longer_each_time() -> None:
    """Our clock is ahead of the server's: a code that changes every second cannot be scanned."""
    flow, now = auth.QrLogin(**APP), NOW
    for shown_for in (1, 2, 4, 8, 16, 30, 30):
        flow.receive_result(types.auth.LoginToken(expires=int(now) - 100, token=b"x"), now=now)
        assert flow.next_deadline() == now + shown_for
        now += shown_for
        flow.handle_deadline(now=now)
    flow.receive_result(types.auth.LoginToken(expires=int(now) + 30, token=b"x"), now=now)
    assert flow.next_deadline() == now + 30
    flow.handle_deadline(now=now + 30)
    flow.receive_result(types.auth.LoginToken(expires=int(now) + 30, token=b"x"), now=now + 30)
    assert flow.next_deadline() == now + 31


@pytest.mark.parametrize(("life", "shown_for"), [(1, 1), (30, 30), (60, 60), (61, 60), (3600, 60)])
def test_code_is_not_shown_long_after_it_has_expired(life: int, shown_for: int) -> None:
    """Our clock may be behind the server's."""
    flow = auth.QrLogin(**APP)
    flow.receive_result(types.auth.LoginToken(expires=int(NOW) + life, token=b"x"), now=NOW)
    assert flow.prompt == ScanPrompt("tg://login?token=eA", NOW + shown_for)


def test_code_is_shown_for_at_least_a_second() -> None:
    flow = auth.QrLogin(**APP)
    flow.receive_result(types.auth.LoginToken(expires=int(NOW) + 1, token=b"x"), now=NOW + 0.9)
    assert flow.next_deadline() == NOW + 1.9


@pytest.mark.parametrize("migrated", [False, True])
def test_expired_code_is_not_shown_again_when_the_server_reports_that_it_was_accepted(*, migrated: bool) -> None:
    already = errors.parse(400, "AUTH_TOKEN_ALREADY_ACCEPTED")
    exported = [CODE, MIGRATED, already] if migrated else [CODE, already]
    server = Server({"auth.exportLoginToken": exported, "auth.importLoginToken": [already]})
    flow = driven(auth.QrLogin(**APP), server)
    for now, pause in (NOW + 30, 1), (NOW + 31, 2):
        flow.handle_deadline(now=now)
        drive(flow, server, now=now)
        assert flow.prompt == RetryPrompt(now + pause)
        assert flow.next_deadline() == now + pause


def test_codes_of_a_data_center_with_another_clock_can_be_scanned() -> None:
    for ahead in (-3600.0, 3600.0):
        client = DirectClient()
        flow = auth.QrLogin(**APP)
        now = client.now + ahead
        shown: list[float] = []
        for _ in range(10):
            action = flow.next_action()
            assert isinstance(action, auth.Invoke)
            client.now = now - ahead
            flow.receive_result(client.call(action.function), now=now)
            deadline = flow.next_deadline()
            assert deadline is not None
            shown.append(deadline - now)
            now = deadline
            flow.handle_deadline(now=now)
        assert shown[-1] == (30 if ahead > 0 else 60)


@pytest.mark.parametrize("token", [b"", b"a", b"ab", b"abc", bytes(range(256))])
def test_qr_link_round_trips_every_token(token: bytes) -> None:
    link = qr_link(token)
    assert "=" not in link.removeprefix("tg://login?token=")
    if token:
        assert token_of_link(link) == token


@pytest.mark.parametrize(
    "link", ["", "tg://login?token=", "tg://login?token=A", "tg://x?token=AAAA", "tg://login?token=+/+/"]
)
def test_qr_accept_refuses_a_link_that_is_no_login_link(link: str) -> None:
    with pytest.raises(LocalProtocolError):
        auth.QrAccept(link)


def test_qr_accept_authorizes_the_new_device_after_an_expired_token() -> None:
    server = Server({"auth.acceptLoginToken": [errors.AuthTokenExpired(), SESSION]})
    flow = driven(auth.QrAccept(LINK), server)
    assert isinstance(flow.error, errors.AuthTokenExpired)
    flow.scan(LINK)
    drive(flow, server)
    assert flow.result == SESSION
    assert server.asked[-1].token == b"\1\2\3"  # type: ignore[attr-defined]


# --- bots, web tokens, passkeys, Firebase --------------------------------------------------------------------------


def test_bot_login_follows_the_redirect_to_its_data_center() -> None:
    server = Server({"auth.importBotAuthorization": [errors.UserMigrate(4), AUTHORIZED]})
    flow = driven(auth.BotLogin(" 1:token ", **APP), server)
    assert flow.result == AUTHORIZED
    request: Any = server.asked[0]
    assert (request.bot_auth_token, request.flags) == ("1:token", 0)


@pytest.mark.parametrize("error", [errors.AccessTokenInvalid(), errors.AccessTokenExpired(), errors.ApiIdInvalid()])
def test_invalid_bot_token_fails_the_flow(error: errors.RpcError) -> None:
    assert driven(auth.BotLogin("1:x", **APP), Server({"auth.importBotAuthorization": [error]})).state == auth.FAILED


def test_restored_bot_login_asks_for_the_token_again() -> None:
    flow = through_json(auth.BotLogin("1:token", **APP))
    assert isinstance(flow.prompt, auth.BotTokenPrompt)
    with pytest.raises(LocalProtocolError):
        flow.enter_token(" ")
    flow.enter_token("1:token")
    assert driven(flow, Server({"auth.importBotAuthorization": [AUTHORIZED]})).finished


def test_web_token_is_imported_at_its_data_center() -> None:
    server = Server({"auth.importWebTokenAuthorization": [errors.WebauthTokenExpired(), AUTHORIZED]})
    flow: Any = auth.WebTokenLogin("old", dc=4, **APP)
    assert flow.next_action().dc == 4
    drive(flow, server)
    assert isinstance(flow.prompt, auth.WebTokenPrompt)
    flow.enter_token("new", dc=5)
    assert flow.next_action().dc == 5
    assert driven(flow, server).result == AUTHORIZED


def test_web_token_login_fails_when_a_sign_up_is_required() -> None:
    flow = driven(
        auth.WebTokenLogin("t", dc=4, **APP), Server({"auth.importWebTokenAuthorization": [SIGN_UP_REQUIRED]})
    )
    assert flow.state == auth.FAILED


OPTIONS = types.auth.PasskeyLoginOptions(options=types.DataJSON(data='{"publicKey": {}}'))


@pytest.mark.parametrize(("handle", "dc", "origin"), [("4:777", 4, (2, 99)), ("2:777", None, (None, None))])
def test_passkey_logs_in_at_the_data_center_of_its_user(handle: str, dc: int | None, origin: object) -> None:
    server = Server({"auth.initPasskeyLogin": [OPTIONS], "auth.finishPasskeyLogin": [AUTHORIZED]})
    flow = driven(auth.PasskeyLogin(**APP, dc=2, auth_key_id=99), server)
    assert flow.prompt == auth.CeremonyPrompt('{"publicKey": {}}')
    flow.enter_credential("id", **(CREDENTIAL | {"user_handle": handle}))
    assert flow.next_action().dc == dc
    drive(flow, server)
    assert flow.finished
    request: Any = server.asked[-1]
    assert (request.from_dc_id, request.from_auth_key_id) == origin
    assert request.credential.raw_id == "id"


@pytest.mark.parametrize("handle", ["", "777", "x:777", "4:", "4:7:7"])
def test_passkey_with_an_invalid_user_handle_is_refused(handle: str) -> None:
    flow = driven(auth.PasskeyLogin(**APP, dc=2, auth_key_id=99), Server({"auth.initPasskeyLogin": [OPTIONS]}))
    with pytest.raises(LocalProtocolError):
        flow.enter_credential("id", **(CREDENTIAL | {"user_handle": handle}))


@pytest.mark.parametrize("error", [errors.CredentialInvalid(), errors.PasskeyChallengeExpired()])
def test_passkey_login_can_be_repeated_after_a_refusal(error: errors.RpcError) -> None:
    server = Server({"auth.initPasskeyLogin": [OPTIONS], "auth.finishPasskeyLogin": [error, AUTHORIZED]})
    flow = driven(auth.PasskeyLogin(**APP, dc=2, auth_key_id=99), server)
    flow.enter_credential("id", **CREDENTIAL)
    drive(flow, server)
    assert flow.state == STOPPED
    flow.begin()
    drive(flow, server)
    flow.enter_credential("id", **CREDENTIAL)
    assert driven(flow, server).finished


def test_passkey_is_registered() -> None:
    options = types.account.PasskeyRegistrationOptions(options=types.DataJSON(data="{}"))
    server = Server({"account.initPasskeyRegistration": [options], "account.registerPasskey": [PASSKEY]})
    flow = driven(auth.PasskeyRegistration(), server)
    assert flow.prompt == auth.CeremonyPrompt("{}")
    flow.abandon()
    flow.begin()
    drive(flow, server)
    flow.enter_credential("id", client_data="{}", attestation_data=b"a")
    assert driven(flow, server).result == PASSKEY


def test_firebase_pnv_login_proves_the_number_and_signs_up() -> None:
    server = Server(
        {
            "auth.initFirebasePnvLogin": [types.auth.FirebasePnvIntent("nonce", "payload")],
            "auth.finishFirebasePnvLogin": [SIGN_UP_REQUIRED],
            "auth.firebasePnvSignUp": [errors.FirstnameInvalid(), AUTHORIZED],
        }
    )
    flow = driven(auth.FirebasePnvLogin(**APP), server)
    assert flow.prompt == auth.CredentialPrompt("nonce", "payload")
    with pytest.raises(LocalProtocolError):
        flow.enter_token("")
    flow.enter_token("token")
    drive(flow, server)
    assert flow.prompt.terms == "Be nice."
    for _ in range(2):
        flow.sign_up("Ada", "Lovelace")
        drive(flow, server)
    assert flow.finished


def test_firebase_pnv_login_names_the_accounts_of_the_device() -> None:
    for flow, ids in ((auth.FirebasePnvLogin(**APP), None), (auth.FirebasePnvLogin(**APP, except_ids=[5, 7]), [5, 7])):
        restored = auth.restore(flow.snapshot())
        server = Server({"auth.initFirebasePnvLogin": [types.auth.FirebasePnvIntent("nonce", "payload")]})
        drive(restored, server)
        (request,) = server.asked
        assert isinstance(request, functions.auth.InitFirebasePnvLogin)
        assert request.except_ids == ids


@pytest.mark.parametrize(
    "error", [errors.CredentialInvalid(), errors.PasskeyChallengeExpired(), errors.PasskeyAlgoritmUnsupported()]
)
def test_rejected_passkey_registration_begins_again(error: errors.RpcError) -> None:
    options = types.account.PasskeyRegistrationOptions(options=types.DataJSON(data="{}"))
    server = Server(
        {"account.initPasskeyRegistration": [options, options], "account.registerPasskey": [error, PASSKEY]}
    )
    flow = driven(auth.PasskeyRegistration(), server)
    for _ in range(2):
        flow.enter_credential("id", client_data="{}", attestation_data=b"a")
        drive(flow, server)
        if not flow.finished:
            flow.begin()
            drive(flow, server)
    assert flow.result == PASSKEY


# --- the password --------------------------------------------------------------------------------------------------


def test_first_password_is_set_with_random_bytes_appended_to_salt1() -> None:
    server = Server({"account.getPassword": [NO_PASSWORD]})
    flow = driven(auth.PasswordSettings(), server)
    assert flow.prompt.has_password is False
    flow.set_password("new password", hint="a hint", entropy=entropy)
    drive(flow, server)
    assert flow.result is True
    request: Any = server.asked[-1]
    assert request.password == types.InputCheckPasswordEmpty()
    algorithm = request.new_settings.new_algo
    assert algorithm.salt1 == b"salt one" + entropy(32)
    assert request.new_settings.new_password_hash == srp.verifier(
        "new password", salt1=algorithm.salt1, salt2=algorithm.salt2, g=G, p=P
    )
    assert (request.new_settings.hint, request.new_settings.email) == ("a hint", None)


def test_password_is_changed_with_proof_of_the_old_one_and_a_recovery_address() -> None:
    server = Server(
        {
            "account.updatePasswordSettings": [errors.SrpIdInvalid(), errors.EmailUnconfirmed(6)],
            "account.confirmPasswordEmail": [errors.CodeInvalid(), True],
        }
    )
    flow = driven(auth.PasswordSettings(), server)
    assert flow.prompt == PasswordSettingsPrompt(has_password=True, hint="like the comic", recoverable=True)
    with pytest.raises(LocalProtocolError, match="current"):
        flow.set_password("new", entropy=entropy)
    flow.set_password("new", current=PASSWORD, email="me@b.c", entropy=entropy)
    drive(flow, server)
    assert flow.prompt == auth.RecoveryEmailCodePrompt(6)
    request: Any = server.asked[-1]
    assert request.new_settings.email == "me@b.c"
    assert isinstance(request.password, types.InputCheckPasswordSRP)
    flow = through_json(flow)
    flow.resend_email()
    drive(flow, server)
    for _ in range(2):
        flow.confirm_email("123456")
        drive(flow, server)
    assert flow.result is True


def test_removing_the_password_sends_empty_settings() -> None:
    server = Server()
    flow = driven(auth.PasswordSettings(), server)
    flow.remove_password(PASSWORD, entropy=entropy)
    drive(flow, server)
    request: Any = server.asked[-1]
    assert request.new_settings == types.account.PasswordInputSettings(
        new_algo=types.PasswordKdfAlgoUnknown(), new_password_hash=b"", hint="", email=""
    )


def test_setting_the_recovery_address_leaves_the_password_unchanged() -> None:
    server = Server()
    flow = driven(auth.PasswordSettings(), server)
    flow.set_email("me@b.c", current=PASSWORD, entropy=entropy)
    drive(flow, server)
    request: Any = server.asked[-1]
    assert request.new_settings == types.account.PasswordInputSettings(email="me@b.c")


def test_wrong_old_password_is_prompted_for_again() -> None:
    server = Server({"account.updatePasswordSettings": [errors.PasswordHashInvalid(), True]})
    flow = driven(auth.PasswordSettings(), server)
    for _ in range(2):
        flow.remove_password("guess", entropy=entropy)
        drive(flow, server)
    assert flow.finished


@pytest.mark.parametrize(
    "offered",
    [
        types.PasswordKdfAlgoUnknown(),
        types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow(b"short", b"", G, P),
        types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow(b"long enough", b"", 9, P),
        types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow(b"long enough", b"", G, b"\7"),
    ],
)
def test_HS20_new_password_with_unsafe_parameters_is_refused(offered: types.TypePasswordKdfAlgo) -> None:
    password = password_of(has_password=False, current_algo=None, new_algo=offered)
    server = Server({"account.getPassword": [password]})
    flow = driven(auth.PasswordSettings(), server)
    flow.set_password("new", entropy=entropy)
    with pytest.raises(RemoteProtocolError, match="HS20"):
        drive(flow, server)
    assert isinstance(flow.prompt, PasswordSettingsPrompt)
    assert "account.updatePasswordSettings" not in server.methods


def test_hint_equal_to_the_password_is_refused() -> None:
    flow = driven(auth.PasswordSettings(), Server())
    for misuse in ({"new": "secret", "hint": "secret"}, {"new": b"secret", "hint": "secret"}, {"new": ""}):
        with pytest.raises(LocalProtocolError):
            flow.set_password(**misuse, current=PASSWORD, entropy=entropy)


def test_forgotten_password_is_removed_by_email_code_while_logged_in() -> None:
    server = Server(
        {
            "account.getPassword": [password_of(), NO_PASSWORD],
            "auth.requestPasswordRecovery": [types.auth.PasswordRecovery(email_pattern="a***")],
            "auth.recoverPassword": [AUTHORIZED],
        }
    )
    flow = driven(auth.PasswordSettings(), server)
    flow.forgot_password()
    drive(flow, server)
    assert flow.prompt == auth.RecoveryCodePrompt("a***")
    flow = through_json(flow)
    assert flow.prompt == auth.RecoveryCodePrompt("a***")
    flow.enter_recovery_code("1")
    drive(flow, server)
    assert flow.prompt.has_password is False


def test_password_reset_waits_for_its_date_and_can_be_declined() -> None:
    requested = types.account.ResetPasswordRequestedWait(until_date=LATER)
    server = Server({"account.resetPassword": [requested, types.account.ResetPasswordOk()]})
    flow = through_json(driven(auth.ResetPassword(), server))
    assert flow.prompt == auth.ResetPending(LATER)
    with pytest.raises(LocalProtocolError, match="604800"):
        flow.finish(now=NOW)
    flow.finish(now=LATER)
    assert driven(flow, server).result is True
    server = Server({"account.resetPassword": [requested, types.account.ResetPasswordFailedWait(retry_date=LATER + 1)]})
    flow = driven(auth.ResetPassword(), server)
    flow.decline()
    drive(flow, server)
    flow.begin()
    drive(flow, server)
    assert flow.prompt == auth.ResetUnavailable(LATER + 1)


# --- the rest ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("purpose", "kind"),
    [
        (auth.EmailPurpose.LOG_IN, types.EmailVerifyPurposeLoginChange()),
        (auth.EmailPurpose.PASSPORT, types.EmailVerifyPurposePassport()),
    ],
)
def test_email_address_is_verified_for_each_purpose(purpose: auth.EmailPurpose, kind: object) -> None:
    verified = types.account.EmailVerified(email="me@b.c")
    server = Server(
        {
            "account.sendVerifyEmailCode": [types.account.SentEmailCode(email_pattern="m***", length=6)],
            "account.verifyEmail": [errors.CodeInvalid(), verified],
        }
    )
    flow: Any = through_json(auth.VerifyEmail(purpose))
    flow.enter_email("me@b.c")
    drive(flow, server)
    assert flow.prompt == auth.EmailCodePrompt("m***", 6, own_address=True)
    for _ in range(2):
        flow.enter_email_code("123456")
        drive(flow, server)
    assert flow.result == verified
    request: Any = server.asked[-1]
    assert request.purpose == kind


def test_authorization_is_exported_and_imported_at_another_data_center() -> None:
    exported = types.auth.ExportedAuthorization(id=7, bytes=b"bytes")
    server = Server(
        {"auth.exportAuthorization": [exported], "auth.importAuthorization": [errors.AuthBytesInvalid(), AUTHORIZED]}
    )
    flow: Any = auth.Transfer(4)
    assert flow.next_action().dc is None
    flow.receive_result(exported, now=NOW)
    assert (flow.next_action().dc, flow.next_action().moves_account) == (4, False)
    assert driven(flow, server).result == AUTHORIZED
    assert server.methods == ["auth.importAuthorization", "auth.exportAuthorization", "auth.importAuthorization"]
    flow = driven(auth.Transfer(2), Server({"auth.exportAuthorization": [errors.DcIdInvalid()]}))
    assert flow.result is None


def test_ending_a_session_lists_the_sessions_again() -> None:
    server = Server(
        {
            "account.getAuthorizations": [SESSIONS],
            "account.getWebAuthorizations": [WEBSITES],
            "account.resetAuthorization": [errors.FreshResetAuthorisationForbidden(), True],
        }
    )
    flow = driven(auth.Sessions(), server)
    assert flow.sessions == SESSIONS
    assert through_json(flow).websites == WEBSITES
    flow.end(5)
    drive(flow, server)
    assert isinstance(flow.error, errors.FreshResetAuthorisationForbidden)
    flow.end(5)
    drive(flow, server)
    assert server.methods[-3:] == [
        "account.resetAuthorization",
        "account.getAuthorizations",
        "account.getWebAuthorizations",
    ]
    flow.leave()
    assert flow.finished
    assert flow.result is None


def test_account_ttl_is_fetched_and_changed() -> None:
    server = Server({"account.getAccountTTL": [types.AccountDaysTTL(days=180)], "account.setAccountTTL": [True]})
    flow = driven(auth.AccountTtl(), server)
    assert flow.prompt == auth.AccountTtlPrompt(180)
    with pytest.raises(LocalProtocolError):
        flow.set_days(0)
    flow.set_days(365)
    assert driven(flow, server).result == 365
    flow = driven(auth.AccountTtl(), server)
    flow.keep()
    assert flow.result == 180


def test_account_deletion_is_immediate_with_the_password_and_delayed_without() -> None:
    server = Server(
        {"account.deleteAccount": [errors.TwoFactorConfirmWait(604800), errors.PasswordHashInvalid(), True]}
    )
    flow: Any = auth.DeleteAccount()
    flow.delete("why not")
    drive(flow, server)
    assert flow.prompt == auth.DeletionPending(NOW + 604800)
    for password in ("guess", PASSWORD):
        flow.delete("why not", password=password, entropy=entropy)
        drive(flow, server)
    assert flow.result is True
    request: Any = server.asked[-1]
    assert isinstance(request.password, types.InputCheckPasswordSRP)
    assert server.asked[0].password is None  # type: ignore[attr-defined]
    with pytest.raises(LocalProtocolError):
        auth.DeleteAccount().delete("why not", password=PASSWORD)


def test_account_deleted_meanwhile_counts_as_deleted() -> None:
    flow = auth.DeleteAccount()
    flow.delete("why not")
    drive(flow, Server({"account.deleteAccount": [errors.UserDeactivated()]}))
    assert (flow.state, flow.result) == (auth.DONE, True)
    assert isinstance(flow.error, errors.UserDeactivated)
    assert through_json(flow).result is True


def test_logout_returns_the_future_auth_token() -> None:
    flow = driven(auth.LogOut(), Server({"auth.logOut": [types.auth.LoggedOut(future_auth_token=b"token")]}))
    assert flow.future_auth_token == b"token"
    assert auth.remember_token((b"old", b"token"), flow.future_auth_token) == (b"token", b"old")
    assert auth.remember_token((b"old",), None) == (b"old",)
    assert len(auth.remember_token([bytes([number]) for number in range(30)], b"new")) == 20
    assert auth.remember_token((b"old",), bytes(1024)) == (bytes(1024), b"old")
    assert auth.remember_token((b"old",), bytes(1025)) == (b"old",), "it would be written down with each snapshot"


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (errors.AuthKeyUnregistered(), False),
        (errors.SessionRevoked(), False),
        (errors.parse(500, "RPC_CALL_FAIL"), True),
    ],
)
def test_logout_finishes_for_every_error_of_the_server(error: errors.RpcError, kept: bool) -> None:
    flow = driven(auth.LogOut(), Server({"auth.logOut": [error]}))
    assert flow.state == auth.DONE
    assert (flow.result, flow.future_auth_token) == (None, None)
    assert (flow.error is not None) == kept


# --- limits of what is entered and of what the server names ------------------------------------------------------


@pytest.mark.parametrize(
    ("length", "shown"), [(-1, None), (0, None), (1, 1), (2, 2), (99, 99), (100, None), (1 << 30, None)]
)
def test_length_of_mailed_code_is_1_to_99_or_unknown(length: int, shown: int | None) -> None:
    flow: Any = auth.VerifyEmail(auth.EmailPurpose.LOG_IN)
    flow.enter_email("me@b.c")
    flow.receive_result(types.account.SentEmailCode(email_pattern="m***", length=length), now=NOW)
    assert flow.prompt == auth.EmailCodePrompt("m***", shown, own_address=True)
    flow.resend_email_code()
    flow.receive_result(types.account.SentEmailCode(email_pattern="", length=length), now=NOW)
    assert flow.prompt == auth.EmailCodePrompt("m***", shown, own_address=True)


def test_wrong_mailed_codes_are_counted_and_a_new_one_starts_at_none() -> None:
    flow: Any = FLOW_CASES["e-mail"].at(email_flow.AWAITING_CODE)
    for tries in (1, 2, 3):
        flow.enter_email_code("123")
        flow.receive_error(errors.CodeInvalid(), now=NOW)
        assert flow.prompt == auth.EmailCodePrompt("", own_address=True, tries=tries)
    flow.enter_email_code("123")
    flow.receive_error(errors.EmailVerifyExpired(), now=NOW)
    assert flow.prompt.tries == 3
    flow.resend_email_code()
    flow.receive_result(types.account.SentEmailCode(email_pattern="m***", length=6), now=NOW)
    assert flow.prompt == auth.EmailCodePrompt("m***", 6, own_address=True)


def test_email_address_is_verified_with_a_google_or_an_apple_token() -> None:
    assert auth.VerifyEmail(auth.EmailPurpose.LOG_IN).prompt == auth.EmailPrompt(
        google_allowed=True, apple_allowed=True
    )
    with pytest.raises(LocalProtocolError, match="either a Google or an Apple token"):
        email_flow.email_token("google", "apple")
    with pytest.raises(LocalProtocolError, match="either a Google or an Apple token"):
        email_flow.email_token(None, None)
    assert email_flow.email_token("token", None) == types.EmailVerificationGoogle(token="token")
    assert email_flow.email_token(None, "token") == types.EmailVerificationApple(token="token")


@pytest.mark.parametrize(
    ("length", "shown"), [(0, None), (1, 1), (6, 6), (100, 100), (101, None), (-1, None), (None, None)]
)
def test_length_of_recovery_email_code_is_1_to_100_or_unknown(length: int | None, shown: int | None) -> None:
    flow = FLOW_CASES["password settings"].at(settings_flow.UPDATING)
    error = errors.EmailUnconfirmed(6)
    error.length = length
    flow.receive_error(error, now=NOW)
    assert flow.prompt == auth.RecoveryEmailCodePrompt(shown)


@pytest.mark.parametrize("edge", [1 << 63, 1 << 64, -(1 << 63) - 1])
def test_ids_have_64_bits(edge: int) -> None:
    for accepted in ((1 << 63) - 1, -(1 << 63), 0):
        auth.QrLogin(**APP, except_ids=[accepted])
        auth.PasskeyLogin(**APP, dc=2, auth_key_id=accepted)
    with pytest.raises(LocalProtocolError, match="the id of an account has more than 64 bits"):
        auth.QrLogin(**APP, except_ids=[edge])
    with pytest.raises(LocalProtocolError, match="the id of the auth key has more than 64 bits"):
        auth.PasskeyLogin(**APP, dc=2, auth_key_id=edge)


def test_days_until_deletion_are_positive_32_bit_integers() -> None:
    for days, message in ((0, "positive"), (-1, "positive"), (1 << 31, "more than 32 bits")):
        flow: Any = FLOW_CASES["account TTL"].at(deletion.TTL_KNOWN)
        with pytest.raises(LocalProtocolError, match=message):
            flow.set_days(days)
    for days in (1, (1 << 31) - 1):
        flow = FLOW_CASES["account TTL"].at(deletion.TTL_KNOWN)
        flow.set_days(days)
        assert flow.next_action().function.ttl == types.AccountDaysTTL(days=days)


def test_days_refused_by_the_server_leave_the_old_ones() -> None:
    server = Server({"account.getAccountTTL": [types.AccountDaysTTL(days=180)], "account.setAccountTTL": [False, True]})
    flow = driven(auth.AccountTtl(), server)
    flow.set_days(30)
    drive(flow, server)
    assert flow.prompt == auth.AccountTtlPrompt(180)
    flow.set_days(31)
    drive(flow, server)
    assert (flow.result, flow.snapshot()["data"]["days"]) == (31, 31)


def test_deletion_answered_with_false_may_be_confirmed_again() -> None:
    server = Server({"account.deleteAccount": [False, True]})
    flow: Any = auth.DeleteAccount()
    flow.delete("why not")
    drive(flow, server)
    assert flow.prompt == auth.DeletionPrompt()
    with pytest.raises(LocalProtocolError, match="no result"):
        _ = flow.result
    flow.delete("why not")
    assert driven(flow, server).result is True
    assert [request.reason for request in server.asked] == ["why not", "why not"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("account", "state"), [(NO_PASSWORD, "deleting account"), (UNKNOWN_ALGORITHM, "failed")])
def test_deletion_without_a_usable_password_is_sent_without_or_fails(account: Any, state: str) -> None:
    flow: Any = auth.DeleteAccount()
    flow.delete("why not", password=PASSWORD, entropy=entropy)
    flow.receive_result(account, now=NOW)
    assert str(flow.state) == state


def test_deletion_with_a_password_requires_entropy() -> None:
    flow = auth.DeleteAccount()
    with pytest.raises(LocalProtocolError, match="a password requires entropy for its proof"):
        flow.delete("why not", password=PASSWORD)
    assert flow.prompt == auth.DeletionPrompt()


def test_names_of_a_new_account_are_stripped_and_contacts_are_notified_by_default() -> None:
    flow: Any = FLOW_CASES["Firebase PNV"].at(pnv_flow.AWAITING_SIGN_UP)
    flow.sign_up(" Ada ", " Lovelace ")
    request = flow.next_action().function
    assert (request.first_name, request.last_name, request.no_joined_notifications) == ("Ada", "Lovelace", False)
    flow.receive_error(errors.FirstnameInvalid(), now=NOW)
    flow.sign_up("Ada", silent=True)
    request = flow.next_action().function
    assert (request.first_name, request.last_name, request.no_joined_notifications) == ("Ada", "", True)


def test_abandoning_a_prompt_of_the_platform_stops_the_flow() -> None:
    for kind, state in (
        ("passkey", passkey_flow.AWAITING_CEREMONY),
        ("passkey registration", passkey_flow.AWAITING_REGISTRATION),
        ("Firebase PNV", pnv_flow.AWAITING_CREDENTIAL),
        ("Firebase PNV", pnv_flow.AWAITING_SIGN_UP),
    ):
        flow: Any = FLOW_CASES[kind].at(state)
        flow.abandon()
        assert flow.prompt == RetryPrompt(None)


def test_passkey_is_submitted_with_all_data_of_the_ceremony() -> None:
    flow: Any = FLOW_CASES["passkey"].at(passkey_flow.AWAITING_CEREMONY)
    flow.enter_credential("id", **CREDENTIAL)
    assert flow.next_action().function.credential == types.InputPasskeyCredentialPublicKey(
        id="id",
        raw_id="id",
        response=types.InputPasskeyResponseLogin(
            client_data=types.DataJSON(data="{}"), authenticator_data=b"a", signature=b"s", user_handle="4:777"
        ),
    )
    flow = FLOW_CASES["passkey registration"].at(passkey_flow.AWAITING_REGISTRATION)
    flow.enter_credential("id", client_data="{}", attestation_data=b"a")
    assert flow.next_action().function.credential == types.InputPasskeyCredentialPublicKey(
        id="id",
        raw_id="id",
        response=types.InputPasskeyResponseRegister(client_data=types.DataJSON(data="{}"), attestation_data=b"a"),
    )


# --- QR: times -----------------------------------------------------------------------------------------------------


def test_qr_code_is_valid_for_at_least_a_second() -> None:
    for expires, deadline in ((-5, 1), (0, 1), (1, 1), (2, 2), (30, 30)):
        flow = auth.QrLogin(**APP)
        flow.receive_result(types.auth.LoginToken(expires=int(NOW) + expires, token=b"x"), now=NOW)
        assert flow.next_deadline() == NOW + deadline
        assert flow.prompt == ScanPrompt(qr_link(b"x"), NOW + deadline)


def test_received_qr_code_resets_the_backoff() -> None:
    server_error = errors.parse(500, "RPC_CALL_FAIL")
    flow: Any = auth.QrLogin(**APP)
    for pause in (1, 2, 4):
        flow.receive_error(server_error, now=NOW)
        assert flow.next_deadline() == NOW + pause
        flow.begin()
    flow.receive_result(CODE, now=NOW)
    flow.renew()
    flow.receive_error(server_error, now=NOW)
    assert flow.next_deadline() == NOW + 1


def test_qr_login_has_a_deadline_only_while_it_waits() -> None:
    flow: Any = auth.QrLogin(**APP)
    assert flow.next_deadline() is None
    action = flow.next_action()
    flow.handle_deadline(now=NOW * 2)
    assert flow.next_action() == action
    flow.receive_error(errors.SessionPasswordNeeded(), now=NOW)
    flow.receive_result(password_of(), now=NOW)
    assert flow.next_deadline() is None
    flow.handle_deadline(now=NOW * 2)
    assert isinstance(flow.prompt, PasswordPrompt)


def test_migrated_qr_login_sends_its_requests_to_the_new_data_center() -> None:
    flow: Any = auth.QrLogin(**APP)
    flow.receive_result(MIGRATED, now=NOW)
    assert flow.next_action().function.token == b"there"
    flow.receive_error(errors.parse(500, "RPC_CALL_FAIL"), now=NOW)
    assert flow.prompt == RetryPrompt(NOW + 1)
    flow.handle_deadline(now=NOW + 0.9)
    assert flow.next_action() is None
    flow.handle_deadline(now=NOW + 1)
    action = flow.next_action()
    assert (action.function.NAME, action.dc, action.moves_account) == ("auth.exportLoginToken", 4, True)


@pytest.mark.parametrize("dc", [0, -1, 1001])
def test_AU3_qr_login_refuses_an_invalid_data_center(dc: int) -> None:
    flow = auth.QrLogin(**APP)
    with pytest.raises(RemoteProtocolError, match=f"AU3: invalid data center of a QR code: {dc}"):
        flow.receive_result(types.auth.LoginTokenMigrateTo(dc_id=dc, token=b"t"), now=NOW)
    assert flow.state == STOPPED


def test_update_is_handled_by_a_qr_login_only_while_its_code_is_shown() -> None:
    flow: Any = auth.QrLogin(**APP)
    assert not flow.receive_update(types.UpdateLoginToken(), now=NOW)
    flow.receive_result(CODE, now=NOW)
    assert not flow.receive_update(types.UpdateConfig(), now=NOW)
    assert flow.state == qr_flow.AWAITING_SCAN
    many = types.Updates(updates=[types.UpdateConfig(), types.UpdateLoginToken()], users=[], chats=[], date=0, seq=0)
    assert flow.receive_update(many, now=NOW)
    assert flow.state == qr_flow.EXPORTING


def test_update_of_a_new_session_refreshes_the_list_only_while_it_is_shown() -> None:
    update = types.UpdateNewAuthorization(hash=5)
    flow: Any = auth.Sessions()
    assert not flow.receive_update(update, now=NOW)
    flow.receive_result(SESSIONS, now=NOW)
    assert not flow.receive_update(update, now=NOW)
    flow.receive_result(WEBSITES, now=NOW)
    assert not flow.receive_update(types.UpdateConfig(), now=NOW)
    assert flow.prompt == auth.SessionsPrompt()
    both = types.UpdatesCombined(updates=[types.UpdateConfig(), update], users=[], chats=[], date=0, seq_start=0, seq=0)
    assert flow.receive_update(both, now=NOW)
    assert flow.next_action().function.NAME == "account.getAuthorizations"


def test_each_change_of_a_session_sends_its_request() -> None:
    account, functions_auth = functions.account, functions.auth
    changes: list[tuple[Callable[[Any], None], Function[bool]]] = [
        (lambda flow: flow.end(5), account.ResetAuthorization(hash=5)),
        (lambda flow: flow.end_others(), functions_auth.ResetAuthorizations()),
        (lambda flow: flow.change(5), account.ChangeAuthorizationSettings(hash=5)),
        (
            lambda flow: flow.change(5, confirmed=True, encrypted_requests_disabled=True, call_requests_disabled=False),
            account.ChangeAuthorizationSettings(
                hash=5, confirmed=True, encrypted_requests_disabled=True, call_requests_disabled=False
            ),
        ),
        (lambda flow: flow.set_ttl(30), account.SetAuthorizationTTL(authorization_ttl_days=30)),
        (lambda flow: flow.end_website(6), account.ResetWebAuthorization(hash=6)),
        (lambda flow: flow.end_all_websites(), account.ResetWebAuthorizations()),
    ]
    for change, request in changes:
        flow: Any = FLOW_CASES["sessions"].at(sessions_flow.LISTED)
        change(flow)
        assert flow.next_action().function == request
        flow.receive_result(False, now=NOW)
        assert flow.next_action().function == account.GetAuthorizations()


# --- the password settings -----------------------------------------------------------------------------------------


def test_password_settings_are_in_the_prompt() -> None:
    flow: Any = auth.PasswordSettings()
    flow.receive_result(
        password_of(
            has_recovery=False,
            email_unconfirmed_pattern="u***",
            login_email_pattern="l***",
            has_secure_values=True,
        ),
        now=NOW,
    )
    assert flow.prompt == PasswordSettingsPrompt(
        has_password=True,
        hint="like the comic",
        recoverable=False,
        unconfirmed_email="u***",
        login_email="l***",
        holds_passport=True,
    )
    flow.confirm_pending()
    assert flow.prompt == auth.RecoveryEmailCodePrompt(None)
    flow.cancel_email()
    assert flow.next_action().function.NAME == "account.cancelPasswordEmail"
    flow.receive_result(False, now=NOW)
    assert flow.prompt == auth.RecoveryEmailCodePrompt(None)
    flow.cancel_email()
    flow.receive_result(True, now=NOW)
    assert flow.next_action().function.NAME == "account.getPassword"


def test_settings_of_the_password_are_unknown_before_they_are_fetched() -> None:
    data = auth.PasswordSettings().snapshot()["data"]
    assert data["settings"]["has_password"] is False
    assert (data["code_length"], data["recovery_pattern"], data["retry_at"]) == (None, "", None)


def test_inputs_for_which_the_settings_give_no_reason_are_not_allowed() -> None:
    flow: Any = auth.PasswordSettings()
    flow.receive_result(NO_PASSWORD, now=NOW)
    assert flow.allowed_inputs == (settings_flow.CHANGE,)
    for misuse in (flow.forgot_password, flow.confirm_pending):
        with pytest.raises(LocalProtocolError, match="in state awaiting settings"):
            misuse()
    flow = auth.PasswordSettings()
    flow.receive_result(password_of(), now=NOW)
    assert flow.allowed_inputs == (settings_flow.CHANGE, pw.FORGOT_PASSWORD)


def test_current_password_is_required_where_the_password_may_be_changed() -> None:
    flow: Any = FLOW_CASES["password settings"].at(settings_flow.AWAITING_EMAIL_CODE)
    data_of(flow).settings = PasswordSettingsPrompt(has_password=True)
    with pytest.raises(LocalProtocolError, match="cannot change the password in state awaiting recovery e-mail code"):
        flow.set_password("new", entropy=entropy)
    for missing in (None, "", b""):
        flow = driven(auth.PasswordSettings(), Server())
        with pytest.raises(LocalProtocolError, match="the account has a password: pass the current one"):
            flow.set_password("new", current=missing, entropy=entropy)


def test_only_a_hint_equal_to_the_password_is_refused() -> None:
    flow = driven(auth.PasswordSettings(), Server())
    with pytest.raises(LocalProtocolError, match="the hint must not be the password"):
        flow.set_password("secret", hint="secret", current=PASSWORD, entropy=entropy)
    flow.set_password("secret", hint="a secret", current=PASSWORD, entropy=entropy)
    assert flow.state == settings_flow.FETCHING_SRP


def test_recovery_email_alone_is_set_without_a_new_password() -> None:
    server = Server({"account.getPassword": [NO_PASSWORD]})
    flow = driven(auth.PasswordSettings(), server)
    flow.set_email(" me@b.c ", current=PASSWORD, entropy=entropy)
    drive(flow, server)
    assert server.asked[-1] == functions.account.UpdatePasswordSettings(
        password=types.InputCheckPasswordEmpty(), new_settings=types.account.PasswordInputSettings(email="me@b.c")
    )


def test_HS20_old_password_is_not_proven_with_unsafe_numbers() -> None:
    server = Server({"account.getPassword": [password_of(), password_of(srp_b=b"\1".rjust(256, b"\0"))]})
    flow = driven(auth.PasswordSettings(), server)
    flow.set_password("new", current=PASSWORD, entropy=entropy)
    with pytest.raises(RemoteProtocolError, match="HS20: srp_B"):
        drive(flow, server)
    assert isinstance(flow.prompt, PasswordSettingsPrompt)
    assert "account.updatePasswordSettings" not in server.methods


def test_settings_not_saved_by_the_server_are_shown_again() -> None:
    server = Server({"account.updatePasswordSettings": [False]})
    flow = driven(auth.PasswordSettings(), server)
    flow.remove_password(PASSWORD, entropy=entropy)
    drive(flow, server)
    assert isinstance(flow.prompt, PasswordSettingsPrompt)
    assert not flow.finished


@pytest.mark.parametrize("size", [0, 7, 8, 9])
def test_HS20_server_salt_shorter_than_8_bytes_is_refused(size: int) -> None:
    offered = srp_job.Algorithm(salt1=bytes(size), salt2=b"two", g=G, p=P)
    if size < 8:
        with pytest.raises(RemoteProtocolError, match=f"HS20: the server's salt for a new password has {size} bytes"):
            srp_job.new_algorithm(offered, entropy)
    else:
        made = srp_job.new_algorithm(offered, entropy)
        assert made == srp_job.Algorithm(salt1=bytes(size) + entropy(32), salt2=b"two", g=G, p=P)


def test_srp_attempt_has_the_parameters_of_its_challenge() -> None:
    trial = srp_job.Trial.of(password_of(srp_b=b"b", srp_id=7), entropy)
    assert (trial.algorithm.g, trial.srp_b, trial.srp_id, trial.exponent) == (G, b"b", 7, entropy(256))
    empty = srp_job.Trial.of(password_of(srp_b=None, srp_id=None), entropy)  # type: ignore[arg-type]
    assert (empty.srp_b, empty.srp_id) == (b"", 0)
    with pytest.raises(LocalProtocolError, match="there is no password to prove"):
        srp_job.Trial.of(NO_PASSWORD, entropy)
    assert [srp_job.can_prove(each) for each in (password_of(), NO_PASSWORD, UNKNOWN_ALGORITHM)] == [True, False, False]
    assert not srp_job.can_prove(password_of(has_password=False))


# --- the reset of the password -------------------------------------------------------------------------------------


def test_password_reset_is_refused_before_its_time() -> None:
    flow: Any = FLOW_CASES["password reset"].at(reset_flow.PENDING)
    data_of(flow).until = NOW + 10
    with pytest.raises(LocalProtocolError, match="the password can be reset in 1 seconds"):
        flow.finish(now=NOW + 9)
    flow.finish(now=NOW + 10)
    assert flow.next_action().function.NAME == "account.resetPassword"
    flow = FLOW_CASES["password reset"].at(reset_flow.RESET_UNAVAILABLE)
    data_of(flow).until = NOW + 10
    with pytest.raises(LocalProtocolError, match="cannot finish in state reset unavailable"):
        flow.finish(now=NOW)


@pytest.mark.parametrize(
    ("answer", "prompt"),
    [
        (True, RetryPrompt(None)),
        (False, auth.ResetPending(NOW + 10)),
        (errors.ResetRequestMissing(), RetryPrompt(None)),
    ],
)
def test_declined_password_reset_stops_or_stays_pending(answer: object, prompt: object) -> None:
    flow: Any = FLOW_CASES["password reset"].at(reset_flow.PENDING)
    data_of(flow).until = NOW + 10
    flow.decline()
    drive(flow, Server({"account.declinePasswordReset": [answer]}))
    assert flow.prompt == prompt
    with pytest.raises(LocalProtocolError, match="no result"):
        _ = flow.result


# --- the rest ------------------------------------------------------------------------------------------------------


def test_transfer_exports_from_the_home_data_center_first() -> None:
    flow: Any = auth.Transfer(4)
    assert (flow.next_action().dc, flow.next_action().moves_account) == (None, False)
    flow.receive_error(errors.UserMigrate(2), now=NOW)
    assert (flow.next_action().dc, flow.next_action().moves_account) == (2, True)
    flow.receive_result(types.auth.ExportedAuthorization(id=7, bytes=b"bytes"), now=NOW)
    action = flow.next_action()
    assert (action.dc, action.moves_account) == (4, False)
    assert action.function == functions.auth.ImportAuthorization(id=7, bytes=b"bytes")


def test_tokens_of_logouts_are_kept_up_to_20_newest_first() -> None:
    old = tuple(bytes([number]) for number in range(30))
    assert auth.remember_token(old, None) == old[:20]
    assert auth.remember_token(old, bytes(1025)) == old[:20]
    assert auth.remember_token(old, b"new") == (b"new", *old[:19])


def test_undecodable_logout_result_ends_the_session_too() -> None:
    flow = auth.LogOut()
    with pytest.raises(RemoteProtocolError, match="TL2"):
        flow.receive_error(RemoteProtocolError("TL2", "too short"), now=NOW)
    assert (flow.state, flow.result, flow.future_auth_token, flow.error) == (auth.DONE, None, None, None)


@pytest.mark.parametrize("token", [b"a", b"ab", b"abc", b"abcd"])
def test_qr_link_may_have_padding(token: bytes) -> None:
    link = qr_link(token)
    for padding in ("", "=", "=="):
        assert token_of_link(link + padding) == token


def test_code_for_an_address_is_one_for_the_own_address_from_the_beginning() -> None:
    code = auth.VerifyEmail(auth.EmailPurpose.LOG_IN).snapshot()["data"]["code"]
    assert (code["own_address"], code["pattern"], code["tries"]) == (True, "", 0)
