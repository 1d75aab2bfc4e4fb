"""Account deletion: after inactivity, or on request.

account.deleteAccount is immediate with the password of two-step verification, or if there is none. Without the password
it fails with 420 2FA_CONFIRM_WAIT_X: the account is deleted after `DataCenterConfig.deletion_wait`, and the user, who
is notified in all sessions, may stop that with the link tg://confirmphone (account.sendConfirmPhoneCode).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sansio_tl import errors, functions, types
from sansio_tl.testing.events import AccountDeleted, DeletionRequested
from sansio_tl.testing.handlers.password import require_proof

if TYPE_CHECKING:
    from sansio_tl.testing.accounts import Account
    from sansio_tl.testing.context import RequestContext

_HASH_SIZE = 11
_MIN_TTL_DAYS, _MAX_TTL_DAYS = 30, 730


def delete_account(call: RequestContext, query: functions.account.DeleteAccount) -> bool:
    """account.deleteAccount: for logged-in users, and during a login when only the password is missing."""
    account = call.device.awaits_password_of or call.require_user()
    if account.deleted or account.is_over(call.now):
        call.accounts.delete(account)
        call.device.log_out()
        raise errors.UserDeactivated
    if query.password is not None:
        require_proof(call, account, query.password)
    elif account.password is not None:
        raise _pending(call, account)
    call.accounts.delete(account)
    for device in call.state.devices.of_account(account):
        device.log_out(errors.UserDeactivated)
    call.device.log_out(errors.UserDeactivated)
    call.report(AccountDeleted(account.id))
    return True


def get_account_ttl(call: RequestContext, query: functions.account.GetAccountTTL) -> types.AccountDaysTTL:
    """account.getAccountTTL."""
    return types.AccountDaysTTL(days=call.require_user().ttl_days)


def set_account_ttl(call: RequestContext, query: functions.account.SetAccountTTL) -> bool:
    """account.setAccountTTL: 30 to 730 days."""
    account = call.require_user()
    if not _MIN_TTL_DAYS <= query.ttl.days <= _MAX_TTL_DAYS:
        raise errors.TtlDaysInvalid
    account.ttl_days = query.ttl.days
    return True


def _pending(call: RequestContext, account: Account) -> errors.RpcError:
    """The first time, notify the user and start the waiting time."""
    if account.deletion_at is None:
        account.deletion_at = call.now + call.config.deletion_wait
        account.deletion_hash = call.entropy(_HASH_SIZE).hex()
        call.report(DeletionRequested(account.id, account.deletion_hash, account.deletion_at))
        link = f"tg://confirmphone?phone={account.phone_number}&hash={account.deletion_hash}"
        notification = types.UpdateServiceNotification(
            inbox_date=int(call.now),
            type="ACCOUNT_DELETION",
            message=f"A deletion of your account was requested. To stop that, open {link}",
            media=types.MessageMediaEmpty(),
            entities=[],
        )
        call.push_to_others(account, notification)
    return errors.parse(420, f"2FA_CONFIRM_WAIT_{call.seconds_until(account.deletion_at)}")
