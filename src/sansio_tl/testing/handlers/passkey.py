"""Passkeys: logging in with one, registering one.

    auth.initPasskeyLogin -> options, ceremony, auth.finishPasskeyLogin -> auth.authorization
    account.initPasskeyRegistration -> options, ceremony, account.registerPasskey -> passkey

A challenge is valid once, for the device that requested it. A login that began on one data center may be finished on
that of the account: the request then names the first one and the auth key used there. `sansio_tl.testing.passkeys`
checks the ceremonies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sansio_tl import errors, functions, types
from sansio_tl.testing import passkeys
from sansio_tl.testing.cluster import PasskeyChallenge
from sansio_tl.testing.handlers.login_completion import require_2fa_or_login
from sansio_tl.testing.handlers.number_checks import check_application
from sansio_tl.testing.passkeys import AlgorithmError, CeremonyError, OriginError, Passkey

if TYPE_CHECKING:
    from sansio_tl.testing.accounts import Account
    from sansio_tl.testing.context import RequestContext

_CHALLENGE_SIZE = 32
_CHALLENGE_LIFE = 300.0


def init_passkey_login(call: RequestContext, query: functions.auth.InitPasskeyLogin) -> types.auth.PasskeyLoginOptions:
    """auth.initPasskeyLogin."""
    check_application(call, query.api_id, query.api_hash)
    options = passkeys.login_options(_challenge(call, None))
    return types.auth.PasskeyLoginOptions(options=types.DataJSON(data=options))


def finish_passkey_login(call: RequestContext, query: functions.auth.FinishPasskeyLogin) -> types.auth.Authorization:
    """auth.finishPasskeyLogin."""
    credential = query.credential
    response = credential.response
    account = call.accounts.with_passkey(credential.id)
    if account is None or not isinstance(response, types.InputPasskeyResponseLogin):
        raise errors.CredentialInvalid
    if response.user_handle != _handle(account):
        raise errors.CredentialInvalid
    if account.dc_id != call.config.dc_id:
        raise errors.UserMigrate(dc=account.dc_id)
    try:
        _spend(call, response.client_data.data, None, query.from_dc_id, query.from_auth_key_id)
        passkeys.check_client_data(response.client_data.data, "webauthn.get", call.config.passkey_origins)
        passkey = account.passkeys[credential.id]
        passkey.counter = passkeys.check_assertion(
            passkey, response.client_data.data, response.authenticator_data, response.signature
        )
    except OriginError:
        raise errors.PasskeyOriginMismatch from None
    except CeremonyError:
        raise errors.CredentialInvalid from None
    passkey.used_at = call.now
    return require_2fa_or_login(call, account)


def init_passkey_registration(
    call: RequestContext, query: functions.account.InitPasskeyRegistration
) -> types.account.PasskeyRegistrationOptions:
    """account.initPasskeyRegistration: not in a session that is too new."""
    account = call.require_user()
    call.require_old_session(errors.FreshResetAuthorisationForbidden)
    options = passkeys.registration_options(
        _challenge(call, account), _handle(account), account.first_name, list(account.passkeys)
    )
    return types.account.PasskeyRegistrationOptions(options=types.DataJSON(data=options))


def register_passkey(call: RequestContext, query: functions.account.RegisterPasskey) -> types.Passkey:
    """account.registerPasskey."""
    account = call.require_user()
    credential = query.credential
    response = credential.response
    if not isinstance(response, types.InputPasskeyResponseRegister) or credential.id in account.passkeys:
        raise errors.CredentialInvalid
    try:
        _spend(call, response.client_data.data, account)
        passkeys.check_client_data(response.client_data.data, "webauthn.create", call.config.passkey_origins)
        key, counter = passkeys.read_attestation(credential.id, response.attestation_data)
    except OriginError:
        raise errors.PasskeyOriginMismatch from None
    except AlgorithmError:
        raise errors.PasskeyAlgoritmUnsupported from None
    except CeremonyError:
        raise errors.CredentialInvalid from None
    passkey = Passkey(credential.id, key, f"Passkey {len(account.passkeys) + 1}", call.now, counter)
    account.passkeys[credential.id] = passkey
    return _describe(passkey)


def get_passkeys(call: RequestContext, query: functions.account.GetPasskeys) -> types.account.Passkeys:
    """account.getPasskeys."""
    return types.account.Passkeys(passkeys=[_describe(known) for known in call.require_user().passkeys.values()])


def delete_passkey(call: RequestContext, query: functions.account.DeletePasskey) -> bool:
    """account.deletePasskey: false if there is none with that id."""
    return call.require_user().passkeys.pop(query.id, None) is not None


def _challenge(call: RequestContext, account: Account | None) -> bytes:
    challenge = call.entropy(_CHALLENGE_SIZE)
    kept = PasskeyChallenge(call.config.dc_id, call.device.key_id, account, call.now + _CHALLENGE_LIFE)
    call.cluster.challenges.put(challenge, kept, key_id=call.device.key_id, now=call.now)
    return challenge


def _spend(
    call: RequestContext,
    client_data: str,
    account: Account | None,
    from_dc_id: int | None = None,
    from_auth_key_id: int | None = None,
) -> None:
    """Check that the challenge was issued to this device for this purpose, and remove it. Raises CeremonyError."""
    secret = passkeys.challenge_of(client_data)
    challenge = call.cluster.challenges.get(secret)
    call.cluster.challenges.pop(secret)
    dc_id, key_id = call.config.dc_id, call.device.key_id
    if from_dc_id is not None and from_auth_key_id is not None:
        dc_id, key_id = from_dc_id, from_auth_key_id.to_bytes(8, "little", signed=True)
    if challenge is None or challenge.account is not account:
        raise CeremonyError("unknown challenge")
    if (challenge.dc_id, challenge.key_id) != (dc_id, key_id):
        raise CeremonyError("the challenge was issued to another device")
    if call.now >= challenge.expires_at:
        raise errors.PasskeyChallengeExpired


def _handle(account: Account) -> str:
    return f"{account.dc_id}:{account.id}"


def _describe(passkey: Passkey) -> types.Passkey:
    used = passkey.used_at
    return types.Passkey(
        id=passkey.credential_id,
        name=passkey.name,
        date=int(passkey.created_at),
        last_usage_date=None if used is None else int(used),
    )
