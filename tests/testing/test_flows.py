"""Every flow of `sansio_tl.auth`, from its beginning to its end, against data centres of one world."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import auth, errors, functions, types
from sansio_tl.errors import RpcError
from sansio_tl.testing import Authenticator, DeletionRequested, SecretPushed, World
from sansio_tl.tl.objects import Function
from tests.crypto.stream import Stream
from tests.testing.desk import CODE, NOW, PHONE, Desk

MAIL_CODE = "222222"
ADDRESS = "ada@example.org"
API: dict[str, Any] = {"api_id": 1, "api_hash": "hash"}


class Household:
    """A person with devices, in a world of two data centres. A device has a key on each of them."""

    def __init__(self, **settings: Any) -> None:
        self.world = World()
        self.desks = {dc_id: Desk(world=self.world, dc_id=dc_id, **settings) for dc_id in (2, 4)}
        self.now = NOW
        self.pushed: list[tuple[bytes, types.TypeUpdate]] = []
        for desk in self.desks.values():
            desk.centre.push = self._push  # type: ignore[method-assign]

    def _push(self, key_id: bytes, update: types.TypeUpdate, *, now: float) -> None:
        self.pushed.append((key_id, update))

    @property
    def here(self) -> Desk:
        return self.desks[2]

    def run(self, flow: auth.Flow[Any], device: bytes = b"device", dc: int = 2) -> Any:
        """Let a flow do what it can; returns what it wants next, or its result."""
        while (action := flow.next_action()) is not None:
            if isinstance(action, auth.Compute):
                flow.computed(action.job())
                continue
            dc = action.dc or dc
            try:
                result = self._ask(action.function, device + bytes([dc]), dc)
            except RpcError as error:
                flow.receive_error(error, now=self.now)
            else:
                flow.receive_result(result, now=self.now)
        if flow.state == auth.FAILED:
            return flow.error
        return flow.result if flow.finished else flow.wanted

    def _ask(self, query: Function[Any], key_id: bytes, dc: int) -> object:
        wrappers = []
        while hasattr(query, "query"):
            wrappers.append(query)
            query = query.query
        return self.desks[dc].centre.call(query, key_id=key_id, now=self.now, wrappers=tuple(wrappers))

    def log_in(self, phone: str = PHONE, device: bytes = b"device") -> None:
        flow = auth.log_in(phone, **API)
        self.run(flow, device)
        flow.enter_code(CODE)
        self.run(flow, device)
        if isinstance(flow.wanted, auth.PasswordWanted):
            flow.enter_password("password", entropy=Stream("password"))
            self.run(flow, device)
        assert flow.finished

    def told(self, flow: auth.Flow[Any], device: bytes) -> None:
        """Hand what was pushed to the flow of a device."""
        for key_id, update in self.pushed:
            if key_id.startswith(device):
                flow.receive_update(types.UpdateShort(update=update, date=int(self.now)), now=self.now)


def phone(suffix: str) -> str:
    return "999662" + suffix


def test_code_password_and_wrong_tries() -> None:
    house = Household()
    flow = auth.log_in(phone("0107"), **API)
    assert isinstance(house.run(flow), auth.CodeWanted)
    flow.enter_code("11111")
    assert isinstance(house.run(flow), auth.CodeWanted)
    house.now += 60
    flow.resend(now=house.now)
    house.run(flow)
    flow.enter_code(CODE)
    assert isinstance(house.run(flow), auth.PasswordWanted)
    flow.enter_password("wrong", entropy=Stream("wrong"))
    assert isinstance(house.run(flow), auth.PasswordWanted)
    flow.enter_password("password", entropy=Stream("right"))
    assert isinstance(house.run(flow), types.auth.Authorization)


def test_the_account_lives_elsewhere() -> None:
    house = Household()
    flow = auth.log_in("9996640001", **API)
    house.run(flow)
    flow.enter_code("44444")
    assert isinstance(house.run(flow, dc=4), types.auth.Authorization)


def test_sign_up() -> None:
    house = Household()
    flow = auth.log_in(phone("0300"), **API)
    house.run(flow)
    flow.enter_code(CODE)
    wanted = house.run(flow)
    assert isinstance(wanted, auth.SignUpWanted)
    flow.sign_up("Ada", "Lovelace")
    assert house.run(flow).user.first_name == "Ada"


def test_a_logout_token_needs_no_code() -> None:
    house = Household()
    house.log_in()
    out = auth.LogOut()
    house.run(out)
    assert out.future_auth_token is not None
    options = auth.CodeOptions(logout_tokens=(out.future_auth_token,))
    assert isinstance(house.run(auth.log_in(PHONE, **API, options=options)), types.auth.Authorization)


def test_an_address_to_be_set_up() -> None:
    house = Household()
    flow = auth.log_in(phone("3013"), **API)
    assert isinstance(house.run(flow), auth.EmailWanted)
    flow.enter_email("no address")
    assert isinstance(house.run(flow), auth.EmailWanted)
    flow.enter_email(ADDRESS)
    assert isinstance(house.run(flow), auth.EmailCodeWanted)
    flow.enter_email_code("000000")
    assert isinstance(house.run(flow), auth.EmailCodeWanted)
    flow.enter_email_code(MAIL_CODE)
    wanted = house.run(flow)
    assert isinstance(wanted, auth.EmailCodeWanted)
    assert not wanted.own_address
    flow.enter_email_code(MAIL_CODE)
    assert isinstance(house.run(flow), types.auth.Authorization)


@pytest.mark.parametrize("wait", [0.0, 86_400.0])
def test_an_address_without_access(wait: float) -> None:
    house = Household(email_reset_wait=wait)
    flow = auth.log_in(phone("3012"), **API)
    assert isinstance(house.run(flow), auth.EmailCodeWanted)
    flow.reset_login_email()
    wanted = house.run(flow)
    if wait:
        assert isinstance(wanted, auth.EmailCodeWanted)
        flow.enter_email_code(MAIL_CODE)
    else:
        assert isinstance(wanted, auth.CodeWanted)
        flow.enter_code(CODE)
    assert isinstance(house.run(flow), types.auth.Authorization)


def test_Firebase() -> None:
    house = Household()
    options = auth.CodeOptions(allow_firebase=True, token="push token", app_sandbox=False)
    flow = auth.log_in(phone("3011"), **API, options=options)
    house.run(flow)
    (pushed,) = (event for event in house.here.events() if isinstance(event, SecretPushed))
    flow.request_firebase_sms(ios_push_secret=pushed.secret)
    assert isinstance(house.run(flow), auth.CodeWanted)
    assert house.here.last_code().code == CODE
    flow.enter_code(CODE)
    assert isinstance(house.run(flow), types.auth.Authorization)


@pytest.mark.parametrize("suffix", ["3001", "3002", "3003", "3004", "3005", "3006", "3007", "3008"])
def test_every_way_of_a_code(suffix: str) -> None:
    house = Household()
    options = auth.CodeOptions(allow_flashcall=True, current_number=True, allow_missed_call=True)
    flow = auth.log_in(phone(suffix), **API, options=options)
    wanted = house.run(flow)
    assert isinstance(wanted, auth.CodeWanted)
    flow.enter_code(house.here.last_code().code)
    assert isinstance(house.run(flow), types.auth.Authorization)


@pytest.mark.parametrize("by", ["shop", "form"])
def test_payment(by: str) -> None:
    house = Household()
    flow = auth.log_in(phone("3015"), **API)
    assert isinstance(house.run(flow), auth.PaymentWanted)
    flow.check_shop()
    assert isinstance(house.run(flow), auth.PaymentWanted)
    purpose = flow.payment_purpose()
    if by == "shop":
        updates = house._ask(functions.payments.AssignAppStoreTransaction(b"receipt", purpose), b"device\2", 2)
        assert isinstance(updates, types.Updates)
        flow.receive_update(updates, now=house.now)
    else:
        invoice = types.InputInvoicePremiumAuthCode(purpose)
        form: Any = house._ask(functions.payments.GetPaymentForm(invoice), b"device\2", 2)
        card = types.InputPaymentCredentials(types.DataJSON("{}"))
        house._ask(functions.payments.SendPaymentForm(form.form_id, invoice, card), b"device\2", 2)
        flow.check_payment(form.form_id)
    assert isinstance(house.run(flow), auth.CodeWanted)
    flow.enter_code(CODE)
    assert isinstance(house.run(flow), types.auth.Authorization)


@pytest.mark.parametrize("suffix", ["1012", "1013", "1014"])
def test_challenges(suffix: str) -> None:
    house = Household()
    flow = auth.log_in(phone(suffix), **API)
    assert isinstance(house.run(flow), auth.ChallengeWanted)
    flow.answer_challenge("proof")
    assert isinstance(house.run(flow), auth.CodeWanted)


@pytest.mark.parametrize("home", [2, 4])
def test_QR(home: int) -> None:
    house = Household()
    desk = house.desks[home]
    account = desk.centre.add_account("491700000001", password="password")
    desk.centre._state.devices.of(b"scanner" + bytes([home])).log_in(account, NOW, 1)
    flow = auth.QrLogIn(**API)
    wanted = house.run(flow)
    assert isinstance(wanted, auth.ScanWanted)
    house.run(auth.QrAccept(wanted.link), b"scanner", home)
    house.told(flow, b"device")
    assert isinstance(house.run(flow), auth.PasswordWanted)
    flow.enter_password("password", entropy=Stream("password"))
    assert isinstance(house.run(flow, dc=home), types.auth.Authorization)


def test_a_QR_code_is_renewed() -> None:
    house = Household()
    flow = auth.QrLogIn(**API)
    first = house.run(flow)
    deadline = flow.next_deadline()
    assert deadline is not None
    house.now = deadline
    flow.handle_deadline(now=house.now)
    second = house.run(flow)
    assert isinstance(second, auth.ScanWanted)
    assert first.link != second.link


@pytest.mark.parametrize("home", [2, 4])
def test_bots(home: int) -> None:
    house = Household()
    house.desks[home].centre.add_bot("7:token")
    assert isinstance(house.run(auth.BotLogIn(**API, bot_token="7:wrong")), errors.AccessTokenInvalid)
    assert house.run(auth.BotLogIn(**API, bot_token="7:token")).user.bot


def test_web_token() -> None:
    house = Household()
    account = house.desks[4].centre.add_account("491700000001")
    token = house.desks[4].centre.make_web_token(account, now=NOW)
    assert house.run(auth.WebTokenLogIn(**API, token=token, dc=4)).user.id == account.id


def test_passkeys() -> None:
    house, device = Household(), Authenticator(Stream("authenticator"))
    house.log_in()
    registration = auth.PasskeyRegistration()
    wanted = house.run(registration)
    assert isinstance(wanted, auth.CeremonyWanted)
    made = device.create(wanted.options)
    registration.enter_credential(made.credential_id, client_data=made.client_data, attestation_data=made.attestation)
    assert isinstance(house.run(registration), types.Passkey)
    key_id = int.from_bytes(b"tablet8\4", "little", signed=True)
    flow = auth.PasskeyLogIn(**API, dc=4, auth_key_id=key_id)
    wanted = house.run(flow, b"tablet8", 4)
    assert isinstance(wanted, auth.CeremonyWanted)
    told = device.get(wanted.options)
    flow.enter_credential(
        told.credential_id,
        client_data=told.client_data,
        authenticator_data=told.authenticator_data,
        signature=told.signature,
        user_handle=told.user_handle,
    )
    assert isinstance(house.run(flow, b"tablet8", 4), types.auth.Authorization)


def test_firebase_pnv() -> None:
    house = Household()
    flow = auth.FirebasePnvLogIn(**API)
    wanted = house.run(flow)
    assert isinstance(wanted, auth.CredentialPromptWanted)
    flow.enter_token(f"{wanted.nonce}:{phone('0200')}")
    assert isinstance(house.run(flow), auth.SignUpWanted)
    flow.sign_up("Ada")
    assert isinstance(house.run(flow), types.auth.Authorization)


def test_password_settings() -> None:
    house = Household()
    house.log_in()
    flow = auth.PasswordSettings()
    wanted = house.run(flow)
    assert isinstance(wanted, auth.PasswordSettingsWanted)
    assert not wanted.has_password
    flow.set_password("first", hint="1", email=ADDRESS, entropy=Stream("first"))
    assert isinstance(house.run(flow), auth.RecoveryEmailCodeWanted)
    flow.resend_email()
    house.run(flow)
    flow.confirm_email(MAIL_CODE)
    assert house.run(flow) is True
    flow = auth.PasswordSettings()
    house.run(flow)
    flow.set_password("second", current="wrong", entropy=Stream("wrong"))
    assert isinstance(house.run(flow), auth.PasswordSettingsWanted)
    flow.set_password("second", current="first", entropy=Stream("second"))
    assert house.run(flow) is True
    flow = auth.PasswordSettings()
    wanted = house.run(flow)
    assert (wanted.has_password, wanted.recoverable) == (True, True)
    flow.remove_password("second", entropy=Stream("third"))
    assert house.run(flow) is True
    assert house.here.centre.accounts.with_number(PHONE).password is None  # type: ignore[union-attr]


def test_a_forgotten_password() -> None:
    house = Household()
    flow = auth.log_in(phone("0407"), **API)
    house.run(flow)
    flow.enter_code(CODE)
    assert isinstance(house.run(flow), auth.PasswordWanted)
    flow.forgot_password()
    assert isinstance(house.run(flow), auth.RecoveryCodeWanted)
    flow.enter_recovery_code("000000")
    assert isinstance(house.run(flow), auth.RecoveryCodeWanted)
    flow.enter_recovery_code(MAIL_CODE)
    assert isinstance(house.run(flow), types.auth.Authorization)


def test_password_reset() -> None:
    house = Household(password_reset_wait=1000.0)
    house.log_in(phone("0107"))
    flow = auth.ResetPassword()
    house.run(flow)
    house.now += 1000
    flow.finish(now=house.now)
    house.run(flow)
    assert flow.finished
    assert house.here.centre.accounts.with_number(phone("0107")).password is None  # type: ignore[union-attr]


def test_email_verification() -> None:
    house = Household()
    house.log_in()
    flow = auth.VerifyEmail(auth.EmailPurpose.PASSPORT)
    flow.enter_email(ADDRESS)
    assert isinstance(house.run(flow), auth.EmailCodeWanted)
    flow.enter_email_code("000000")
    assert isinstance(house.run(flow), auth.EmailCodeWanted)
    flow.enter_email_code(MAIL_CODE)
    assert house.run(flow) == types.account.EmailVerified(ADDRESS)


def test_transfer() -> None:
    house = Household()
    house.log_in()
    flow = auth.Transfer(4)
    house.run(flow)
    assert flow.finished
    assert house._ask(functions.users.GetUsers([types.InputUserSelf()]), b"device\4", 4)


@pytest.mark.parametrize("purpose", [auth.change_phone, auth.verify_phone])
def test_phone_numbers(purpose: Any) -> None:
    house = Household()
    house.log_in()
    flow = purpose(phone("0299"))
    house.run(flow)
    flow.enter_code("11111")
    assert isinstance(house.run(flow), auth.CodeWanted)
    flow.enter_code(CODE)
    house.run(flow)
    assert flow.finished


def test_deletion_and_its_end() -> None:
    house = Household()
    house.log_in(phone("0107"))
    house.run(flow := auth.DeleteAccount())
    flow.delete("no reason")
    assert isinstance(house.run(flow), auth.DeletionPending)
    (requested,) = (event for event in house.here.events() if isinstance(event, DeletionRequested))
    stop = auth.confirm_phone(f"tg://confirmphone?phone={phone('0107')}&hash={requested.hash}")
    house.run(stop)
    stop.enter_code(CODE)
    assert house.run(stop) is True
    flow = auth.DeleteAccount()
    house.run(flow)
    flow.delete("a reason", password="password", entropy=Stream("deletion"))
    assert house.run(flow) is True


def test_account_ttl() -> None:
    house = Household()
    house.log_in()
    flow = auth.AccountTtl()
    house.run(flow)
    flow.set_days(5)
    house.run(flow)
    assert not flow.finished
    flow.set_days(365)
    assert house.run(flow) == 365


def test_sessions() -> None:
    house = Household()
    house.log_in()
    house.log_in(device=b"tablet")
    house.pushed = [(key_id, update) for key_id, update in house.pushed if key_id.startswith(b"device")]
    flow = auth.Sessions()
    assert isinstance(house.run(flow), auth.SessionsWanted)
    assert flow.sessions is not None
    _, other = flow.sessions.authorizations
    house.told(flow, b"device")
    house.run(flow)
    flow.change(other.hash, confirmed=True)
    house.run(flow)
    flow.end(other.hash)
    house.run(flow)
    assert len(flow.sessions.authorizations) == 1
    flow.leave()
    house.run(flow)
    assert flow.finished


@pytest.mark.parametrize("method", ["auth.sendCode", "auth.signIn"])
def test_every_known_error_of_a_method_can_be_injected(method: str) -> None:
    for cls in errors.raised_by(method):
        values = {name: kind(4) for name, kind in cls.values.items()}
        house = Household()
        flow = auth.log_in(PHONE, **API)
        house.here.centre.fail_next(method, cls(**values))
        if method == "auth.signIn":
            house.run(flow)
            flow.enter_code(CODE)
        house.run(flow)
        assert flow.wanted is not None or flow.finished or flow.error is not None
