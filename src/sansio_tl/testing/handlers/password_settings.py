"""Setting, changing and removing the password of two-step verification, and its recovery address.

    account.updatePasswordSettings -> true
                                   -> 400 EMAIL_UNCONFIRMED_X: a code of X digits was mailed to the new address
    account.confirmPasswordEmail, account.resendPasswordEmail, account.cancelPasswordEmail

A first password takes effect only when its recovery address is confirmed; if there is a password already, only the
address is pending. A new password has the salts that account.getPassword proposed last, the first one extended by the
client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sansio_tl import codec, errors, functions, types
from sansio_tl.crypto.dh import KNOWN_PRIME, check_public
from sansio_tl.errors import RemoteProtocolError
from sansio_tl.testing import mailbox
from sansio_tl.testing.events import AddressVerified, PasswordChanged
from sansio_tl.testing.handlers.code_attempt_limit import is_right
from sansio_tl.testing.handlers.password import require_proof
from sansio_tl.testing.mailbox import MailPurpose
from sansio_tl.testing.passwords import CLIENT_SALT, GENERATOR, OFFERED_SALT, PRIME, NewSettings, Password

if TYPE_CHECKING:
    from sansio_tl.testing.accounts import Account
    from sansio_tl.testing.context import RequestContext

_HASH_SIZE = 256
_MAX_SETTINGS = 4096
"""Size limit of account.passwordInputSettings: hint, salts, address and all. They are stored with the account."""
MAX_HINT = 255
"""Maximum characters of a hint, as in Telegram's clients."""
_MAX_SALT = 256


def update_password_settings(call: RequestContext, query: functions.account.UpdatePasswordSettings) -> bool:
    """account.updatePasswordSettings."""
    account = call.require_user()
    require_proof(call, account, query.password)
    settings = query.new_settings
    if settings.new_algo is None and settings.email is None and settings.new_secure_settings is None:
        raise errors.NewSettingsEmpty
    if len(codec.encode(settings)) > _MAX_SETTINGS:
        raise errors.NewSettingsInvalid
    if settings.new_secure_settings is not None:
        account.two_step.secure = settings.new_secure_settings
    if isinstance(settings.new_algo, types.PasswordKdfAlgoUnknown):
        _remove(call, account)
        return True
    password = None if settings.new_algo is None else read_new_password(call, settings)
    if settings.email:
        _mail(call, account, password, mailbox.check_address(settings.email))
    if password is not None:
        set_password(call, account, password)
    return True


def confirm_password_email(call: RequestContext, query: functions.account.ConfirmPasswordEmail) -> bool:
    """account.confirmPasswordEmail."""
    account = call.require_user()
    pending = _pending(account)
    mailed = call.state.post.find(account.id, MailPurpose.RECOVERY_ADDRESS, call.now)
    if mailed is None:
        raise errors.EmailHashExpired
    if not is_right(call, account.phone_number, mailed, query.code):
        raise errors.CodeInvalid
    _forget(call, account)
    if pending.password is not None:
        set_password(call, account, pending.password)
    account.two_step.email = pending.email
    call.report(AddressVerified(account.id, MailPurpose.RECOVERY_ADDRESS))
    return True


def resend_password_email(call: RequestContext, query: functions.account.ResendPasswordEmail) -> bool:
    """account.resendPasswordEmail."""
    account = call.require_user()
    call.mail(account.id, MailPurpose.RECOVERY_ADDRESS, _pending(account).email, account.phone_number)
    return True


def cancel_password_email(call: RequestContext, query: functions.account.CancelPasswordEmail) -> bool:
    """account.cancelPasswordEmail: pending settings are dropped, too."""
    account = call.require_user()
    _pending(account)
    _forget(call, account)
    return True


def read_new_password(call: RequestContext, settings: types.account.PasswordInputSettings) -> Password:
    """The password in account.passwordInputSettings: NEW_SALT_INVALID, NEW_SETTINGS_INVALID."""
    algo = settings.new_algo
    if not isinstance(algo, types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow):
        raise errors.NewSettingsInvalid
    offered = call.device.offered_salts
    prolonged = len(algo.salt1) >= OFFERED_SALT + CLIENT_SALT
    if offered is None or not prolonged or not algo.salt1.startswith(offered[0]) or algo.salt2 != offered[1]:
        raise errors.NewSaltInvalid
    if len(algo.salt1) > _MAX_SALT:
        raise errors.NewSaltInvalid
    verifier = settings.new_password_hash or b""
    if (algo.g, algo.p) != (GENERATOR, PRIME) or len(verifier) != _HASH_SIZE or len(settings.hint or "") > MAX_HINT:
        raise errors.NewSettingsInvalid
    try:
        check_public(int.from_bytes(verifier, "big"), KNOWN_PRIME)
    except RemoteProtocolError:
        raise errors.NewSettingsInvalid from None
    return Password(algo.salt1, algo.salt2, verifier, settings.hint or None)


def set_password(call: RequestContext, account: Account, password: Password | None) -> None:
    """Set the password of the account; None for none."""
    two_step = account.two_step
    two_step.password, two_step.reset_at = password, None
    two_step.tries, two_step.locked_until = 0, 0.0
    call.device.challenge = None
    call.report(PasswordChanged(account.id, is_set=password is not None))


def _remove(call: RequestContext, account: Account) -> None:
    """Remove the password, the recovery address and pending settings."""
    _forget(call, account)
    account.two_step.email = account.two_step.secure = None
    if account.password is not None:
        set_password(call, account, None)


def _mail(call: RequestContext, account: Account, password: Password | None, address: str) -> None:
    """Mail a code to the new address: EMAIL_UNCONFIRMED_X."""
    first = account.password is None
    if first and password is None:
        raise errors.NewSettingsInvalid  # an address recovers a password, and there is none
    if password is not None and not first:
        set_password(call, account, password)
    account.two_step.unconfirmed = NewSettings(password if first else None, address)
    length = call.mail(account.id, MailPurpose.RECOVERY_ADDRESS, address, account.phone_number)
    raise errors.parse(400, f"EMAIL_UNCONFIRMED_{length}")


def _pending(account: Account) -> NewSettings:
    if account.two_step.unconfirmed is None:
        raise errors.EmailHashExpired
    return account.two_step.unconfirmed


def _forget(call: RequestContext, account: Account) -> None:
    account.two_step.unconfirmed = None
    call.state.post.remove(account.id, MailPurpose.RECOVERY_ADDRESS)
