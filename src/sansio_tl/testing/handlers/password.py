"""Two-step verification: account.getPassword offers one try, auth.checkPassword takes it.

A try is a fresh srp_id and srp_B. It is spent by auth.checkPassword, right or wrong, and by the next
account.getPassword: only the last one counts (SRP_ID_INVALID).
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from sansio_tl import errors, functions, types
from sansio_tl.crypto import srp
from sansio_tl.testing.accounts import GENERATOR, PRIME, Account, Password
from sansio_tl.testing.handlers.log_in import let_in

if TYPE_CHECKING:
    from sansio_tl.testing.call import Call

_SALT_SIZE = 8
"""Of the salts that are proposed for a new password; the client appends 32 bytes to salt1."""
_SECURE_RANDOM_SIZE = 256


def get_password(call: Call, query: functions.account.GetPassword) -> types.account.Password:
    """account.getPassword: for who is logged in, and for who has only the password left to give."""
    account = call.device.awaits_password_of or call.require_account()
    settings = types.account.Password(
        new_algo=_algorithm(call.entropy(_SALT_SIZE), call.entropy(_SALT_SIZE)),
        new_secure_algo=types.SecurePasswordKdfAlgoPBKDF2HMACSHA512iter100000(salt=call.entropy(_SALT_SIZE)),
        secure_random=call.entropy(_SECURE_RANDOM_SIZE),
    )
    password = account.password
    if password is None:
        return settings
    challenge = srp.challenge(password.verifier, g=GENERATOR, p=PRIME, entropy=call.entropy)
    srp_id = int.from_bytes(call.entropy(8), "little", signed=True)
    call.device.challenge = srp_id, challenge
    return types.account.Password(
        new_algo=settings.new_algo,
        new_secure_algo=settings.new_secure_algo,
        secure_random=settings.secure_random,
        has_password=True,
        current_algo=_algorithm(password.salt1, password.salt2),
        srp_B=challenge.B,
        srp_id=srp_id,
        hint=password.hint,
    )


def check_password(call: Call, query: functions.auth.CheckPassword) -> types.auth.Authorization:
    """auth.checkPassword: the last step of a log-in."""
    account = call.device.awaits_password_of
    if account is None or account.password is None:
        raise errors.AuthKeyUnregistered
    if call.now < account.password_locked_until:
        raise errors.FloodWait(seconds=ceil(account.password_locked_until - call.now))
    if not _is_proven(call, account.password, query.password):
        _count_failure(call, account)
        raise errors.PasswordHashInvalid
    account.password_tries = 0
    return let_in(call, account)


def _is_proven(call: Call, password: Password, check: types.TypeInputCheckPasswordSRP) -> bool:
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


def _count_failure(call: Call, account: Account) -> None:
    """After some wrong passwords in a row the account is locked for a while."""
    account.password_tries += 1
    if account.password_tries >= call.config.password_tries:
        account.password_tries = 0
        account.password_locked_until = call.now + call.config.password_flood_wait


def _algorithm(salt1: bytes, salt2: bytes) -> types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow:
    return types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow(
        salt1=salt1, salt2=salt2, g=GENERATOR, p=PRIME
    )
