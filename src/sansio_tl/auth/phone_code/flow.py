"""Logging in by phone code, and changing, verifying and confirming a phone number, which go the same way.

    flow = auth.log_in("+99966...", api_id=..., api_hash=...)     or change_phone, verify_phone, confirm_phone
    ... drive it ...                              flow.prompt -> CodePrompt(via=Via.APP, length=5, ...)
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
from sansio_tl.auth.entered import any_text, text, whole
from sansio_tl.auth.flow import R
from sansio_tl.auth.password import (
    AUTHORIZED,
    NO_PASSWORD,
    PASSWORD_NEEDED,
    PasswordFlowData,
    PasswordSteps,
)
from sansio_tl.auth.phone_code import table as at
from sansio_tl.auth.phone_code.data import WANTS, PhoneFacts, payment_purpose, read_mailed, read_sent_code, read_terms
from sansio_tl.auth.phone_code.requests import REQUESTS
from sansio_tl.auth.prompts import CodeDelivery
from sansio_tl.auth.state_table import Input, Request, Result, RpcFailure, UserInput
from sansio_tl.auth.updates import updates_in
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError, RpcError
from sansio_tl.tl.objects import TLObject

MAX_NAME = 64
"""Characters of a first or last name; the server cuts longer ones."""


class PhoneCodeFlow(PasswordSteps[R]):
    """One flow for the four purposes of a phone code; see the module."""

    KIND = "phone code"
    TABLE = at.TABLE
    FACTS = PhoneFacts
    RESULT = (types.auth.Authorization, types.User, types.UserEmpty, bool)
    REQUESTS = REQUESTS
    WANTS = WANTS

    _facts: PhoneFacts

    def __init__(self, purpose: AnyCodePurpose) -> None:
        """The first action asks for a code."""
        if not isinstance(purpose, CodePurpose):
            raise LocalProtocolError(f"the purpose is a CodePurpose, not {type(purpose).__name__}")
        super().__init__(PhoneFacts(purpose), at.SENDING_CODE)

    # --- moves --------------------------------------------------------------------------------------------------

    @property
    def purpose(self) -> AnyCodePurpose:
        """What the code is for."""
        return self._facts.purpose

    def send_code(self, phone_number: str | None = None) -> None:
        """Begin again, with the same number or another one."""
        purpose = self._facts.purpose
        if phone_number is not None and isinstance(purpose, ConfirmPhone):
            raise LocalProtocolError("the number to confirm is that of the link")
        number = purpose.phone_number if phone_number is None else phone_number
        self._move(at.SEND_CODE, PhoneFacts(msgspec.structs.replace(purpose, phone_number=number)))

    def enter_code(self, code: str) -> None:
        """Hand in the code as the person typed it; spaces around it do not count."""
        self._move(at.ENTER_CODE, code=text(code, "the code"))

    def resend(self, *, now: float, reason: str | None = None) -> None:
        """Have the code sent again by `CodePrompt.next_via`, not before `CodePrompt.resend_at`.

        `reason` says why the application could not use a Firebase SMS; then there is nothing to wait for.
        """
        wanted = self._facts.code
        failed_proof = wanted is not None and wanted.via is CodeDelivery.FIREBASE and reason is not None
        if wanted is not None and wanted.resend_at is not None and now < wanted.resend_at and not failed_proof:
            raise LocalProtocolError(f"the code may be re-sent in {wanted.resend_at - now:.0f} seconds")
        given = None if reason is None else any_text(reason, "the reason")
        self._move(at.RESEND, msgspec.structs.replace(self._facts, reason=given))

    def cancel(self) -> None:
        """Drop this code; the flow is back at its start. The server is told where it can be."""
        self._move(at.CANCEL)

    def request_firebase_sms(
        self,
        *,
        safety_net_token: str | None = None,
        play_integrity_token: str | None = None,
        ios_push_secret: str | None = None,
    ) -> None:
        """Have the SMS sent, with the proof that `CodePrompt.firebase` describes."""
        tokens = {
            "safety_net_token": safety_net_token,
            "play_integrity_token": play_integrity_token,
            "ios_push_secret": ios_push_secret,
        }
        for token in tokens.values():
            any_text("" if token is None else token, "the token")
        self._move(at.REQUEST_FIREBASE, firebase=tokens)

    def report_missing_code(self, mnc: str) -> None:
        """Tell the server that no code came. `mnc` is the mobile network code, digits. Changes nothing else."""
        self._move(at.REPORT_MISSING, mnc=any_text(mnc, "the mobile network code"))

    def enter_email(self, email: str) -> None:
        """Set up this address and have a code mailed to it."""
        self._move(at.ENTER_EMAIL, msgspec.structs.replace(self._facts, email=text(email, "the address")))

    def enter_email_code(self, code: str) -> None:
        """Hand in the code that was mailed."""
        verification = types.EmailVerificationCode(code=text(code, "the code"))
        self._move(at.ENTER_EMAIL_CODE, **{"email verification": verification})

    def enter_email_token(self, *, google: str | None = None, apple: str | None = None) -> None:
        """Prove the address by signing in at Google or at Apple; exactly one token."""
        self._move(at.ENTER_EMAIL_TOKEN, **{"email verification": email_token(google, apple)})

    def resend_email_code(self) -> None:
        """Have the code mailed again to the address that was entered here."""
        self._move(at.RESEND_EMAIL_CODE)

    def reset_login_email(self) -> None:
        """Who cannot read the mail gets the code another way, after `EmailCodePrompt.reset_after` seconds."""
        self._move(at.RESET_EMAIL)

    def check_shop(self) -> None:
        """Ask whether the purchase in the application's shop is possible just now; a refusal is in `error`."""
        self._move(at.CHECK_SHOP)

    def payment_purpose(self, *, restore: bool = False) -> types.InputStorePaymentAuthCode:
        """For payments.assignAppStoreTransaction and its like, or inside inputInvoicePremiumAuthCode."""
        return payment_purpose(self._facts, restore=restore)

    def check_payment(self, form_id: int) -> None:
        """After payments.sendPaymentForm: ask whether the payment has arrived. `form_id` is that of the form."""
        self._move(at.CHECK_PAYMENT, msgspec.structs.replace(self._facts, form_id=whole(form_id, "the form's id", 64)))

    def receive_update(self, update: TLObject, *, now: float) -> bool:
        """After a purchase the code is announced by an update; pass on all. True when it was for this flow."""
        for each in updates_in(update):
            if isinstance(each, types.UpdateSentPhoneCode) and self.state == at.PAYMENT_WANTED:
                given = self._hear_sent_code(each.sent_code, now)
                self._set_state(self.TABLE[self.state, given])
                return True
        return False

    def sign_up(self, first_name: str, last_name: str = "", *, silent: bool = False) -> None:
        """Create the account, accepting the terms. `silent`: contacts are not told. Names are cut to 64 characters."""
        first, last = text(first_name, "the first name"), any_text(last_name, "the last name").strip()
        self._move(at.SIGN_UP, names=(first[:MAX_NAME], last[:MAX_NAME], silent))

    # --- answers ------------------------------------------------------------------------------------------------

    def _classify_result(self, state: Request, result: object, now: float) -> Input:
        match result:
            case types.auth.SentCode() | types.auth.SentCodeSuccess() | types.auth.SentCodePaymentRequired():
                return self._hear_sent_code(result, now)
            case types.auth.Authorization() | types.auth.AuthorizationSignUpRequired():
                return self._hear_authorization(result)
            case types.account.EmailVerifiedLogin():
                return self._hear_sent_code(result.sent_code, now)
            case types.account.SentEmailCode():
                return read_mailed(self._facts, result)
            case types.User() | types.UserEmpty() | True | False if state == at.HANDING_IN:
                self._finish(result)
                return at.NOT_FULFILLED if result is False else at.FULFILLED
            case True | False if (state, at.ACKNOWLEDGED) in self.TABLE:
                return at.ACKNOWLEDGED
        given = self._hear_about_password(state, result)
        return self._without_password() if given == NO_PASSWORD else given

    def _hear_sent_code(self, sent: types.auth.TypeSentCode, now: float) -> Input:
        if isinstance(sent, types.auth.SentCodeSuccess):
            return self._hear_authorization(sent.authorization)
        return read_sent_code(self._facts, sent, now)

    def _hear_authorization(self, given: types.auth.TypeAuthorization) -> Input:
        if isinstance(given, types.auth.AuthorizationSignUpRequired):
            return read_terms(self._facts, given.terms_of_service)
        self._finish(given)
        return AUTHORIZED

    def _without_password(self) -> Result:
        """A race: somebody took the password away. Whatever opened the account so far is tried again."""
        match self._facts.opened_by:
            case at.HANDING_IN.value:
                return at.NO_PASSWORD_AFTER_CODE
            case at.SIGNING_IN_BY_EMAIL.value:
                return at.NO_PASSWORD_AFTER_EMAIL
            case at.VERIFYING_EMAIL.value:
                return at.NO_PASSWORD_AFTER_SETUP
        return at.NO_PASSWORD_AFTER_NUMBER

    # --- refusals -----------------------------------------------------------------------------------------------

    def receive_error(self, error: RpcError | RemoteProtocolError, *, now: float) -> None:
        """As for every flow; that a code could not be cancelled need not trouble anybody."""
        cancelling = self.state == at.CANCELLING
        super().receive_error(error, now=now)
        if cancelling and self.state == at.START:
            self._error = None

    def _on_rpc_error(self, state: Request, given: RpcFailure, error: RpcError, now: float) -> None:
        facts = self._facts
        if given == PASSWORD_NEEDED:
            facts.opened_by = state.value
            facts.password = PasswordFlowData()
        elif given == at.CODE_WRONG and facts.code is not None and state == at.HANDING_IN:
            facts.code = msgspec.structs.replace(facts.code, tries=facts.code.tries + 1)
        elif given == at.NO_OTHER_WAY and facts.code is not None:
            facts.code = msgspec.structs.replace(facts.code, next_via=None, resend_at=None)
        elif given in (at.CODE_WRONG, at.EMAIL_CODE_WRONG):
            facts.email_code = msgspec.structs.replace(facts.email_code, tries=facts.email_code.tries + 1)
        elif given == at.RESET_PENDING:
            period = facts.email_code.reset_after or 0
            facts.email_code = msgspec.structs.replace(facts.email_code, reset_at=now + period, reset_after=None)
        else:
            self._refused_password(given, error)

    # --- what exists --------------------------------------------------------------------------------------------

    def _is_enabled(self, given: Input) -> bool:
        """Not every input exists for every purpose, and some moves only when the server offered them."""
        if given in (at.ACCOUNT_ONLY if self.purpose.LOGS_IN else at.LOG_IN_ONLY):
            return False
        return not isinstance(given, UserInput) or self._is_offered(given)

    def _is_offered(self, move: UserInput) -> bool:
        facts = self._facts
        match move:
            case at.RESEND:
                return facts.code is not None and facts.code.next_via is not None
            case at.REQUEST_FIREBASE:
                return facts.code is not None and facts.code.firebase is not None
            case at.RESET_EMAIL:
                return facts.email_code.reset_after is not None
            case at.ENTER_EMAIL_TOKEN:
                offer = facts.email_setup if self.state == at.EMAIL_WANTED else facts.email_code
                return offer.google_allowed or offer.apple_allowed
        return True


def log_in(
    phone_number: str, *, api_id: int, api_hash: str, options: CodeOptions | None = None
) -> PhoneCodeFlow[types.auth.Authorization]:
    """Log a person in, or sign them up: code, e-mail, payment, password, whatever the server asks for."""
    return PhoneCodeFlow(
        PhoneLogin(phone_number=phone_number, api_id=api_id, api_hash=api_hash, options=options or CodeOptions())
    )


def change_phone(phone_number: str, *, options: CodeOptions | None = None) -> PhoneCodeFlow[types.User]:
    """Move the account that is logged in to another number."""
    return PhoneCodeFlow(ChangePhone(phone_number=phone_number, options=options or CodeOptions()))


def verify_phone(phone_number: str, *, options: CodeOptions | None = None) -> PhoneCodeFlow[bool]:
    """Verify a number for Telegram Passport."""
    return PhoneCodeFlow(VerifyPhone(phone_number=phone_number, options=options or CodeOptions()))


def confirm_phone(link: str, *, options: CodeOptions | None = None) -> PhoneCodeFlow[bool]:
    """Stop the deletion of the account; `link` is what was sent to its owner.

    Raises LocalProtocolError for a link of another kind.
    """
    return PhoneCodeFlow(ConfirmPhone.from_link(link, options))
