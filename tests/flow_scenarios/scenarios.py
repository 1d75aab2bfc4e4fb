"""How a flow reaches each of its states: what the user does, written once for every way to drive a flow.

A scenario is an async function that takes an `Environment`. `test_scenarios` runs each of them in a simulation, and the
main one of each flow over real sockets with each adapter.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from base64 import b64decode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sansio_tl import auth, errors, functions, types
from sansio_tl.auth import Flow
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.testing import Authenticator, CodeSent, DataCenter, DeletionRequested, SecretPushed
from sansio_tl.tl.objects import Function
from tests.helpers.entropy import SeededEntropy

R = TypeVar("R")
E = TypeVar("E")

NUMBER = "9996620007"
"""A sandbox number with an account and no password."""
WITH_PASSWORD = "9996620107"
CODE = "22222"
MAIL_CODE = "222222"
ADDRESS = "ada@example.org"
API: dict[str, Any] = {"api_id": 1, "api_hash": "hash"}
PHONE, TABLET = "phone", "tablet"


class Environment(ABC):
    """A user with devices, and the data centers 2 and 4."""

    @abstractmethod
    async def run(self, flow: Flow[Any], device: str = PHONE) -> Any:
        """Let a flow do what it can; what it wants next, its result, or its error."""

    @abstractmethod
    async def wait(self, flow: Flow[Any], device: str = PHONE) -> None:
        """Wait until time or an update moves the flow."""

    @abstractmethod
    async def ask(self, function: Function[R], device: str = PHONE, *, dc_id: int | None = None) -> R:
        """One request; an error is raised."""

    @abstractmethod
    async def snapshot(self, device: str) -> dict[str, Any]:
        """What the client of a device would keep."""

    @abstractmethod
    def on_data_center(self, job: Callable[[DataCenter], R], dc_id: int = 2) -> R:
        """Do something to a data center."""

    @abstractmethod
    def last_event(self, kind: type[E], dc_id: int = 2) -> E:
        """The last event of this kind."""

    @property
    @abstractmethod
    def now(self) -> float:
        """What the clock shows."""

    async def log_in(self, phone: str = NUMBER, device: str = PHONE) -> None:
        flow = auth.log_in(phone, **API)
        await self.run(flow, device)
        flow.enter_code(phone[5] * 5)
        if isinstance(await self.run(flow, device), auth.PasswordPrompt):
            flow.enter_password("password", entropy=SeededEntropy("password"))
            await self.run(flow, device)
        assert flow.state == auth.DONE


def outcome_of(flow: Flow[Any]) -> Any:
    if flow.state == auth.FAILED:
        return flow.error
    return flow.result if flow.finished else flow.prompt


@dataclass(frozen=True)
class Scenario:
    name: str
    run: Callable[[Environment], Awaitable[None]]
    settings: dict[str, Any]
    flows: tuple[type[Flow[Any]], ...]
    """Of which it is the main scenario."""


SCENARIOS: list[Scenario] = []


def scenario(
    *flows: type[Flow[Any]], **settings: Any
) -> Callable[[Callable[[Environment], Awaitable[None]]], Callable[[Environment], Awaitable[None]]]:
    """Register a scenario; `settings` are those of the data centers."""

    def note(run: Callable[[Environment], Awaitable[None]]) -> Callable[[Environment], Awaitable[None]]:
        SCENARIOS.append(Scenario(run.__name__, run, {"resend_timeout": 0} | settings, flows))
        return run

    return note


def sandbox(suffix: str, dc_id: int = 2) -> str:
    return f"99966{dc_id}{suffix}"


# -- codes ----------------------------------------------------------------------------------------------------------


@scenario(auth.PhoneCodeFlow)
async def code_password_and_wrong_tries(env: Environment) -> None:
    flow = auth.log_in(WITH_PASSWORD, **API)
    assert isinstance(await env.run(flow), auth.CodePrompt)
    flow.enter_code("11111")
    assert isinstance(await env.run(flow), auth.CodePrompt)
    flow.report_missing_code("01")
    assert isinstance(await env.run(flow), auth.CodePrompt)
    flow.resend(now=env.now)
    assert isinstance(await env.run(flow), auth.CodePrompt)
    flow.enter_code(CODE)
    assert isinstance(await env.run(flow), auth.PasswordPrompt)
    flow.enter_password("not that one", entropy=SeededEntropy("wrong"))
    assert isinstance(await env.run(flow), auth.PasswordPrompt)
    flow.enter_password("password", entropy=SeededEntropy("right"))
    assert isinstance(await env.run(flow), types.auth.Authorization)


@scenario()
async def a_code_is_dropped(env: Environment) -> None:
    flow = auth.log_in(NUMBER, **API)
    await env.run(flow)
    flow.cancel()
    assert isinstance(await env.run(flow), auth.NumberPrompt)
    flow.send_code()
    await env.run(flow)
    flow.enter_code(CODE)
    assert isinstance(await env.run(flow), types.auth.Authorization)


@scenario()
async def the_account_lives_elsewhere(env: Environment) -> None:
    flow = auth.log_in(sandbox("0001", 4), **API)
    await env.run(flow)
    flow.enter_code("44444")
    assert isinstance(await env.run(flow), types.auth.Authorization)


@scenario()
async def sign_up(env: Environment) -> None:
    flow = auth.log_in(sandbox("0300"), **API)
    await env.run(flow)
    flow.enter_code(CODE)
    assert isinstance(await env.run(flow), auth.SignUpPrompt)
    flow.sign_up("Ada", "Lovelace")
    assert (await env.run(flow)).user.first_name == "Ada"


@scenario(auth.LogOut)
async def a_logout_token_needs_no_code(env: Environment) -> None:
    await env.log_in()
    out = auth.LogOut()
    await env.run(out)
    assert out.future_auth_token is not None
    options = auth.CodeOptions(logout_tokens=(out.future_auth_token,))
    assert isinstance(await env.run(auth.log_in(NUMBER, **API, options=options)), types.auth.Authorization)


@scenario()
async def an_address_to_be_set_up(env: Environment) -> None:
    flow = auth.log_in(sandbox("3013"), **API)
    assert isinstance(await env.run(flow), auth.EmailPrompt)
    flow.enter_email("no address")
    assert isinstance(await env.run(flow), auth.EmailPrompt)
    flow.enter_email(ADDRESS)
    assert isinstance(await env.run(flow), auth.EmailCodePrompt)
    flow.enter_email_code("314159")
    assert isinstance(await env.run(flow), auth.EmailCodePrompt)
    flow.resend_email_code()
    assert isinstance(await env.run(flow), auth.EmailCodePrompt)
    flow.enter_email_code(MAIL_CODE)
    expected = await env.run(flow)
    assert isinstance(expected, auth.EmailCodePrompt)
    assert not expected.own_address
    flow.enter_email_code(MAIL_CODE)
    assert isinstance(await env.run(flow), types.auth.Authorization)


@scenario(email_reset_wait=0.0)
async def an_address_without_access_is_given_up_at_once(env: Environment) -> None:
    flow = auth.log_in(sandbox("3012"), **API)
    assert isinstance(await env.run(flow), auth.EmailCodePrompt)
    flow.reset_login_email()
    assert isinstance(await env.run(flow), auth.CodePrompt)
    flow.enter_code(CODE)
    assert isinstance(await env.run(flow), types.auth.Authorization)


@scenario(email_reset_wait=86_400.0)
async def an_address_without_access_is_given_up_later(env: Environment) -> None:
    flow = auth.log_in(sandbox("3012"), **API)
    await env.run(flow)
    flow.reset_login_email()
    assert isinstance(await env.run(flow), auth.EmailCodePrompt)
    flow.enter_email_code(MAIL_CODE)
    assert isinstance(await env.run(flow), types.auth.Authorization)


@scenario()
async def firebase(env: Environment) -> None:
    options = auth.CodeOptions(allow_firebase=True, token="push token", app_sandbox=False)
    flow = auth.log_in(sandbox("3011"), **API, options=options)
    await env.run(flow)
    flow.request_firebase_sms(ios_push_secret=env.last_event(SecretPushed).secret)
    assert isinstance(await env.run(flow), auth.CodePrompt)
    flow.enter_code(env.last_event(CodeSent).code)
    assert isinstance(await env.run(flow), types.auth.Authorization)


@scenario()
async def firebase_on_android(env: Environment) -> None:
    options = auth.CodeOptions(allow_firebase=True)
    for suffix in ("3009", "3010"):
        flow = auth.log_in(sandbox(suffix), **API, options=options)
        expected = await env.run(flow)
        assert isinstance(expected, auth.CodePrompt)
        assert expected.firebase is not None
        flow.request_firebase_sms(play_integrity_token="no proof")
        assert isinstance(await env.run(flow), auth.CodePrompt)
        proof = expected.firebase
        if proof.play_integrity_nonce is not None:
            flow.request_firebase_sms(play_integrity_token=proof.play_integrity_nonce.hex())
        else:
            assert proof.safety_net_nonce is not None
            flow.request_firebase_sms(safety_net_token=proof.safety_net_nonce.hex())
        await env.run(flow)
        flow.enter_code(CODE)
        assert isinstance(await env.run(flow), types.auth.Authorization)


@scenario()
async def a_device_that_cannot_prove_itself_gets_the_code_otherwise(env: Environment) -> None:
    flow = auth.log_in(sandbox("3009"), **API, options=auth.CodeOptions(allow_firebase=True))
    await env.run(flow)
    flow.resend(now=env.now, reason="PLAY_INTEGRITY_NOT_FOUND")
    expected = await env.run(flow)
    assert isinstance(expected, auth.CodePrompt)
    assert expected.via is auth.CodeDelivery.SMS
    flow.enter_code(CODE)
    assert isinstance(await env.run(flow), types.auth.Authorization)


@scenario()
async def sign_up_behind_an_address_and_behind_a_payment(env: Environment) -> None:
    flow = auth.log_in(sandbox("3014"), **API)
    await env.run(flow)
    flow.enter_email(ADDRESS)
    await env.run(flow)
    flow.enter_email_code(MAIL_CODE)
    await env.run(flow)
    flow.enter_email_code(MAIL_CODE)
    assert isinstance(await env.run(flow), auth.SignUpPrompt)
    flow.sign_up("Ada")
    assert isinstance(await env.run(flow), types.auth.Authorization)
    flow = await _pays(env, "3016")
    updates: Any = await env.ask(
        functions.payments.AssignPlayMarketTransaction(types.DataJSON("{}"), flow.payment_purpose())
    )
    flow.receive_update(updates, now=env.now)
    await env.run(flow)
    flow.enter_code(CODE)
    assert isinstance(await env.run(flow), auth.SignUpPrompt)
    flow.sign_up("Bob")
    assert isinstance(await env.run(flow), types.auth.Authorization)


@scenario()
async def every_delivery_method_of_a_code(env: Environment) -> None:
    options = auth.CodeOptions(allow_flashcall=True, current_number=True, allow_missed_call=True)
    seen = set()
    for last in range(1, 9):
        flow = auth.log_in(sandbox(f"300{last}"), **API, options=options)
        expected = await env.run(flow)
        assert isinstance(expected, auth.CodePrompt)
        seen.add(expected.via)
        flow.enter_code(env.last_event(CodeSent).code)
        assert isinstance(await env.run(flow), types.auth.Authorization)
    assert len(seen) == 8


async def _pays(env: Environment, suffix: str = "3015") -> auth.PhoneCodeFlow[Any]:
    flow = auth.log_in(sandbox(suffix), **API)
    assert isinstance(await env.run(flow), auth.PaymentPrompt)
    flow.check_shop()
    assert isinstance(await env.run(flow), auth.PaymentPrompt)
    return flow


@scenario()
async def payment_in_the_shop(env: Environment) -> None:
    flow = await _pays(env)
    updates: Any = await env.ask(functions.payments.AssignAppStoreTransaction(b"receipt", flow.payment_purpose()))
    flow.receive_update(updates, now=env.now)
    assert isinstance(await env.run(flow), auth.CodePrompt)
    flow.enter_code(CODE)
    assert isinstance(await env.run(flow), types.auth.Authorization)


@scenario()
async def payment_by_form(env: Environment) -> None:
    flow = await _pays(env)
    invoice = types.InputInvoicePremiumAuthCode(flow.payment_purpose())
    form: Any = await env.ask(functions.payments.GetPaymentForm(invoice))
    card = types.InputPaymentCredentials(types.DataJSON("{}"))
    await env.ask(functions.payments.SendPaymentForm(form.form_id, invoice, card))
    flow.check_payment(form.form_id)
    assert isinstance(await env.run(flow), auth.CodePrompt)
    flow.enter_code(CODE)
    assert isinstance(await env.run(flow), types.auth.Authorization)


@scenario()
async def challenges(env: Environment) -> None:
    for suffix in ("1012", "1013", "1014"):
        flow = auth.log_in(sandbox(suffix), **API)
        assert isinstance(await env.run(flow), auth.ChallengePrompt)
        flow.answer_challenge("81c2-77af")
        assert isinstance(await env.run(flow), auth.CodePrompt)


@scenario()
async def a_forgotten_password(env: Environment) -> None:
    flow = auth.log_in(sandbox("0407"), **API)
    await env.run(flow)
    flow.enter_code(CODE)
    assert isinstance(await env.run(flow), auth.PasswordPrompt)
    flow.forgot_password()
    assert isinstance(await env.run(flow), auth.RecoveryCodePrompt)
    flow.enter_recovery_code("314159")
    assert isinstance(await env.run(flow), auth.RecoveryCodePrompt)
    flow.enter_recovery_code(MAIL_CODE)
    assert isinstance(await env.run(flow), types.auth.Authorization)


async def _moves(env: Environment, purpose: Any) -> None:
    await env.log_in()
    flow = purpose(sandbox("0299"))
    await env.run(flow)
    flow.enter_code("11111")
    assert isinstance(await env.run(flow), auth.CodePrompt)
    flow.enter_code(CODE)
    await env.run(flow)
    assert flow.state == auth.DONE


@scenario()
async def another_number(env: Environment) -> None:
    await _moves(env, auth.change_phone)


@scenario()
async def a_number_is_verified(env: Environment) -> None:
    await _moves(env, auth.verify_phone)


# -- other ways in --------------------------------------------------------------------------------------------------


async def _scans(env: Environment, home: int) -> None:
    await env.log_in(sandbox("0107", home), TABLET)
    flow = auth.QrLogin(**API)
    expected = await env.run(flow)
    assert isinstance(expected, auth.ScanPrompt)
    accepting = auth.QrAccept(expected.link)
    await env.run(accepting, TABLET)
    assert accepting.state == auth.DONE
    await env.wait(flow)
    assert isinstance(await env.run(flow), auth.PasswordPrompt)
    flow.enter_password("password", entropy=SeededEntropy("password"))
    assert isinstance(await env.run(flow), types.auth.Authorization)


@scenario(auth.QrLogin, auth.QrAccept)
async def a_QR_code_is_scanned(env: Environment) -> None:
    await _scans(env, 2)


@scenario()
async def a_QR_code_is_scanned_elsewhere(env: Environment) -> None:
    await _scans(env, 4)


@scenario(login_token_life=1.0)
async def a_QR_code_is_renewed(env: Environment) -> None:
    flow = auth.QrLogin(**API)
    first = await env.run(flow)
    await env.wait(flow)
    second = await env.run(flow)
    assert isinstance(second, auth.ScanPrompt)
    assert first.link != second.link


@scenario(auth.BotLogin)
async def a_bot_that_lives_elsewhere(env: Environment) -> None:
    env.on_data_center(lambda data_center: data_center.add_bot("7:token"), 4)
    assert isinstance(await env.run(auth.BotLogin(**API, bot_token="7:wrong")), errors.AccessTokenInvalid)
    assert (await env.run(auth.BotLogin(**API, bot_token="7:token"))).user.bot


@scenario(auth.WebTokenLogin)
async def a_web_token(env: Environment) -> None:
    account = env.on_data_center(lambda data_center: data_center.add_account("491700000001"), 4)
    token = env.on_data_center(lambda data_center: data_center.make_web_token(account, now=env.now), 4)
    assert (await env.run(auth.WebTokenLogin(**API, token=token, dc=4))).user.id == account.id


@scenario(auth.PasskeyRegistration, auth.PasskeyLogin)
async def passkeys(env: Environment) -> None:
    device = Authenticator(SeededEntropy("authenticator"))
    await env.log_in(sandbox("0007", 4))
    registration = auth.PasskeyRegistration()
    expected = await env.run(registration)
    assert isinstance(expected, auth.CeremonyPrompt)
    made = device.create(expected.options)
    registration.enter_credential(made.credential_id, client_data=made.client_data, attestation_data=made.attestation)
    assert isinstance(await env.run(registration), types.Passkey)
    await env.ask(functions.help.GetNearestDc(), TABLET)
    key = AuthKey(b64decode((await env.snapshot(TABLET))["data_centers"]["2"]["auth_key"]))
    flow = auth.PasskeyLogin(**API, dc=2, auth_key_id=int.from_bytes(key.id, "little", signed=True))
    expected = await env.run(flow, TABLET)
    assert isinstance(expected, auth.CeremonyPrompt)
    reported = device.get(expected.options)
    flow.enter_credential(
        reported.credential_id,
        client_data=reported.client_data,
        authenticator_data=reported.authenticator_data,
        signature=reported.signature,
        user_handle=reported.user_handle,
    )
    assert isinstance(await env.run(flow, TABLET), types.auth.Authorization)


@scenario(auth.FirebasePnvLogin)
async def a_number_that_the_network_knows(env: Environment) -> None:
    flow = auth.FirebasePnvLogin(**API)
    expected = await env.run(flow)
    assert isinstance(expected, auth.CredentialPrompt)
    flow.enter_token(f"{expected.nonce}:{sandbox('0200')}")
    assert isinstance(await env.run(flow), auth.SignUpPrompt)
    flow.sign_up("Ada")
    assert isinstance(await env.run(flow), types.auth.Authorization)


# -- of an account --------------------------------------------------------------------------------------------------


@scenario(auth.PasswordSettings)
async def a_password_is_set_changed_and_removed(env: Environment) -> None:
    await env.log_in()
    flow = auth.PasswordSettings()
    expected = await env.run(flow)
    assert isinstance(expected, auth.PasswordSettingsPrompt)
    assert not expected.has_password
    flow.set_password("first", hint="1", email=ADDRESS, entropy=SeededEntropy("first"))
    assert isinstance(await env.run(flow), auth.RecoveryEmailCodePrompt)
    flow.resend_email()
    await env.run(flow)
    flow.confirm_email(MAIL_CODE)
    assert await env.run(flow) is True
    flow = auth.PasswordSettings()
    await env.run(flow)
    flow.set_password("second", current="not that one", entropy=SeededEntropy("wrong"))
    assert isinstance(await env.run(flow), auth.PasswordSettingsPrompt)
    flow.set_password("second", current="first", entropy=SeededEntropy("second"))
    assert await env.run(flow) is True
    flow = auth.PasswordSettings()
    expected = await env.run(flow)
    assert (expected.has_password, expected.recoverable) == (True, True)
    flow.remove_password("second", entropy=SeededEntropy("third"))
    assert await env.run(flow) is True
    assert not (await env.run(auth.PasswordSettings())).has_password


@scenario(auth.ResetPassword, password_reset_wait=1000.0)
async def a_password_is_reset(env: Environment) -> None:
    await env.log_in(WITH_PASSWORD)
    flow = auth.ResetPassword()
    pending = await env.run(flow)
    assert isinstance(pending, auth.ResetPending)
    flow.decline()
    await env.run(flow)
    env.on_data_center(lambda data_center: data_center.advance_clock(1000))
    flow.begin()
    pending = await env.run(flow)
    assert isinstance(pending, auth.ResetPending)
    env.on_data_center(lambda data_center: data_center.advance_clock(1000))
    flow.finish(now=pending.at)
    await env.run(flow)
    assert flow.state == auth.DONE
    assert not (await env.run(auth.PasswordSettings())).has_password


@scenario(auth.VerifyEmail)
async def an_address_is_verified(env: Environment) -> None:
    await env.log_in()
    flow = auth.VerifyEmail(auth.EmailPurpose.PASSPORT)
    flow.enter_email(ADDRESS)
    assert isinstance(await env.run(flow), auth.EmailCodePrompt)
    flow.enter_email_code("314159")
    assert isinstance(await env.run(flow), auth.EmailCodePrompt)
    flow.enter_email_code(MAIL_CODE)
    assert await env.run(flow) == types.account.EmailVerified(ADDRESS)


@scenario(auth.Transfer)
async def the_account_is_taken_along(env: Environment) -> None:
    await env.log_in()
    flow = auth.Transfer(4)
    await env.run(flow)
    assert flow.state == auth.DONE
    assert await env.ask(functions.users.GetUsers([types.InputUserSelf()]), dc_id=4)


@scenario(auth.DeleteAccount)
async def deletion_and_its_end(env: Environment) -> None:
    await env.log_in(WITH_PASSWORD)
    flow = auth.DeleteAccount()
    await env.run(flow)
    flow.delete("no reason")
    assert isinstance(await env.run(flow), auth.DeletionPending)
    connection = f"tg://confirmphone?phone={WITH_PASSWORD}&hash={env.last_event(DeletionRequested).hash}"
    stop = auth.confirm_phone(connection)
    await env.run(stop)
    stop.enter_code(CODE)
    assert await env.run(stop) is True
    flow = auth.DeleteAccount()
    await env.run(flow)
    flow.delete("a reason", password="password", entropy=SeededEntropy("deletion"))
    assert await env.run(flow) is True


@scenario(auth.AccountTtl)
async def an_account_lives_on(env: Environment) -> None:
    await env.log_in()
    flow = auth.AccountTtl()
    await env.run(flow)
    flow.set_days(5)
    await env.run(flow)
    assert not flow.finished
    flow.set_days(365)
    assert await env.run(flow) == 365


@scenario(auth.Sessions)
async def sessions_come_and_go(env: Environment) -> None:
    await env.log_in()
    flow = auth.Sessions()
    assert isinstance(await env.run(flow), auth.SessionsPrompt)
    await env.log_in(device=TABLET)
    await env.wait(flow)  # updateNewAuthorization
    await env.run(flow)
    assert flow.sessions is not None
    _, other = flow.sessions.authorizations
    flow.change(other.hash, confirmed=True)
    await env.run(flow)
    flow.end(other.hash)
    await env.run(flow)
    assert len(flow.sessions.authorizations) == 1
    flow.leave()
    await env.run(flow)
    assert flow.finished
