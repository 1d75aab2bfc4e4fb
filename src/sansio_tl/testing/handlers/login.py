"""Logging in by phone number: auth.sendCode, auth.signIn, auth.signUp, auth.logOut.

auth.sendCode -> auth.signIn -> auth.authorization
                             -> 401 SESSION_PASSWORD_NEEDED          account.getPassword, auth.checkPassword
                             -> auth.authorizationSignUpRequired     auth.signUp
              -> auth.sentCodeSuccess                                a logout token was offered that we gave
              -> auth.sentCodePaymentRequired                        payments.assign..., auth.checkPaidAuth
"""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING

from sansio_tl import errors, functions, types
from sansio_tl.testing import sandbox
from sansio_tl.testing.code_delivery import DeliveryMethod
from sansio_tl.testing.codes import PhoneCodePurpose
from sansio_tl.testing.events import SignedUp
from sansio_tl.testing.handlers.code_sending import check_code, deliver, find_code, send
from sansio_tl.testing.handlers.email import check_mailed_code
from sansio_tl.testing.handlers.login_completion import complete_login, require_2fa_or_login, terms_for
from sansio_tl.testing.handlers.number_checks import check_application, check_number, raise_error, read_number
from sansio_tl.testing.handlers.payment import payment_required

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sansio_tl.testing.accounts import Account
    from sansio_tl.testing.context import RequestContext

MAX_NAME = 64
MAX_LOGOUT_TOKENS = 20
"""Number of logout tokens that are checked: the number that clients should keep."""


def send_code(call: RequestContext, query: functions.auth.SendCode) -> types.auth.TypeSentCode:
    """auth.sendCode."""
    check_application(call, query.api_id, query.api_hash)
    number = read_number(query.phone_number, 400)
    check_number(call, number, query)
    account = call.account_of(number)
    if account is not None and _redeem(account, query.settings.logout_tokens or ()):
        return types.auth.SentCodeSuccess(authorization=require_2fa_or_login(call, account))
    code = send(call, number, PhoneCodePurpose.LOG_IN, query.settings)
    return deliver(call, code) if code.paid else payment_required(code)


def sign_in(call: RequestContext, query: functions.auth.SignIn) -> types.auth.TypeAuthorization:
    """auth.signIn."""
    number = read_number(query.phone_number, 406)
    if not query.phone_code and query.email_verification is None:
        raise errors.PhoneCodeEmpty
    code = find_code(call, query.phone_code_hash, number, PhoneCodePurpose.LOG_IN)
    if query.email_verification is not None and code.delivery_method is DeliveryMethod.EMAIL:
        check_mailed_code(call, code, query.email_verification)
    else:
        check_code(call, code, query.phone_code)
    scripted = sandbox.find(number)
    if scripted is not None:
        code.verified = True  # PHONE_NUMBER_UNOCCUPIED is followed by auth.signUp too
        raise_error(call, number, scripted.behavior.sign_in_error, once=scripted.behavior.error_once, query=query)
    account = call.account_of(number)
    if account is None:
        code.verified = True
        return types.auth.AuthorizationSignUpRequired(terms_of_service=terms_for(call, number))
    call.state.codes.remove(code)
    return require_2fa_or_login(call, account)


def sign_up(call: RequestContext, query: functions.auth.SignUp) -> types.auth.Authorization:
    """auth.signUp: only after auth.signIn with the right code."""
    number = read_number(query.phone_number, 406)
    code = find_code(call, query.phone_code_hash, number, PhoneCodePurpose.LOG_IN)
    if not code.verified:
        raise errors.PhoneCodeInvalid
    account = create_account(call, number, query.first_name, query.last_name)
    account.login_email = code.email
    call.state.codes.remove(code)
    return complete_login(call, account)


def create_account(call: RequestContext, number: str, first_name: str, last_name: str) -> Account:
    """Create an account for a verified number. The names have 1 to 64 and 0 to 64 characters."""
    if call.account_of(number) is not None:
        raise errors.PhoneNumberOccupied
    if not 0 < len(first_name.strip()) <= MAX_NAME:
        raise errors.FirstnameInvalid
    if len(last_name) > MAX_NAME:
        raise errors.LastnameInvalid
    account = call.accounts.create(
        number,
        dc_id=call.config.dc_id,
        first_name=first_name.strip(),
        last_name=last_name.strip(),
        entropy=call.entropy,
    )
    call.report(SignedUp(account.id))
    return account


def _redeem(account: Account, offered: Sequence[bytes]) -> bool:
    """Whether one of the tokens is the account's. A token is valid once."""
    for token in offered[:MAX_LOGOUT_TOKENS]:
        for known in account.logout_tokens:
            if compare_digest(token, known):
                account.logout_tokens.discard(known)
                return True
    return False
