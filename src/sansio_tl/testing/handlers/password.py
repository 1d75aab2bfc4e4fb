"""Two-step verification: account.getPassword offers one attempt, auth.checkPassword and other methods use it.

An attempt is a fresh srp_id and srp_B. It is consumed by its use, right or wrong, and by the next account.getPassword:
only the last one is valid (SRP_ID_INVALID).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sansio_tl import errors, functions, types
from sansio_tl.crypto import srp
from sansio_tl.testing import mailbox
from sansio_tl.testing.handlers.login_completion import complete_login
from sansio_tl.testing.passwords import GENERATOR, OFFERED_SALT, PRIME, Password, algorithm

if TYPE_CHECKING:
    from sansio_tl.testing.accounts import Account
    from sansio_tl.testing.context import RequestContext

_SECURE_RANDOM_SIZE = 256
_TMP_PASSWORD_SIZE = 16
_MIN_TMP_PERIOD = 60


def get_password(call: RequestContext, query: functions.account.GetPassword) -> types.account.Password:
    """account.getPassword: for logged-in users, and during a login when only the password is missing."""
    account = call.device.awaits_password_of or call.require_user()
    two_step = account.two_step
    salts = call.device.offered_salts = call.entropy(OFFERED_SALT), call.entropy(OFFERED_SALT)
    password = two_step.password
    srp_id, challenge = None, None
    if password is not None:
        challenge = srp.challenge(password.verifier, g=GENERATOR, p=PRIME, entropy=call.entropy)
        srp_id = int.from_bytes(call.entropy(8), "little", signed=True)
        call.device.challenge = srp_id, challenge
    return types.account.Password(
        new_algo=algorithm(*salts),
        new_secure_algo=types.SecurePasswordKdfAlgoPBKDF2HMACSHA512iter100000(salt=call.entropy(OFFERED_SALT)),
        secure_random=call.entropy(_SECURE_RANDOM_SIZE),
        has_recovery=two_step.email is not None,
        has_secure_values=two_step.secure is not None,
        has_password=password is not None,
        current_algo=None if password is None else password.algorithm,
        srp_B=None if challenge is None else challenge.B,
        srp_id=srp_id,
        hint=None if password is None else password.hint,
        email_unconfirmed_pattern=None if two_step.unconfirmed is None else mailbox.pattern(two_step.unconfirmed.email),
        pending_reset_date=None if two_step.reset_at is None else int(two_step.reset_at),
        login_email_pattern=None if account.login_email is None else mailbox.pattern(account.login_email),
    )


def check_password(call: RequestContext, query: functions.auth.CheckPassword) -> types.auth.Authorization:
    """auth.checkPassword: the last step of a login."""
    account = call.device.awaits_password_of
    if account is None or account.password is None:
        raise errors.AuthKeyUnregistered
    require_proof(call, account, query.password)
    account.two_step.reset_at = None
    return complete_login(call, account)


def get_password_settings(
    call: RequestContext, query: functions.account.GetPasswordSettings
) -> types.account.PasswordSettings:
    """account.getPasswordSettings: requires the password."""
    account = call.require_user()
    require_proof(call, account, query.password)
    return types.account.PasswordSettings(email=account.two_step.email, secure_settings=account.two_step.secure)


def get_tmp_password(call: RequestContext, query: functions.account.GetTmpPassword) -> types.account.TmpPassword:
    """account.getTmpPassword: for payments, for `period` seconds from 60 on."""
    account = call.require_user()
    if account.password is None:
        raise errors.TmpPasswordDisabled
    require_proof(call, account, query.password)
    life = min(max(query.period, _MIN_TMP_PERIOD), call.config.tmp_password_life)
    return types.account.TmpPassword(call.entropy(_TMP_PASSWORD_SIZE), valid_until=int(call.now + life))


def require_proof(call: RequestContext, account: Account, check: types.TypeInputCheckPasswordSRP) -> None:
    """Raise PASSWORD_HASH_INVALID unless the password is proven; FLOOD_WAIT_X after too many wrong ones.

    For an account without a password, inputCheckPasswordEmpty is the proof.
    """
    two_step = account.two_step
    if two_step.password is None:
        if isinstance(check, types.InputCheckPasswordEmpty):
            return
        raise errors.PasswordHashInvalid
    if call.now < two_step.locked_until:
        raise errors.FloodWait(seconds=call.seconds_until(two_step.locked_until))
    if not _is_proven(call, two_step.password, check):
        _count_failure(call, account)
        raise errors.PasswordHashInvalid
    two_step.tries = 0


def _is_proven(call: RequestContext, password: Password, check: types.TypeInputCheckPasswordSRP) -> bool:
    if not isinstance(check, types.InputCheckPasswordSRP):
        return False
    offered, call.device.challenge = call.device.challenge, None
    if offered is None or offered[0] != check.srp_id:
        raise errors.SrpIdInvalid
    return srp.is_proven(
        password.verifier,
        offered[1],
        salt1=password.salt1,
        salt2=password.salt2,
        g=GENERATOR,
        p=PRIME,
        A=check.A,
        M1=check.M1,
    )


def _count_failure(call: RequestContext, account: Account) -> None:
    """After several wrong passwords in a row the account is locked for a while."""
    two_step = account.two_step
    two_step.tries += 1
    if two_step.tries >= call.config.password_tries:
        two_step.tries = 0
        two_step.locked_until = call.now + call.config.password_flood_wait
