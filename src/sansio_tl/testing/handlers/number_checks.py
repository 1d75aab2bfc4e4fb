"""What speaks against sending a code to a number.

In this order: the number is malformed; it lives elsewhere (PHONE_MIGRATE_X); its account is banned; it has had codes
enough, or has to wait (FLOOD_WAIT_X); its sandbox story refuses. Only refusals that the method is known for are acted
out.
"""

from __future__ import annotations

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


def read_number(phone_number: str, code: int) -> str:
    """The digits of a number, or PHONE_NUMBER_INVALID with the code (400 or 406) that the method answers it with."""
    number = normalise(phone_number)
    if number is None:
        raise errors.PhoneNumberInvalid(code=code)
    return number


def check_application(call: RequestContext, api_id: int, api_hash: str) -> None:
    """API_ID_INVALID, unless the application exists."""
    known = call.config.api_keys
    if api_id <= 0 or not api_hash or (known is not None and known.get(api_id) != api_hash):
        raise errors.ApiIdInvalid


def check_number(call: RequestContext, number: str, query: Function[Any]) -> None:
    """Raise what the number's data center, account, waiting time or story has against sending a code to it."""
    scripted = sandbox.find(number)
    account = call.account_of(number)
    _check_home(call, account, scripted, query)
    if account is not None and account.banned:
        refuse(call, number, errors.PhoneNumberBanned, query=query)
    _check_limit(call, number)
    if scripted is not None:
        _check_flood(call, number, scripted)
        _check_challenge(call, scripted.story, query)
        refuse(call, number, scripted.story.refuse_to_send, once=scripted.story.refuse_once, query=query)


def refuse(call: RequestContext, number: str, refusal: Any, *, once: bool = False, query: Function[Any]) -> None:
    """Raise a refusal, if the method is known for it and it is not one that happens once and has happened already."""
    if refusal is None:
        return
    error: RpcError = refusal()
    if not isinstance(error, (*errors.errors_of(query.NAME), *errors.ANY_METHOD)):
        return
    if once and (number, error.name) in call.world.told:
        return
    call.world.told.add((number, error.name))
    raise error


def _check_home(
    call: RequestContext, account: Account | None, scripted: SandboxNumber | None, query: Function[Any]
) -> None:
    """The owner of a number that lives on another data center has to log in there."""
    if not isinstance(query, functions.auth.SendCode):
        return
    home = account.dc_id if account is not None else scripted.dc_id if scripted is not None else call.config.dc_id
    if home != call.config.dc_id:
        raise errors.PhoneMigrate(dc=home)


def _check_limit(call: RequestContext, number: str) -> None:
    """So many codes within a while, and no more."""
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
    until = call.world.floods.setdefault(number, call.now + scripted.flood_wait)
    if call.now < until:
        raise errors.FloodWait(seconds=call.seconds_until(until))


def _check_challenge(call: RequestContext, story: NumberBehavior, query: Function[Any]) -> None:
    """Some log-ins go on only inside a wrapper that proves something."""
    wrapper = story.proven_by
    if wrapper is None or story.challenge is None or not isinstance(query, functions.auth.SendCode):
        return
    if not any(isinstance(each, wrapper) and _proof(each) for each in call.wrappers):
        raise story.challenge()


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
