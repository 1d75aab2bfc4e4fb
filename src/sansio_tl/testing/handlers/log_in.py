"""Logging in by phone number: auth.sendCode, auth.signIn, auth.signUp, auth.logOut.

auth.sendCode -> auth.signIn -> auth.authorization
                             -> 401 SESSION_PASSWORD_NEEDED          account.getPassword, auth.checkPassword
                             -> auth.authorizationSignUpRequired     auth.signUp
              -> auth.sentCodeSuccess                                a logout token was offered that we gave
"""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING

from sansio_tl import errors, functions, types
from sansio_tl.testing import sandbox
from sansio_tl.testing.codes import Purpose
from sansio_tl.testing.events import LoggedIn, LoggedOut, SignedUp
from sansio_tl.testing.handlers.sending import check_code, check_number, find_code, read_number, refuse, send
from sansio_tl.testing.users import myself

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sansio_tl.testing.accounts import Account
    from sansio_tl.testing.call import Call

MAX_NAME = 64
TOKEN_SIZE = 32
MAX_LOGOUT_TOKENS = 20
"""How many logout tokens are looked at: what clients are told to keep."""

_TERMS = "This is an embedded data centre for tests. By signing up for it you agree that nothing you do here is real."


def send_code(call: Call, query: functions.auth.SendCode) -> types.auth.TypeSentCode:
    """auth.sendCode."""
    _check_application(call, query.api_id, query.api_hash)
    number = read_number(query.phone_number, 400)
    check_number(call, number, query)
    account = call.account_of(number)
    if account is not None and _redeem(account, query.settings.logout_tokens or ()):
        return types.auth.SentCodeSuccess(authorization=admit(call, account))
    return send(call, number, Purpose.LOG_IN, query.settings)


def sign_in(call: Call, query: functions.auth.SignIn) -> types.auth.TypeAuthorization:
    """auth.signIn."""
    number = read_number(query.phone_number, 406)
    if not query.phone_code:
        raise errors.PhoneCodeEmpty
    code = find_code(call, query.phone_code_hash, number, Purpose.LOG_IN)
    check_code(code, query.phone_code)
    scripted = sandbox.find(number)
    if scripted is not None:
        code.verified = True  # PHONE_NUMBER_UNOCCUPIED is followed by auth.signUp too
        refuse(call, number, scripted.story.refuse_to_sign_in, once=scripted.story.refuse_once, query=query)
    account = call.account_of(number)
    if account is None:
        code.verified = True
        return types.auth.AuthorizationSignUpRequired(terms_of_service=_terms(call, number))
    call.state.codes.remove(code)
    return admit(call, account)


def sign_up(call: Call, query: functions.auth.SignUp) -> types.auth.Authorization:
    """auth.signUp: only after auth.signIn with the right code."""
    number = read_number(query.phone_number, 406)
    code = find_code(call, query.phone_code_hash, number, Purpose.LOG_IN)
    if not code.verified:
        raise errors.PhoneCodeInvalid
    if call.account_of(number) is not None:
        raise errors.PhoneNumberOccupied
    if not 0 < len(query.first_name.strip()) <= MAX_NAME:
        raise errors.FirstnameInvalid
    if len(query.last_name) > MAX_NAME:
        raise errors.LastnameInvalid
    account = call.state.accounts.create(
        number,
        dc_id=call.config.dc_id,
        first_name=query.first_name.strip(),
        last_name=query.last_name.strip(),
        entropy=call.entropy,
    )
    call.state.codes.remove(code)
    call.report(SignedUp(account.id))
    return let_in(call, account)


def log_out(call: Call, query: functions.auth.LogOut) -> types.auth.LoggedOut:
    """auth.logOut: with a token that lets the same person in again without a code; half-way in, without one."""
    if call.device.awaits_password_of is not None:
        call.device.log_out()
        return types.auth.LoggedOut()
    account = call.require_account()
    token = call.entropy(TOKEN_SIZE)
    account.logout_tokens.add(token)
    call.device.log_out()
    call.report(LoggedOut(account.id))
    return types.auth.LoggedOut(future_auth_token=token)


def admit(call: Call, account: Account) -> types.auth.Authorization:
    """Let the owner of a right code in, or ask for the password first: SESSION_PASSWORD_NEEDED."""
    if account.password is None:
        return let_in(call, account)
    call.device.log_out()
    call.device.awaits_password_of = account
    raise errors.SessionPasswordNeeded


def let_in(call: Call, account: Account) -> types.auth.Authorization:
    """The auth key belongs to the account from now on."""
    call.device.log_in(account, call.now)
    call.report(LoggedIn(account.id))
    return types.auth.Authorization(user=myself(account))


def _check_application(call: Call, api_id: int, api_hash: str) -> None:
    known = call.config.api_keys
    if api_id <= 0 or not api_hash or (known is not None and known.get(api_id) != api_hash):
        raise errors.ApiIdInvalid


def _redeem(account: Account, offered: Sequence[bytes]) -> bool:
    """Whether one of the tokens is the account's. A token is good once."""
    for token in offered[:MAX_LOGOUT_TOKENS]:
        for known in account.logout_tokens:
            if compare_digest(token, known):
                account.logout_tokens.discard(known)
                return True
    return False


def _terms(call: Call, number: str) -> types.help.TermsOfService:
    scripted = sandbox.find(number)
    return types.help.TermsOfService(
        popup=True,
        id=types.DataJSON(data=f'{{"country":"{call.config.country}"}}'),
        text=_TERMS,
        entities=[],
        min_age_confirm=None if scripted is None else scripted.story.min_age,
    )
