"""Sending codes: the common part of all methods with the result auth.sentCode, auth.resendCode and auth.cancelCode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sansio_tl import errors, functions, types
from sansio_tl.testing import code_delivery, mailbox, sandbox
from sansio_tl.testing.code_delivery import FIREBASE, DeliveryMethod
from sansio_tl.testing.codes import IssuedCode, PhoneCodePurpose
from sansio_tl.testing.events import CodeReportedMissing, CodeSent
from sansio_tl.testing.handlers.code_attempt_limit import is_right
from sansio_tl.testing.handlers.firebase import ask_for_proof
from sansio_tl.testing.handlers.number_checks import read_number
from sansio_tl.testing.mailbox import MailPurpose

if TYPE_CHECKING:
    from sansio_tl.testing.accounts import Account
    from sansio_tl.testing.context import RequestContext

HASH_BYTES = 9
"""A phone_code_hash is 18 hexadecimal digits, as Telegram's are."""


def send(call: RequestContext, number: str, purpose: PhoneCodePurpose, settings: types.TypeCodeSettings) -> IssuedCode:
    """Generate a code for a number. It is not delivered yet: it may have to be paid for first."""
    scripted = sandbox.find(number)
    behavior = scripted.behavior if scripted is not None else sandbox.NumberBehavior()
    account = call.account_of(number)
    code = IssuedCode(
        phone_code_hash=call.entropy(HASH_BYTES).hex(),
        phone_number=number,
        purpose=purpose,
        key_id=call.device.key_id,
        delivery_methods=_delivery_methods(call, account, purpose, behavior, settings),
        code="",
        sent_at=call.now,
        expires_at=call.now + (behavior.code_lifetime or call.config.code_lifetime),
        tries_left=behavior.code_tries or call.config.code_tries,
        email=None if account is None else account.login_email,
        paid=not (behavior.payment and purpose is PhoneCodePurpose.LOG_IN),
    )
    call.state.codes.add(code, call.now)
    return code


def deliver(call: RequestContext, code: IssuedCode) -> types.auth.SentCode:
    """Send a code by its current method."""
    code.code = code_delivery.dress(code.delivery_method, call.draw_digits(code.phone_number, call.config.code_length))
    match code.delivery_method:
        case DeliveryMethod.EMAIL:
            call.mail(code.phone_code_hash, MailPurpose.LOG_IN, code.email or "", code.phone_number)
        case method if method in FIREBASE:
            ask_for_proof(call, code)
        case DeliveryMethod.EMAIL_SETUP:
            pass
        case _:
            _hand_over(call, code)
    following = code.next_delivery_method
    return types.auth.SentCode(
        type=code_delivery.announce(code.delivery_method, _envelope(call, code)),
        phone_code_hash=code.phone_code_hash,
        next_type=None if following is None else code_delivery.as_next(following),
        timeout=None if following is None else call.config.resend_timeout,
    )


def resend_code(call: RequestContext, query: functions.auth.ResendCode) -> types.auth.SentCode:
    """auth.resendCode: send it by the next method. The hash stays; the code is a new one."""
    number = read_number(query.phone_number, 406)
    if not query.phone_code_hash:
        raise errors.PhoneCodeHashEmpty
    code = find_code(call, query.phone_code_hash, number)
    if code.next_delivery_method is None or code.verified or not code.paid:
        raise errors.SendCodeUnavailable
    code.sent += 1
    return deliver(call, code)


def cancel_code(call: RequestContext, query: functions.auth.CancelCode) -> bool:
    """auth.cancelCode: the code becomes invalid."""
    number = read_number(query.phone_number, 406)
    call.state.codes.remove(find_code(call, query.phone_code_hash, number))
    return True


def report_missing_code(call: RequestContext, query: functions.auth.ReportMissingCode) -> bool:
    """auth.reportMissingCode: reported as an event, without other effects."""
    number = read_number(query.phone_number, 400)
    code = call.state.codes.find(query.phone_code_hash, call.now)
    if code is None or code.phone_number != number:
        return False
    call.report(CodeReportedMissing(number, query.mnc))
    return True


def find_code(call: RequestContext, phone_code_hash: str, number: str, *purposes: PhoneCodePurpose) -> IssuedCode:
    """AU5: the code with a hash, for one of `purposes` (none given: any), or PHONE_CODE_EXPIRED."""
    code = call.state.codes.find(phone_code_hash, call.now)
    if code is None or code.phone_number != number or (purposes and code.purpose not in purposes):
        raise errors.PhoneCodeExpired
    return code


def check_code(call: RequestContext, code: IssuedCode, typed: str | None) -> None:
    """Check the entered code: PHONE_CODE_EMPTY, PHONE_CODE_INVALID, or nothing."""
    if not typed:
        raise errors.PhoneCodeEmpty
    if (
        not is_right(call, code.phone_number, code, typed)
        or not code.paid
        or code.delivery_method in {DeliveryMethod.EMAIL, DeliveryMethod.EMAIL_SETUP}
    ):
        raise errors.PhoneCodeInvalid


def _delivery_methods(
    call: RequestContext,
    account: Account | None,
    purpose: PhoneCodePurpose,
    behavior: sandbox.NumberBehavior,
    settings: types.TypeCodeSettings,
) -> tuple[DeliveryMethod, ...]:
    """By mail if the account has an address for that; else first to its other sessions; else as the sandbox number
    defines.
    """
    chosen = behavior.delivery_methods
    if purpose is not PhoneCodePurpose.LOG_IN:
        others = tuple(each for each in chosen if each is not DeliveryMethod.EMAIL_SETUP)
        chosen = others or sandbox.DEFAULT_DELIVERY_METHODS
    elif account is not None and account.login_email is not None:
        return (DeliveryMethod.EMAIL, *(each for each in chosen if each is not DeliveryMethod.EMAIL_SETUP))
    if account is not None and sandbox.find(account.phone_number) is None and call.state.devices.of_account(account):
        chosen = (DeliveryMethod.APP, *chosen)
    return code_delivery.usable(chosen, settings)


def _envelope(call: RequestContext, code: IssuedCode) -> code_delivery.SentCodeInfo:
    """The content of auth.sentCode. For a mailed code: the masked address, and when it could be reset."""
    if code.delivery_method is not DeliveryMethod.EMAIL:
        return code_delivery.SentCodeInfo(code.code, code.proof)
    account = call.account_of(code.phone_number)
    mailed = call.state.post.find(code.phone_code_hash, MailPurpose.LOG_IN, call.now)
    pending = None if account is None else account.email_reset_at
    return code_delivery.SentCodeInfo(
        code="" if mailed is None else mailed.code,
        email_pattern=mailbox.pattern(code.email or ""),
        email_reset_period=int(call.config.email_reset_wait) if account is not None and pending is None else None,
        email_reset_date=None if pending is None else int(pending),
    )


def _hand_over(call: RequestContext, code: IssuedCode) -> None:
    """Deliver the code to the user."""
    call.report(CodeSent(code.phone_number, code.code, code.delivery_method, code.purpose))
    account = call.accounts.with_number(code.phone_number)
    if code.delivery_method is DeliveryMethod.APP and account is not None:
        notification = types.UpdateServiceNotification(
            inbox_date=int(call.now),
            type="LOGIN_CODE",
            message=f"Login code: {code.code}. Do not give this code to anyone.",
            media=types.MessageMediaEmpty(),
            entities=[],
        )
        call.push_to_others(account, notification)
