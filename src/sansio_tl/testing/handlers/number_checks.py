"""Checks before a code is sent to a number.

In this order: the number is malformed; it belongs to another data center (PHONE_MIGRATE_X); its account is banned; it
has exceeded a limit, or has to wait (FLOOD_WAIT_X); its sandbox behavior is an error. Only errors that are documented
for the method are raised.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from sansio_tl import errors, functions
from sansio_tl.errors import RpcError
from sansio_tl.testing import sandbox
from sansio_tl.testing.accounts import normalise

if TYPE_CHECKING:
    from sansio_tl.testing.accounts import Account
    from sansio_tl.testing.context import RequestContext
    from sansio_tl.testing.sandbox import NumberBehavior, SandboxNumber
    from sansio_tl.tl.objects import Function

_MAX_EXCEPT_IDS = 100
"""Accounts of one app that are logged in already; apps allow a handful."""


def read_number(phone_number: str, code: int) -> str:
    """The digits of a number, or PHONE_NUMBER_INVALID with the code (400 or 406) that the method uses."""
    number = normalise(phone_number)
    if number is None:
        raise errors.PhoneNumberInvalid(code=code)
    return number


def check_application(call: RequestContext, api_id: int, api_hash: str) -> None:
    """API_ID_INVALID, unless the application is known."""
    known = call.config.api_keys
    if api_id <= 0 or not api_hash or (known is not None and known.get(api_id) != api_hash):
        raise errors.ApiIdInvalid


def check_except_ids(ids: Collection[int]) -> None:
    """INPUT_REQUEST_TOO_LONG for more accounts than an app on one device has."""
    if len(ids) > _MAX_EXCEPT_IDS:
        raise errors.InputRequestTooLong


def check_number(call: RequestContext, number: str, query: Function[Any]) -> None:
    """Raise the error of the number's data center, account, waiting time or sandbox behavior, if any."""
    scripted = sandbox.find(number)
    account = call.account_of(number)
    _check_home(call, account, scripted, query)
    if account is not None and account.banned:
        raise_error(call, number, errors.PhoneNumberBanned, query=query)
    _check_limit(call, number)
    if scripted is not None:
        _check_flood(call, number, scripted)
        _check_challenge(call, scripted.behavior, query)
        raise_error(call, number, scripted.behavior.send_error, once=scripted.behavior.error_once, query=query)


def raise_error(
    call: RequestContext, number: str, error_type: Any, *, once: bool = False, query: Function[Any]
) -> None:
    """Raise an error, if it is documented for the method and not one that occurs once and has occurred."""
    if error_type is None:
        return
    error: RpcError = error_type()
    if not isinstance(error, (*errors.errors_of(query.NAME), *errors.ANY_METHOD)):
        return
    if once and (number, error.name) in call.cluster.raised_once:
        return
    call.cluster.raised_once.add((number, error.name))
    raise error


def _check_home(
    call: RequestContext, account: Account | None, scripted: SandboxNumber | None, query: Function[Any]
) -> None:
    """A user of another data center has to log in there."""
    if not isinstance(query, functions.auth.SendCode):
        return
    home = account.dc_id if account is not None else scripted.dc_id if scripted is not None else call.config.dc_id
    if home != call.config.dc_id:
        raise errors.PhoneMigrate(dc=home)


def _check_limit(call: RequestContext, number: str) -> None:
    """The limit of codes per period."""
    limit = call.config.code_limit
    if limit is None:
        return
    sent, period = call.state.codes.sent, call.config.code_limit_period
    free_at = sent.free_at(number, limit, period, call.now)
    if call.now < free_at:
        raise errors.FloodWait(seconds=call.seconds_until(free_at))
    sent.add(number, limit, period, call.now)


def _check_flood(call: RequestContext, number: str, scripted: SandboxNumber) -> None:
    if not scripted.flood_wait:
        return
    until = call.cluster.floods.setdefault(number, call.now + scripted.flood_wait)
    if call.now < until:
        raise errors.FloodWait(seconds=call.seconds_until(until))


def _check_challenge(call: RequestContext, behavior: NumberBehavior, query: Function[Any]) -> None:
    """Some logins continue only inside a wrapper that carries a proof."""
    wrapper = behavior.proven_by
    if wrapper is None or behavior.challenge is None or not isinstance(query, functions.auth.SendCode):
        return
    if not any(isinstance(each, wrapper) and _proof(each) for each in call.wrappers):
        raise behavior.challenge()


def _proof(wrapper: Function[Any]) -> str:
    match wrapper:
        case functions.InvokeWithReCaptcha():
            return wrapper.token
        case functions.InvokeWithGooglePlayIntegrity(nonce=sandbox.CHALLENGE_NONCE):
            return wrapper.token
        case functions.InvokeWithApnsSecret(nonce=sandbox.CHALLENGE_NONCE):
            return wrapper.secret
        case _:
            return ""
