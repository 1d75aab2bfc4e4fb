"""Recovery of a forgotten password by mail, or its reset after a while.

auth.requestPasswordRecovery -> auth.passwordRecovery
auth.checkRecoveryPassword -> Bool
auth.recoverPassword -> auth.authorization          during a login or afterwards; with or without a new password
account.resetPassword -> requestedWait, and after `DataCenterConfig.password_reset_wait` again -> ok
account.declinePasswordReset -> true                account.resetPassword answers failedWait for a while
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sansio_tl import errors, functions, types
from sansio_tl.testing import mailbox
from sansio_tl.testing.handlers.code_attempt_limit import is_right
from sansio_tl.testing.handlers.login_completion import complete_login
from sansio_tl.testing.handlers.password_settings import read_new_password, set_password
from sansio_tl.testing.mailbox import MailPurpose
from sansio_tl.testing.user_objects import myself

if TYPE_CHECKING:
    from sansio_tl.testing.accounts import Account
    from sansio_tl.testing.context import RequestContext


def request_password_recovery(
    call: RequestContext, query: functions.auth.RequestPasswordRecovery
) -> types.auth.PasswordRecovery:
    """auth.requestPasswordRecovery."""
    account = _account_of(call)
    if account.password is None:
        raise errors.PasswordEmpty
    address = account.two_step.email
    if address is None:
        raise errors.PasswordRecoveryNa
    call.mail(account.id, MailPurpose.RECOVERY, address, account.phone_number)
    return types.auth.PasswordRecovery(email_pattern=mailbox.pattern(address))


def check_recovery_password(call: RequestContext, query: functions.auth.CheckRecoveryPassword) -> bool:
    """auth.checkRecoveryPassword: false if the code is wrong; a right one stays valid for auth.recoverPassword."""
    if not query.code:
        raise errors.CodeEmpty
    account = _account_of(call)
    mailed = call.state.post.find(account.id, MailPurpose.RECOVERY, call.now)
    if mailed is None:
        raise errors.PasswordRecoveryExpired
    return is_right(call, account.phone_number, mailed, query.code)


def recover_password(call: RequestContext, query: functions.auth.RecoverPassword) -> types.auth.Authorization:
    """auth.recoverPassword: removes the old password.

    No error is documented for a wrong or expired code; CODE_INVALID and PASSWORD_RECOVERY_EXPIRED are those of similar
    methods.
    """
    if not query.code:
        raise errors.CodeEmpty
    account = _account_of(call)
    mailed = call.state.post.find(account.id, MailPurpose.RECOVERY, call.now)
    if mailed is None:
        raise errors.PasswordRecoveryExpired
    if not is_right(call, account.phone_number, mailed, query.code):
        raise errors.CodeInvalid
    settings = query.new_settings
    password = None if settings is None or settings.new_algo is None else read_new_password(call, settings)
    call.state.post.remove(account.id, MailPurpose.RECOVERY)
    set_password(call, account, password)
    if password is None:
        account.two_step.email = account.two_step.secure = None
    if call.device.account is account:
        return types.auth.Authorization(user=myself(account))
    return complete_login(call, account)


def reset_password(
    call: RequestContext, query: functions.account.ResetPassword
) -> types.account.TypeResetPasswordResult:
    """account.resetPassword: requested once, completed after a while."""
    account = call.require_user()
    two_step = account.two_step
    if two_step.password is None:
        raise errors.PasswordEmpty
    if two_step.reset_at is None:
        if call.now < two_step.reset_again_at:
            return types.account.ResetPasswordFailedWait(retry_date=int(two_step.reset_again_at))
        two_step.reset_at = call.now + call.config.password_reset_wait
    if call.now < two_step.reset_at:
        return types.account.ResetPasswordRequestedWait(until_date=int(two_step.reset_at))
    set_password(call, account, None)
    two_step.email = two_step.secure = None
    return types.account.ResetPasswordOk()


def decline_password_reset(call: RequestContext, query: functions.account.DeclinePasswordReset) -> bool:
    """account.declinePasswordReset."""
    two_step = call.require_user().two_step
    if two_step.reset_at is None:
        raise errors.ResetRequestMissing
    two_step.reset_at = None
    two_step.reset_again_at = call.now + call.config.password_reset_wait
    return True


def _account_of(call: RequestContext) -> Account:
    """The logged-in account, or the one whose password only is missing."""
    return call.device.awaits_password_of or call.require_user()
