"""Sending codes: what every method that answers auth.sentCode has in common, auth.resendCode and auth.cancelCode.

Order of the refusals: the number is malformed; it lives elsewhere (PHONE_MIGRATE_X); it has to wait (FLOOD_WAIT_X); its
sandbox story refuses. Only refusals that the method is known for are acted out.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

from sansio_tl import errors, functions, types
from sansio_tl.errors import RpcError
from sansio_tl.testing import sandbox, ways
from sansio_tl.testing.accounts import normalise
from sansio_tl.testing.codes import PhoneCode, Purpose
from sansio_tl.testing.events import CodeSent
from sansio_tl.testing.ways import Way

if TYPE_CHECKING:
    from sansio_tl.testing.call import Call
    from sansio_tl.testing.sandbox import SandboxNumber
    from sansio_tl.tl.objects import Function

HASH_BYTES = 9
"""A phone_code_hash is 18 hexadecimal digits, as Telegram's are."""


def read_number(phone_number: str, code: int) -> str:
    """The digits of a number, or PHONE_NUMBER_INVALID with the code (400 or 406) that the method answers it with."""
    number = normalise(phone_number)
    if number is None:
        raise errors.PhoneNumberInvalid(code=code)
    return number


def check_number(call: Call, number: str, query: Function[Any]) -> None:
    """Raise what the number's data centre, waiting time or story has against sending a code to it."""
    scripted = sandbox.find(number)
    _check_home(call, number, scripted, query)
    if scripted is not None:
        _check_flood(call, number, scripted)
        refuse(call, number, scripted.story.refuse_to_send, once=scripted.story.refuse_once, query=query)


def refuse(call: Call, number: str, refusal: Any, *, once: bool, query: Function[Any]) -> None:
    """Raise a sandbox story's refusal, if the method is known for it and it is not one that has happened already."""
    if refusal is None:
        return
    error: RpcError = refusal()
    if not isinstance(error, (*errors.raised_by(query.NAME), *errors.ANY_METHOD)):
        return
    if once and (number, error.name) in call.state.told:
        return
    call.state.told.add((number, error.name))
    raise error


def send(call: Call, number: str, purpose: Purpose, settings: types.TypeCodeSettings) -> types.auth.SentCode:
    """Draw a code for a number and send it by the first way."""
    scripted = sandbox.find(number)
    story = scripted.story if scripted is not None else sandbox.Story()
    code = PhoneCode(
        phone_code_hash=call.entropy(HASH_BYTES).hex(),
        phone_number=number,
        purpose=purpose,
        key_id=call.device.key_id,
        ways=ways.usable(_ways(call, number, story), settings),
        code="",
        expires_at=call.now + (story.code_lifetime or call.config.code_lifetime),
        tries_left=story.code_tries or call.config.code_tries,
    )
    call.state.codes.add(code, call.now)
    return _deliver(call, code)


def resend_code(call: Call, query: functions.auth.ResendCode) -> types.auth.SentCode:
    """auth.resendCode: send it by the next way. The hash stays; the code is a new one."""
    number = read_number(query.phone_number, 406)
    if not query.phone_code_hash:
        raise errors.PhoneCodeHashEmpty
    code = find_code(call, query.phone_code_hash, number)
    if code.next_way is None or code.verified:
        raise errors.SendCodeUnavailable
    code.sent += 1
    return _deliver(call, code)


def cancel_code(call: Call, query: functions.auth.CancelCode) -> bool:
    """auth.cancelCode: the code is worth nothing from now on."""
    number = read_number(query.phone_number, 406)
    call.state.codes.remove(find_code(call, query.phone_code_hash, number))
    return True


def find_code(call: Call, phone_code_hash: str, number: str, *purposes: Purpose) -> PhoneCode:
    """The code of a hash, for one of `purposes` (none given: any), or PHONE_CODE_EXPIRED."""
    code = call.state.codes.find(phone_code_hash, call.now)
    if code is None or code.phone_number != number or (purposes and code.purpose not in purposes):
        raise errors.PhoneCodeExpired
    return code


def check_code(code: PhoneCode, typed: str | None) -> None:
    """Compare what the person typed: PHONE_CODE_EMPTY, PHONE_CODE_INVALID, or nothing."""
    if not typed:
        raise errors.PhoneCodeEmpty
    if not code.is_matched_by(typed):
        raise errors.PhoneCodeInvalid


def _check_home(call: Call, number: str, scripted: SandboxNumber | None, query: Function[Any]) -> None:
    """The owner of a number that lives on another data centre has to log in there."""
    if not isinstance(query, functions.auth.SendCode):
        return
    account = call.account_of(number)
    home = account.dc_id if account is not None else scripted.dc_id if scripted is not None else call.config.dc_id
    if home != call.config.dc_id:
        raise errors.PhoneMigrate(dc=home)


def _check_flood(call: Call, number: str, scripted: SandboxNumber) -> None:
    if not scripted.flood_wait:
        return
    until = call.state.floods.setdefault(number, call.now + scripted.flood_wait)
    if call.now < until:
        raise errors.FloodWait(seconds=ceil(until - call.now))


def _ways(call: Call, number: str, story: sandbox.Story) -> tuple[Way, ...]:
    """The story's ways; without a story, first as a message to other sessions of the account, when there are any."""
    account = call.state.accounts.with_number(number)
    if sandbox.find(number) is None and account is not None and call.state.devices.of_account(account):
        return (Way.APP, *story.ways)
    return story.ways


def _deliver(call: Call, code: PhoneCode) -> types.auth.SentCode:
    code.code = ways.dress(code.way, _digits(call, code.phone_number))
    call.report(CodeSent(code.phone_number, code.code, code.way, code.purpose))
    if code.way is Way.APP:
        _message(call, code)
    following = code.next_way
    return types.auth.SentCode(
        type=ways.announce(code.way, code.code),
        phone_code_hash=code.phone_code_hash,
        next_type=None if following is None else ways.as_next(following),
        timeout=None if following is None else call.config.resend_timeout,
    )


def _message(call: Call, code: PhoneCode) -> None:
    """Show the code in the account's other sessions."""
    account = call.state.accounts.with_number(code.phone_number)
    if account is not None:
        notification = types.UpdateServiceNotification(
            inbox_date=int(call.now),
            type="LOGIN_CODE",
            message=f"Login code: {code.code}. Do not give this code to anyone.",
            media=types.MessageMediaEmpty(),
            entities=[],
        )
        call.tell(account, notification)


def _digits(call: Call, number: str) -> str:
    length = call.config.code_length
    scripted = sandbox.find(number)
    if scripted is not None:
        return scripted.digits(length)
    if call.config.code is not None:
        return call.config.code
    return str(int.from_bytes(call.entropy(8), "big") % 10**length).zfill(length)
