"""The phone numbers of a logged-in user: change one's own, verify any, confirm one's own to stop a deletion.

Each is a pair of methods: one sends a code (auth.sentCode), the other takes it.

    account.sendChangePhoneCode     account.changePhone      the account gets another number
    account.sendVerifyPhoneCode     account.verifyPhone      a number for Telegram Passport is verified
    account.sendConfirmPhoneCode    account.confirmPhone     the user stops the deletion of the account
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sansio_tl import errors, functions, types
from sansio_tl.testing import sandbox
from sansio_tl.testing.codes import PhoneCodePurpose
from sansio_tl.testing.events import DeletionStopped, PhoneNumberChanged, PhoneNumberVerified
from sansio_tl.testing.handlers.code_sending import check_code, deliver, find_code, send
from sansio_tl.testing.handlers.number_checks import check_number, read_number
from sansio_tl.testing.user_objects import myself

if TYPE_CHECKING:
    from sansio_tl.testing.context import RequestContext


def send_change_phone_code(call: RequestContext, query: functions.account.SendChangePhoneCode) -> types.auth.SentCode:
    """account.sendChangePhoneCode: to the new number."""
    call.require_user()
    number = read_number(query.phone_number, 406)
    call.require_old_session(errors.FreshChangePhoneForbidden)
    check_number(call, number, query)
    if call.account_of(number) is not None:
        raise errors.PhoneNumberOccupied
    return deliver(call, send(call, number, PhoneCodePurpose.CHANGE_PHONE, query.settings))


def change_phone(call: RequestContext, query: functions.account.ChangePhone) -> types.User:
    """account.changePhone."""
    account = call.require_user()
    number = read_number(query.phone_number, 406)
    if not query.phone_code:
        raise errors.PhoneCodeEmpty
    code = find_code(call, query.phone_code_hash, number, PhoneCodePurpose.CHANGE_PHONE)
    check_code(call, code, query.phone_code)
    if call.account_of(number) is not None:
        raise errors.PhoneNumberOccupied
    call.state.codes.remove(code)
    call.accounts.change_number(account, number)
    call.report(PhoneNumberChanged(account.id))
    call.push_to_others(account, types.UpdateUserPhone(user_id=account.id, phone=number))
    return myself(account)


def send_verify_phone_code(call: RequestContext, query: functions.account.SendVerifyPhoneCode) -> types.auth.SentCode:
    """account.sendVerifyPhoneCode: to any number."""
    call.require_user()
    number = read_number(query.phone_number, 400)
    check_number(call, number, query)
    return deliver(call, send(call, number, PhoneCodePurpose.VERIFY_PHONE, query.settings))


def verify_phone(call: RequestContext, query: functions.account.VerifyPhone) -> bool:
    """account.verifyPhone."""
    account = call.require_user()
    number = read_number(query.phone_number, 400)
    if not query.phone_code:
        raise errors.PhoneCodeEmpty
    code = find_code(call, query.phone_code_hash, number, PhoneCodePurpose.VERIFY_PHONE)
    check_code(call, code, query.phone_code)
    call.state.codes.remove(code)
    account.verified_numbers.add(number)
    call.report(PhoneNumberVerified(account.id))
    return True


def send_confirm_phone_code(call: RequestContext, query: functions.account.SendConfirmPhoneCode) -> types.auth.SentCode:
    """account.sendConfirmPhoneCode: to the account's own number, which the tg://confirmphone link names too."""
    account = call.require_user()
    if query.hash not in {account.deletion_hash, sandbox.DELETION_HASH}:
        raise errors.HashInvalid
    check_number(call, account.phone_number, query)
    return deliver(call, send(call, account.phone_number, PhoneCodePurpose.CONFIRM_PHONE, query.settings))


def confirm_phone(call: RequestContext, query: functions.account.ConfirmPhone) -> bool:
    """account.confirmPhone: the hash names the number."""
    account = call.require_user()
    if not query.phone_code:
        raise errors.PhoneCodeEmpty
    if not call.state.codes.is_known(query.phone_code_hash):
        raise errors.CodeHashInvalid
    code = find_code(call, query.phone_code_hash, account.phone_number, PhoneCodePurpose.CONFIRM_PHONE)
    check_code(call, code, query.phone_code)
    call.state.codes.remove(code)
    account.deletion_hash = account.deletion_at = None
    call.report(DeletionStopped(account.id))
    return True
