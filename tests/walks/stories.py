"""How one comes into the states of the flows: people, and what they do, told once for every way to drive a flow.

A story is an async function that is given a `House`. `test_stories` lets it happen in a simulation, and the main one of
each flow over real sockets through each adapter.
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
from tests.crypto.stream import Stream

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


class House(ABC):
    """A person with devices, and a world of the data centers 2 and 4."""

    @abstractmethod
    async def run(self, flow: Flow[Any], device: str = PHONE) -> Any:
        """Let a flow do what it can; what it wants next, its result, or its error."""

    @abstractmethod
    async def wait(self, flow: Flow[Any], device: str = PHONE) -> None:
        """Wait until time or an update moves the flow."""

    @abstractmethod
    async def ask(self, function: Function[R], device: str = PHONE, *, dc_id: int | None = None) -> R:
        """One request; a refusal is raised."""

    @abstractmethod
    async def snapshot(self, device: str) -> dict[str, Any]:
        """What the client of a device would keep."""

    @abstractmethod
    def do(self, job: Callable[[DataCenter], R], dc_id: int = 2) -> R:
        """Do something to a data center."""

    @abstractmethod
    def happened(self, kind: type[E], dc_id: int = 2) -> E:
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
            flow.enter_password("password", entropy=Stream("password"))
            await self.run(flow, device)
        assert flow.state == auth.DONE


def came_to(flow: Flow[Any]) -> Any:
    if flow.state == auth.FAILED:
        return flow.error
    return flow.result if flow.finished else flow.prompt


@dataclass(frozen=True)
class Story:
    name: str
    tell: Callable[[House], Awaitable[None]]
    settings: dict[str, Any]
    flows: tuple[type[Flow[Any]], ...]
    """Of which it is the main story."""


STORIES: list[Story] = []


def story(
    *flows: type[Flow[Any]], **settings: Any
) -> Callable[[Callable[[House], Awaitable[None]]], Callable[[House], Awaitable[None]]]:
    """Note a story; `settings` are those of the data centers."""

    def note(tell: Callable[[House], Awaitable[None]]) -> Callable[[House], Awaitable[None]]:
        STORIES.append(Story(tell.__name__, tell, {"resend_timeout": 0} | settings, flows))
        return tell

    return note


def sandbox(suffix: str, dc_id: int = 2) -> str:
    return f"99966{dc_id}{suffix}"


# -- codes ----------------------------------------------------------------------------------------------------------


@story(auth.PhoneCode)
async def code_password_and_wrong_tries(house: House) -> None:
    flow = auth.log_in(WITH_PASSWORD, **API)
    assert isinstance(await house.run(flow), auth.CodePrompt)
    flow.enter_code("11111")
    assert isinstance(await house.run(flow), auth.CodePrompt)
    flow.report_missing_code("01")
    assert isinstance(await house.run(flow), auth.CodePrompt)
    flow.resend(now=house.now)
    assert isinstance(await house.run(flow), auth.CodePrompt)
    flow.enter_code(CODE)
    assert isinstance(await house.run(flow), auth.PasswordPrompt)
    flow.enter_password("wrong", entropy=Stream("wrong"))
    assert isinstance(await house.run(flow), auth.PasswordPrompt)
    flow.enter_password("password", entropy=Stream("right"))
    assert isinstance(await house.run(flow), types.auth.Authorization)


@story()
async def a_code_is_dropped(house: House) -> None:
    flow = auth.log_in(NUMBER, **API)
    await house.run(flow)
    flow.cancel()
    assert isinstance(await house.run(flow), auth.NumberPrompt)
    flow.send_code()
    await house.run(flow)
    flow.enter_code(CODE)
    assert isinstance(await house.run(flow), types.auth.Authorization)


@story()
async def the_account_lives_elsewhere(house: House) -> None:
    flow = auth.log_in(sandbox("0001", 4), **API)
    await house.run(flow)
    flow.enter_code("44444")
    assert isinstance(await house.run(flow), types.auth.Authorization)


@story()
async def sign_up(house: House) -> None:
    flow = auth.log_in(sandbox("0300"), **API)
    await house.run(flow)
    flow.enter_code(CODE)
    assert isinstance(await house.run(flow), auth.SignUpPrompt)
    flow.sign_up("Ada", "Lovelace")
    assert (await house.run(flow)).user.first_name == "Ada"


@story(auth.LogOut)
async def a_logout_token_needs_no_code(house: House) -> None:
    await house.log_in()
    out = auth.LogOut()
    await house.run(out)
    assert out.future_auth_token is not None
    options = auth.CodeOptions(logout_tokens=(out.future_auth_token,))
    assert isinstance(await house.run(auth.log_in(NUMBER, **API, options=options)), types.auth.Authorization)


@story()
async def an_address_to_be_set_up(house: House) -> None:
    flow = auth.log_in(sandbox("3013"), **API)
    assert isinstance(await house.run(flow), auth.EmailPrompt)
    flow.enter_email("no address")
    assert isinstance(await house.run(flow), auth.EmailPrompt)
    flow.enter_email(ADDRESS)
    assert isinstance(await house.run(flow), auth.EmailCodePrompt)
    flow.enter_email_code("314159")
    assert isinstance(await house.run(flow), auth.EmailCodePrompt)
    flow.resend_email_code()
    assert isinstance(await house.run(flow), auth.EmailCodePrompt)
    flow.enter_email_code(MAIL_CODE)
    wanted = await house.run(flow)
    assert isinstance(wanted, auth.EmailCodePrompt)
    assert not wanted.own_address
    flow.enter_email_code(MAIL_CODE)
    assert isinstance(await house.run(flow), types.auth.Authorization)


@story(email_reset_wait=0.0)
async def an_address_without_access_is_given_up_at_once(house: House) -> None:
    flow = auth.log_in(sandbox("3012"), **API)
    assert isinstance(await house.run(flow), auth.EmailCodePrompt)
    flow.reset_login_email()
    assert isinstance(await house.run(flow), auth.CodePrompt)
    flow.enter_code(CODE)
    assert isinstance(await house.run(flow), types.auth.Authorization)


@story(email_reset_wait=86_400.0)
async def an_address_without_access_is_given_up_later(house: House) -> None:
    flow = auth.log_in(sandbox("3012"), **API)
    await house.run(flow)
    flow.reset_login_email()
    assert isinstance(await house.run(flow), auth.EmailCodePrompt)
    flow.enter_email_code(MAIL_CODE)
    assert isinstance(await house.run(flow), types.auth.Authorization)


@story()
async def firebase(house: House) -> None:
    options = auth.CodeOptions(allow_firebase=True, token="push token", app_sandbox=False)
    flow = auth.log_in(sandbox("3011"), **API, options=options)
    await house.run(flow)
    flow.request_firebase_sms(ios_push_secret=house.happened(SecretPushed).secret)
    assert isinstance(await house.run(flow), auth.CodePrompt)
    flow.enter_code(house.happened(CodeSent).code)
    assert isinstance(await house.run(flow), types.auth.Authorization)


@story()
async def firebase_on_android(house: House) -> None:
    options = auth.CodeOptions(allow_firebase=True)
    for suffix in ("3009", "3010"):
        flow = auth.log_in(sandbox(suffix), **API, options=options)
        wanted = await house.run(flow)
        assert isinstance(wanted, auth.CodePrompt)
        assert wanted.firebase is not None
        flow.request_firebase_sms(play_integrity_token="no proof")
        assert isinstance(await house.run(flow), auth.CodePrompt)
        proof = wanted.firebase
        if proof.play_integrity_nonce is not None:
            flow.request_firebase_sms(play_integrity_token=proof.play_integrity_nonce.hex())
        else:
            assert proof.safety_net_nonce is not None
            flow.request_firebase_sms(safety_net_token=proof.safety_net_nonce.hex())
        await house.run(flow)
        flow.enter_code(CODE)
        assert isinstance(await house.run(flow), types.auth.Authorization)


@story()
async def a_device_that_cannot_prove_itself_gets_the_code_otherwise(house: House) -> None:
    flow = auth.log_in(sandbox("3009"), **API, options=auth.CodeOptions(allow_firebase=True))
    await house.run(flow)
    flow.resend(now=house.now, reason="PLAY_INTEGRITY_NOT_FOUND")
    wanted = await house.run(flow)
    assert isinstance(wanted, auth.CodePrompt)
    assert wanted.via is auth.CodeDelivery.SMS
    flow.enter_code(CODE)
    assert isinstance(await house.run(flow), types.auth.Authorization)


@story()
async def sign_up_behind_an_address_and_behind_a_payment(house: House) -> None:
    flow = auth.log_in(sandbox("3014"), **API)
    await house.run(flow)
    flow.enter_email(ADDRESS)
    await house.run(flow)
    flow.enter_email_code(MAIL_CODE)
    await house.run(flow)
    flow.enter_email_code(MAIL_CODE)
    assert isinstance(await house.run(flow), auth.SignUpPrompt)
    flow.sign_up("Ada")
    assert isinstance(await house.run(flow), types.auth.Authorization)
    flow = await _pays(house, "3016")
    updates: Any = await house.ask(
        functions.payments.AssignPlayMarketTransaction(types.DataJSON("{}"), flow.payment_purpose())
    )
    flow.receive_update(updates, now=house.now)
    await house.run(flow)
    flow.enter_code(CODE)
    assert isinstance(await house.run(flow), auth.SignUpPrompt)
    flow.sign_up("Bob")
    assert isinstance(await house.run(flow), types.auth.Authorization)


@story()
async def every_way_of_a_code(house: House) -> None:
    options = auth.CodeOptions(allow_flashcall=True, current_number=True, allow_missed_call=True)
    seen = set()
    for last in range(1, 9):
        flow = auth.log_in(sandbox(f"300{last}"), **API, options=options)
        wanted = await house.run(flow)
        assert isinstance(wanted, auth.CodePrompt)
        seen.add(wanted.via)
        flow.enter_code(house.happened(CodeSent).code)
        assert isinstance(await house.run(flow), types.auth.Authorization)
    assert len(seen) == 8


async def _pays(house: House, suffix: str = "3015") -> auth.PhoneCode[Any]:
    flow = auth.log_in(sandbox(suffix), **API)
    assert isinstance(await house.run(flow), auth.PaymentPrompt)
    flow.check_shop()
    assert isinstance(await house.run(flow), auth.PaymentPrompt)
    return flow


@story()
async def payment_in_the_shop(house: House) -> None:
    flow = await _pays(house)
    updates: Any = await house.ask(functions.payments.AssignAppStoreTransaction(b"receipt", flow.payment_purpose()))
    flow.receive_update(updates, now=house.now)
    assert isinstance(await house.run(flow), auth.CodePrompt)
    flow.enter_code(CODE)
    assert isinstance(await house.run(flow), types.auth.Authorization)


@story()
async def payment_by_form(house: House) -> None:
    flow = await _pays(house)
    invoice = types.InputInvoicePremiumAuthCode(flow.payment_purpose())
    form: Any = await house.ask(functions.payments.GetPaymentForm(invoice))
    card = types.InputPaymentCredentials(types.DataJSON("{}"))
    await house.ask(functions.payments.SendPaymentForm(form.form_id, invoice, card))
    flow.check_payment(form.form_id)
    assert isinstance(await house.run(flow), auth.CodePrompt)
    flow.enter_code(CODE)
    assert isinstance(await house.run(flow), types.auth.Authorization)


@story()
async def challenges(house: House) -> None:
    for suffix in ("1012", "1013", "1014"):
        flow = auth.log_in(sandbox(suffix), **API)
        assert isinstance(await house.run(flow), auth.ChallengePrompt)
        flow.answer_challenge("proof")
        assert isinstance(await house.run(flow), auth.CodePrompt)


@story()
async def a_forgotten_password(house: House) -> None:
    flow = auth.log_in(sandbox("0407"), **API)
    await house.run(flow)
    flow.enter_code(CODE)
    assert isinstance(await house.run(flow), auth.PasswordPrompt)
    flow.forgot_password()
    assert isinstance(await house.run(flow), auth.RecoveryCodePrompt)
    flow.enter_recovery_code("314159")
    assert isinstance(await house.run(flow), auth.RecoveryCodePrompt)
    flow.enter_recovery_code(MAIL_CODE)
    assert isinstance(await house.run(flow), types.auth.Authorization)


async def _moves(house: House, purpose: Any) -> None:
    await house.log_in()
    flow = purpose(sandbox("0299"))
    await house.run(flow)
    flow.enter_code("11111")
    assert isinstance(await house.run(flow), auth.CodePrompt)
    flow.enter_code(CODE)
    await house.run(flow)
    assert flow.state == auth.DONE


@story()
async def another_number(house: House) -> None:
    await _moves(house, auth.change_phone)


@story()
async def a_number_is_verified(house: House) -> None:
    await _moves(house, auth.verify_phone)


# -- other ways in --------------------------------------------------------------------------------------------------


async def _scans(house: House, home: int) -> None:
    await house.log_in(sandbox("0107", home), TABLET)
    flow = auth.QrLogIn(**API)
    wanted = await house.run(flow)
    assert isinstance(wanted, auth.ScanPrompt)
    accepting = auth.QrAccept(wanted.link)
    await house.run(accepting, TABLET)
    assert accepting.state == auth.DONE
    await house.wait(flow)
    assert isinstance(await house.run(flow), auth.PasswordPrompt)
    flow.enter_password("password", entropy=Stream("password"))
    assert isinstance(await house.run(flow), types.auth.Authorization)


@story(auth.QrLogIn, auth.QrAccept)
async def a_QR_code_is_scanned(house: House) -> None:
    await _scans(house, 2)


@story()
async def a_QR_code_is_scanned_elsewhere(house: House) -> None:
    await _scans(house, 4)


@story(login_token_life=1.0)
async def a_QR_code_is_renewed(house: House) -> None:
    flow = auth.QrLogIn(**API)
    first = await house.run(flow)
    await house.wait(flow)
    second = await house.run(flow)
    assert isinstance(second, auth.ScanPrompt)
    assert first.link != second.link


@story(auth.BotLogIn)
async def a_bot_that_lives_elsewhere(house: House) -> None:
    house.do(lambda data_center: data_center.add_bot("7:token"), 4)
    assert isinstance(await house.run(auth.BotLogIn(**API, bot_token="7:wrong")), errors.AccessTokenInvalid)
    assert (await house.run(auth.BotLogIn(**API, bot_token="7:token"))).user.bot


@story(auth.WebTokenLogIn)
async def a_web_token(house: House) -> None:
    account = house.do(lambda data_center: data_center.add_account("491700000001"), 4)
    token = house.do(lambda data_center: data_center.make_web_token(account, now=house.now), 4)
    assert (await house.run(auth.WebTokenLogIn(**API, token=token, dc=4))).user.id == account.id


@story(auth.PasskeyRegistration, auth.PasskeyLogIn)
async def passkeys(house: House) -> None:
    device = Authenticator(Stream("authenticator"))
    await house.log_in(sandbox("0007", 4))
    registration = auth.PasskeyRegistration()
    wanted = await house.run(registration)
    assert isinstance(wanted, auth.CeremonyPrompt)
    made = device.create(wanted.options)
    registration.enter_credential(made.credential_id, client_data=made.client_data, attestation_data=made.attestation)
    assert isinstance(await house.run(registration), types.Passkey)
    await house.ask(functions.help.GetNearestDc(), TABLET)
    key = AuthKey(b64decode((await house.snapshot(TABLET))["data_centers"]["2"]["auth_key"]))
    flow = auth.PasskeyLogIn(**API, dc=2, auth_key_id=int.from_bytes(key.id, "little", signed=True))
    wanted = await house.run(flow, TABLET)
    assert isinstance(wanted, auth.CeremonyPrompt)
    told = device.get(wanted.options)
    flow.enter_credential(
        told.credential_id,
        client_data=told.client_data,
        authenticator_data=told.authenticator_data,
        signature=told.signature,
        user_handle=told.user_handle,
    )
    assert isinstance(await house.run(flow, TABLET), types.auth.Authorization)


@story(auth.FirebasePnvLogIn)
async def a_number_that_the_network_knows(house: House) -> None:
    flow = auth.FirebasePnvLogIn(**API)
    wanted = await house.run(flow)
    assert isinstance(wanted, auth.CredentialPrompt)
    flow.enter_token(f"{wanted.nonce}:{sandbox('0200')}")
    assert isinstance(await house.run(flow), auth.SignUpPrompt)
    flow.sign_up("Ada")
    assert isinstance(await house.run(flow), types.auth.Authorization)


# -- of an account --------------------------------------------------------------------------------------------------


@story(auth.PasswordSettings)
async def a_password_is_set_changed_and_removed(house: House) -> None:
    await house.log_in()
    flow = auth.PasswordSettings()
    wanted = await house.run(flow)
    assert isinstance(wanted, auth.PasswordSettingsPrompt)
    assert not wanted.has_password
    flow.set_password("first", hint="1", email=ADDRESS, entropy=Stream("first"))
    assert isinstance(await house.run(flow), auth.RecoveryEmailCodePrompt)
    flow.resend_email()
    await house.run(flow)
    flow.confirm_email(MAIL_CODE)
    assert await house.run(flow) is True
    flow = auth.PasswordSettings()
    await house.run(flow)
    flow.set_password("second", current="wrong", entropy=Stream("wrong"))
    assert isinstance(await house.run(flow), auth.PasswordSettingsPrompt)
    flow.set_password("second", current="first", entropy=Stream("second"))
    assert await house.run(flow) is True
    flow = auth.PasswordSettings()
    wanted = await house.run(flow)
    assert (wanted.has_password, wanted.recoverable) == (True, True)
    flow.remove_password("second", entropy=Stream("third"))
    assert await house.run(flow) is True
    assert not (await house.run(auth.PasswordSettings())).has_password


@story(auth.ResetPassword, password_reset_wait=1000.0)
async def a_password_is_reset(house: House) -> None:
    await house.log_in(WITH_PASSWORD)
    flow = auth.ResetPassword()
    pending = await house.run(flow)
    assert isinstance(pending, auth.ResetPending)
    flow.decline()
    await house.run(flow)
    house.do(lambda data_center: data_center.advance_clock(1000))
    flow.begin()
    pending = await house.run(flow)
    assert isinstance(pending, auth.ResetPending)
    house.do(lambda data_center: data_center.advance_clock(1000))
    flow.finish(now=pending.at)
    await house.run(flow)
    assert flow.state == auth.DONE
    assert not (await house.run(auth.PasswordSettings())).has_password


@story(auth.VerifyEmail)
async def an_address_is_verified(house: House) -> None:
    await house.log_in()
    flow = auth.VerifyEmail(auth.EmailPurpose.PASSPORT)
    flow.enter_email(ADDRESS)
    assert isinstance(await house.run(flow), auth.EmailCodePrompt)
    flow.enter_email_code("314159")
    assert isinstance(await house.run(flow), auth.EmailCodePrompt)
    flow.enter_email_code(MAIL_CODE)
    assert await house.run(flow) == types.account.EmailVerified(ADDRESS)


@story(auth.Transfer)
async def the_account_is_taken_along(house: House) -> None:
    await house.log_in()
    flow = auth.Transfer(4)
    await house.run(flow)
    assert flow.state == auth.DONE
    assert await house.ask(functions.users.GetUsers([types.InputUserSelf()]), dc_id=4)


@story(auth.DeleteAccount)
async def deletion_and_its_end(house: House) -> None:
    await house.log_in(WITH_PASSWORD)
    flow = auth.DeleteAccount()
    await house.run(flow)
    flow.delete("no reason")
    assert isinstance(await house.run(flow), auth.DeletionPending)
    link = f"tg://confirmphone?phone={WITH_PASSWORD}&hash={house.happened(DeletionRequested).hash}"
    stop = auth.confirm_phone(link)
    await house.run(stop)
    stop.enter_code(CODE)
    assert await house.run(stop) is True
    flow = auth.DeleteAccount()
    await house.run(flow)
    flow.delete("a reason", password="password", entropy=Stream("deletion"))
    assert await house.run(flow) is True


@story(auth.AccountTtl)
async def an_account_lives_on(house: House) -> None:
    await house.log_in()
    flow = auth.AccountTtl()
    await house.run(flow)
    flow.set_days(5)
    await house.run(flow)
    assert not flow.finished
    flow.set_days(365)
    assert await house.run(flow) == 365


@story(auth.Sessions)
async def sessions_come_and_go(house: House) -> None:
    await house.log_in()
    flow = auth.Sessions()
    assert isinstance(await house.run(flow), auth.SessionsPrompt)
    await house.log_in(device=TABLET)
    await house.wait(flow)  # updateNewAuthorization
    await house.run(flow)
    assert flow.sessions is not None
    _, other = flow.sessions.authorizations
    flow.change(other.hash, confirmed=True)
    await house.run(flow)
    flow.end(other.hash)
    await house.run(flow)
    assert len(flow.sessions.authorizations) == 1
    flow.leave()
    await house.run(flow)
    assert flow.finished
