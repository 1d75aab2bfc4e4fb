"""E-mail addresses: for login, for Telegram Passport, and resetting one to which the user has no access.

    account.sendVerifyEmailCode -> account.sentEmailCode -> account.verifyEmail -> account.emailVerified
                                                                                -> account.emailVerifiedLogin

emailVerifyPurposeLoginSetup belongs to a login in progress (auth.sentCodeTypeSetUpEmailRequired), and continues with a
login code to the new address. A Google or Apple token is the address itself.

auth.resetLoginEmail removes the address after `DataCenterConfig.email_reset_wait`. Until then codes are still mailed,
and a second request fails with TASK_ALREADY_EXISTS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sansio_tl import errors, functions, types
from sansio_tl.testing import mailbox
from sansio_tl.testing.cluster import same
from sansio_tl.testing.code_delivery import DeliveryMethod
from sansio_tl.testing.codes import IssuedCode, PhoneCodePurpose
from sansio_tl.testing.events import AddressVerified
from sansio_tl.testing.handlers.code_attempt_limit import is_right
from sansio_tl.testing.handlers.code_sending import deliver, find_code
from sansio_tl.testing.handlers.number_checks import read_number
from sansio_tl.testing.mailbox import MailPurpose

if TYPE_CHECKING:
    from sansio_tl.testing.context import RequestContext

_PURPOSES: dict[type[types.TypeEmailVerifyPurpose], MailPurpose] = {
    types.EmailVerifyPurposeLoginSetup: MailPurpose.LOG_IN_SETUP,
    types.EmailVerifyPurposeLoginChange: MailPurpose.LOG_IN_CHANGE,
    types.EmailVerifyPurposePassport: MailPurpose.PASSPORT,
}


def send_verify_email_code(
    call: RequestContext, query: functions.account.SendVerifyEmailCode
) -> types.account.SentEmailCode:
    """account.sendVerifyEmailCode: a second request sends another code."""
    subject, number = _subject(call, query.purpose)
    address = mailbox.check_address(query.email)
    length = call.mail(subject, _PURPOSES[type(query.purpose)], address, number)
    return types.account.SentEmailCode(email_pattern=mailbox.pattern(address), length=length)


def verify_email(call: RequestContext, query: functions.account.VerifyEmail) -> types.account.TypeEmailVerified:
    """account.verifyEmail."""
    purpose = _PURPOSES[type(query.purpose)]
    address = _verified_address(call, *_subject(call, query.purpose), purpose, query.verification)
    if isinstance(query.purpose, types.EmailVerifyPurposeLoginSetup):
        code = _setup_code(call, query.purpose)
        return types.account.EmailVerifiedLogin(email=address, sent_code=_go_on(call, code, address))
    account = call.require_user()
    if purpose is MailPurpose.PASSPORT:
        account.verified_addresses.add(address)
    else:
        account.login_email, account.email_reset_at = address, None
    call.report(AddressVerified(account.id, purpose))
    return types.account.EmailVerified(email=address)


def reset_login_email(call: RequestContext, query: functions.auth.ResetLoginEmail) -> types.auth.SentCode:
    """auth.resetLoginEmail: the code is sent by the next method, at once or after a while."""
    number = read_number(query.phone_number, 400)
    code = find_code(call, query.phone_code_hash, number, PhoneCodePurpose.LOG_IN)
    account = call.account_of(number)
    if account is None or account.login_email is None:
        raise errors.EmailInstallMissing
    if account.email_reset_at is not None:
        raise errors.TaskAlreadyExists
    account.email_reset_at = call.now + call.config.email_reset_wait
    account.give_up_address(call.now)
    if account.login_email is None:
        others = tuple(each for each in code.delivery_methods if each is not DeliveryMethod.EMAIL)
        code.delivery_methods, code.sent, code.email = others, 0, None
    return deliver(call, code)


def check_mailed_code(call: RequestContext, code: IssuedCode, given: types.TypeEmailVerification) -> None:
    """Check the entered code or token during a login: PHONE_CODE_INVALID if it is wrong."""
    mailed = call.state.post.find(code.phone_code_hash, MailPurpose.LOG_IN, call.now)
    match given:
        case types.EmailVerificationCode():
            if mailed is None or not is_right(call, code.phone_number, mailed, given.code):
                raise errors.PhoneCodeInvalid
        case _:
            if code.email is None or not same(given.token.encode(), code.email.encode()):
                raise errors.PhoneCodeInvalid
    call.state.post.remove(code.phone_code_hash, MailPurpose.LOG_IN)


def _subject(call: RequestContext, purpose: types.TypeEmailVerifyPurpose) -> tuple[object, str]:
    """The key under which the mailed code is stored, and the phone number."""
    if isinstance(purpose, types.EmailVerifyPurposeLoginSetup):
        code = _setup_code(call, purpose)
        return code.phone_code_hash, code.phone_number
    account = call.require_user()
    if isinstance(purpose, types.EmailVerifyPurposeLoginChange) and account.login_email is None:
        raise errors.EmailNotSetup
    return account.id, account.phone_number


def _setup_code(call: RequestContext, purpose: types.EmailVerifyPurposeLoginSetup) -> IssuedCode:
    number = read_number(purpose.phone_number, 400)
    if not purpose.phone_code_hash:
        raise errors.PhoneCodeEmpty
    code = call.state.codes.find(purpose.phone_code_hash, call.now)
    if code is None or code.phone_number != number or code.delivery_method is not DeliveryMethod.EMAIL_SETUP:
        raise errors.PhoneHashExpired
    return code


def _verified_address(
    call: RequestContext, subject: object, number: str, purpose: MailPurpose, given: types.TypeEmailVerification
) -> str:
    """The address that was verified, by a code or by a token."""
    if not isinstance(given, types.EmailVerificationCode):
        return mailbox.check_address(given.token)
    mailed = call.state.post.find(subject, purpose, call.now)
    if mailed is None:
        raise errors.EmailVerifyExpired
    if not is_right(call, number, mailed, given.code):
        raise errors.CodeInvalid
    call.state.post.remove(subject, purpose)
    return mailed.address


def _go_on(call: RequestContext, code: IssuedCode, address: str) -> types.auth.SentCode:
    """The login continues with a code to the new address."""
    account = call.account_of(code.phone_number)
    if account is not None:
        account.login_email = address
        call.report(AddressVerified(account.id, MailPurpose.LOG_IN_SETUP))
    code.email, code.delivery_methods, code.sent = address, (DeliveryMethod.EMAIL,), 0
    return deliver(call, code)
