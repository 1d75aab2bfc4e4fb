"""Login by phone code, and changing, verifying and confirming a phone number, which follow the same steps.

    flow = auth.log_in("+99966...", api_id=..., api_hash=...)     or change_phone, verify_phone, confirm_phone
    ... drive it ...                              flow.prompt -> CodePrompt(via=CodeDelivery.APP, length=5, ...)
    flow.enter_code("12345")
    ... drive it ...                              flow.prompt -> PasswordPrompt(hint="...")
    flow.enter_password("...", entropy=os.urandom)
    ... drive it ...                              flow.result -> types.auth.Authorization

The table is in `sansio_tl.auth.phone_code.table`. Protocol: api/auth, api/account-deletion.
"""

from __future__ import annotations

import msgspec

from sansio_tl import types
from sansio_tl.auth.code_purpose import (
    AnyCodePurpose,
    ChangePhone,
    CodeOptions,
    CodePurpose,
    ConfirmPhone,
    PhoneLogin,
    VerifyPhone,
)
from sansio_tl.auth.email import email_token
from sansio_tl.auth.flow import R
from sansio_tl.auth.password import (
    AUTHORIZED,
    NO_PASSWORD,
    PASSWORD_NEEDED,
    PasswordFlowData,
    PasswordSteps,
)
from sansio_tl.auth.phone_code import table as at
from sansio_tl.auth.phone_code.data import (
    PROMPTS,
    PhoneFlowData,
    payment_purpose,
    read_mailed,
    read_sent_code,
    read_terms,
)
from sansio_tl.auth.phone_code.requests import REQUESTS
from sansio_tl.auth.prompts import CodeDelivery
from sansio_tl.auth.state_table import Input, Request, Result, RpcFailure, UserInput
from sansio_tl.auth.updates import updates_in
from sansio_tl.auth.user_input import any_text, text, whole
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError, RpcError
from sansio_tl.tl.objects import TLObject

MAX_NAME = 64
"""Maximum characters of a first or last name; the server cuts longer ones."""


class PhoneCodeFlow(PasswordSteps[R]):
    """Log in or sign up with a code for a phone number; change or verify a number, or stop a deletion, with one."""

    KIND = "phone code"
    TABLE = at.TABLE
    DATA = PhoneFlowData
    RESULT = (types.auth.Authorization, types.User, types.UserEmpty, bool)
    REQUESTS = REQUESTS
    PROMPTS = PROMPTS

    _data: PhoneFlowData

    def __init__(self, purpose: AnyCodePurpose) -> None:
        """The first action asks for a code."""
        if not isinstance(purpose, CodePurpose):
            raise LocalProtocolError(
                f"invalid purpose: found {type(purpose).__name__}, expected PhoneLogin, ChangePhone, "
                "VerifyPhone or ConfirmPhone"
            )
        super().__init__(PhoneFlowData(purpose), at.SENDING_CODE)

    # --- inputs -------------------------------------------------------------------------------------------------

    @property
    def purpose(self) -> AnyCodePurpose:
        """The purpose of the code."""
        return self._data.purpose

    def send_code(self, phone_number: str | None = None) -> None:
        """Begin again, with the same number or another one."""
        purpose = self._data.purpose
        if phone_number is not None and isinstance(purpose, ConfirmPhone):
            raise LocalProtocolError("invalid phone number: expected the one in the link")
        number = purpose.phone_number if phone_number is None else phone_number
        self._apply_input(at.SEND_CODE, PhoneFlowData(msgspec.structs.replace(purpose, phone_number=number)))

    def enter_code(self, code: str) -> None:
        """Submit the code as the user typed it; surrounding spaces are ignored."""
        self._apply_input(at.ENTER_CODE, code=text(code, "the code"))

    def resend(self, *, now: float, reason: str | None = None) -> None:
        """Send the code again by `CodePrompt.next_via`, not before `CodePrompt.resend_at`.

        `reason` explains why the application could not use a Firebase SMS; there is no waiting time then.
        """
        prompt = self._data.code
        failed_proof = prompt is not None and prompt.via is CodeDelivery.FIREBASE and reason is not None
        if prompt is not None and prompt.resend_at is not None and now < prompt.resend_at and not failed_proof:
            raise LocalProtocolError(f"the code may be re-sent in {prompt.resend_at - now:.0f} seconds")
        given = None if reason is None else any_text(reason, "the reason")
        self._apply_input(at.RESEND, msgspec.structs.replace(self._data, reason=given))

    def cancel(self) -> None:
        """Drop this code; the flow returns to its start. The server is notified if there is a method for it."""
        self._apply_input(at.CANCEL)

    def request_firebase_sms(
        self,
        *,
        safety_net_token: str | None = None,
        play_integrity_token: str | None = None,
        ios_push_secret: str | None = None,
    ) -> None:
        """Request the SMS, with the proof that `CodePrompt.firebase` describes."""
        tokens = {
            "safety_net_token": safety_net_token,
            "play_integrity_token": play_integrity_token,
            "ios_push_secret": ios_push_secret,
        }
        for token in tokens.values():
            any_text("" if token is None else token, "the token")
        self._apply_input(at.REQUEST_FIREBASE, firebase=tokens)

    def report_missing_code(self, mnc: str) -> None:
        """Report to the server that no code arrived. `mnc` is the mobile network code, digits. Changes nothing else."""
        self._apply_input(at.REPORT_MISSING, mnc=any_text(mnc, "the mobile network code"))

    def enter_email(self, email: str) -> None:
        """Set up this address and send a code to it."""
        self._apply_input(at.ENTER_EMAIL, msgspec.structs.replace(self._data, email=text(email, "the address")))

    def enter_email_code(self, code: str) -> None:
        """Submit the mailed code."""
        verification = types.EmailVerificationCode(code=text(code, "the code"))
        self._apply_input(at.ENTER_EMAIL_CODE, **{"email verification": verification})

    def enter_email_token(self, *, google: str | None = None, apple: str | None = None) -> None:
        """Prove the address by signing in at Google or at Apple; exactly one token."""
        self._apply_input(at.ENTER_EMAIL_TOKEN, **{"email verification": email_token(google, apple)})

    def resend_email_code(self) -> None:
        """Send the code again to the address that was entered here."""
        self._apply_input(at.RESEND_EMAIL_CODE)

    def reset_login_email(self) -> None:
        """Users without access to the mailbox get the code another way, after `EmailCodePrompt.reset_after` seconds."""
        self._apply_input(at.RESET_EMAIL)

    def check_shop(self) -> None:
        """Ask whether the purchase is currently possible in the application's store; the server's error is in
        `error`.
        """
        self._apply_input(at.CHECK_STORE)

    def payment_purpose(self, *, restore: bool = False) -> types.InputStorePaymentAuthCode:
        """For payments.assignAppStoreTransaction and similar methods, or inside inputInvoicePremiumAuthCode."""
        return payment_purpose(self._data, restore=restore)

    def check_payment(self, form_id: int) -> None:
        """After payments.sendPaymentForm: ask whether the payment has arrived. `form_id` is that of the form."""
        self._apply_input(
            at.CHECK_PAYMENT, msgspec.structs.replace(self._data, form_id=whole(form_id, "the form's id", 64))
        )

    def receive_update(self, update: TLObject, *, now: float) -> bool:
        """After a purchase an update announces the code: pass every update here. True if the update concerns this
        flow.
        """
        for each in updates_in(update):
            if isinstance(each, types.UpdateSentPhoneCode) and self.state == at.AWAITING_PAYMENT:
                given = self._classify_sent_code(each.sent_code, now)
                self._set_state(self.TABLE[self.state, given])
                return True
        return False

    def sign_up(self, first_name: str, last_name: str = "", *, silent: bool = False) -> None:
        """Create the account, accepting the terms. With `silent`, contacts are not notified. Names are cut to 64
        characters.
        """
        first, last = text(first_name, "the first name"), any_text(last_name, "the last name").strip()
        self._apply_input(at.SIGN_UP, names=(first[:MAX_NAME], last[:MAX_NAME], silent))

    # --- answers ------------------------------------------------------------------------------------------------

    def _classify_result(self, state: Request, result: object, now: float) -> Input:
        match result:
            case types.auth.SentCode() | types.auth.SentCodeSuccess() | types.auth.SentCodePaymentRequired():
                return self._classify_sent_code(result, now)
            case types.auth.Authorization() | types.auth.AuthorizationSignUpRequired():
                return self._classify_authorization(result)
            case types.account.EmailVerifiedLogin():
                return self._classify_sent_code(result.sent_code, now)
            case types.account.SentEmailCode():
                return read_mailed(self._data, result)
            case types.User() | types.UserEmpty() | True | False if state == at.SUBMITTING:
                self._finish(result)
                return at.NOT_FULFILLED if result is False else at.FULFILLED
            case True | False if (state, at.ACKNOWLEDGED) in self.TABLE:
                return at.ACKNOWLEDGED
        given = self._classify_password_state(state, result)
        return self._without_password() if given == NO_PASSWORD else given

    def _classify_sent_code(self, sent: types.auth.TypeSentCode, now: float) -> Input:
        if isinstance(sent, types.auth.SentCodeSuccess):
            return self._classify_authorization(sent.authorization)
        return read_sent_code(self._data, sent, now)

    def _classify_authorization(self, given: types.auth.TypeAuthorization) -> Input:
        if isinstance(given, types.auth.AuthorizationSignUpRequired):
            return read_terms(self._data, given.terms_of_service)
        self._finish(given)
        return AUTHORIZED

    def _without_password(self) -> Result:
        """A race: the password was removed meanwhile. The secrets that were accepted so far are submitted again."""
        match self._data.opened_by:
            case at.SUBMITTING.value:
                return at.NO_PASSWORD_AFTER_CODE
            case at.SIGNING_IN_BY_EMAIL.value:
                return at.NO_PASSWORD_AFTER_EMAIL
            case at.VERIFYING_EMAIL.value:
                return at.NO_PASSWORD_AFTER_SETUP
        return at.NO_PASSWORD_AFTER_NUMBER

    # --- errors ---------------------------------------------------------------------------------------------------

    def receive_error(self, error: RpcError | RemoteProtocolError, *, now: float) -> None:
        """As for every flow, except that an error of the cancellation of a code is ignored."""
        cancelling = self.state == at.CANCELLING
        super().receive_error(error, now=now)
        if cancelling and self.state == at.START:
            self._error = None

    def _on_rpc_error(self, state: Request, given: RpcFailure, error: RpcError, now: float) -> None:
        data = self._data
        if given == PASSWORD_NEEDED:
            data.opened_by = state.value
            data.password = PasswordFlowData()
        elif given == at.CODE_WRONG and data.code is not None and state == at.SUBMITTING:
            data.code = msgspec.structs.replace(data.code, tries=data.code.tries + 1)
        elif given == at.NO_OTHER_WAY and data.code is not None:
            data.code = msgspec.structs.replace(data.code, next_via=None, resend_at=None)
        elif given in (at.CODE_WRONG, at.EMAIL_CODE_WRONG):
            data.email_code = msgspec.structs.replace(data.email_code, tries=data.email_code.tries + 1)
        elif given == at.RESET_PENDING:
            period = data.email_code.reset_after or 0
            data.email_code = msgspec.structs.replace(data.email_code, reset_at=now + period, reset_after=None)
        else:
            self._on_password_error(given, error)

    # --- which inputs exist ---------------------------------------------------------------------------------------

    def _is_enabled(self, given: Input) -> bool:
        """Not every input exists for every purpose, and some only if the server offers them."""
        if given in (at.ACCOUNT_ONLY if self.purpose.LOGS_IN else at.LOGIN_ONLY):
            return False
        return not isinstance(given, UserInput) or self._is_offered(given)

    def _is_offered(self, user_input: UserInput) -> bool:
        data = self._data
        match user_input:
            case at.RESEND:
                return data.code is not None and data.code.next_via is not None
            case at.REQUEST_FIREBASE:
                return data.code is not None and data.code.firebase is not None
            case at.RESET_EMAIL:
                return data.email_code.reset_after is not None
            case at.ENTER_EMAIL_TOKEN:
                offer = data.email_setup if self.state == at.AWAITING_EMAIL else data.email_code
                return offer.google_allowed or offer.apple_allowed
        return True


def log_in(
    phone_number: str, *, api_id: int, api_hash: str, options: CodeOptions | None = None
) -> PhoneCodeFlow[types.auth.Authorization]:
    """Log in or sign up: code, e-mail, payment, password, whatever the server requires."""
    return PhoneCodeFlow(
        PhoneLogin(phone_number=phone_number, api_id=api_id, api_hash=api_hash, options=options or CodeOptions())
    )


def change_phone(phone_number: str, *, options: CodeOptions | None = None) -> PhoneCodeFlow[types.User]:
    """Change the number of the logged-in account."""
    return PhoneCodeFlow(ChangePhone(phone_number=phone_number, options=options or CodeOptions()))


def verify_phone(phone_number: str, *, options: CodeOptions | None = None) -> PhoneCodeFlow[bool]:
    """Verify a number for Telegram Passport."""
    return PhoneCodeFlow(VerifyPhone(phone_number=phone_number, options=options or CodeOptions()))


def confirm_phone(link: str, *, options: CodeOptions | None = None) -> PhoneCodeFlow[bool]:
    """Stop the deletion of the account; `link` is the one that was sent to the user.

    Raises LocalProtocolError for a link of another kind.
    """
    return PhoneCodeFlow(ConfirmPhone.from_link(link, options))
