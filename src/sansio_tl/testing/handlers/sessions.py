"""The sessions of an account, on devices and on websites, and their lifetimes.

A session younger than `DataCenterConfig.fresh_session` may not end others (FRESH_RESET_AUTHORISATION_FORBIDDEN). The
next request of an ended session fails with SESSION_REVOKED.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sansio_tl import errors, functions, types
from sansio_tl.testing.events import LoggedOut
from sansio_tl.testing.user_objects import myself

if TYPE_CHECKING:
    from sansio_tl.testing.accounts import Account, WebSession
    from sansio_tl.testing.authorizations import KeyAuthorization
    from sansio_tl.testing.context import RequestContext

_MAX_TTL_DAYS = 366


def get_authorizations(
    call: RequestContext, query: functions.account.GetAuthorizations
) -> types.account.Authorizations:
    """account.getAuthorizations: this session first, with the hash 0."""
    account = call.require_user()
    devices = sorted(call.state.devices.of_account(account), key=lambda device: device is not call.device)
    country = call.config.country
    return types.account.Authorizations(
        authorization_ttl_days=account.session_ttl_days,
        authorizations=[device.describe(current=device is call.device, country=country) for device in devices],
    )


def reset_authorization(call: RequestContext, query: functions.account.ResetAuthorization) -> bool:
    """account.resetAuthorization: end one other session."""
    account = call.require_user()
    call.require_old_session(errors.FreshResetAuthorisationForbidden)
    _end(call, account, _other(call, account, query.hash))
    return True


def reset_authorizations(call: RequestContext, query: functions.auth.ResetAuthorizations) -> bool:
    """auth.resetAuthorizations: end all others."""
    account = call.require_user()
    call.require_old_session(errors.FreshResetAuthorisationForbidden)
    for device in call.state.devices.of_account(account):
        if device is not call.device:
            _end(call, account, device)
    return True


def change_authorization_settings(call: RequestContext, query: functions.account.ChangeAuthorizationSettings) -> bool:
    """account.changeAuthorizationSettings: of another session, or with the hash 0 of this one."""
    account = call.require_user()
    device = call.device if query.hash == 0 else _other(call, account, query.hash)
    if query.confirmed:
        device.unconfirmed = False
    if query.encrypted_requests_disabled is not None:
        device.encrypted_requests_disabled = query.encrypted_requests_disabled
    if query.call_requests_disabled is not None:
        device.call_requests_disabled = query.call_requests_disabled
    return True


def set_authorization_ttl(call: RequestContext, query: functions.account.SetAuthorizationTTL) -> bool:
    """account.setAuthorizationTTL: 1 to 366 idle days."""
    account = call.require_user()
    call.require_old_session(errors.FreshResetAuthorisationForbidden)
    if not 1 <= query.authorization_ttl_days <= _MAX_TTL_DAYS:
        raise errors.TtlDaysInvalid
    account.session_ttl_days = query.authorization_ttl_days
    return True


def invalidate_sign_in_codes(call: RequestContext, query: functions.account.InvalidateSignInCodes) -> bool:
    """account.invalidateSignInCodes: invalidate login codes of this account that were passed on."""
    account = call.require_user()
    return call.state.codes.invalidate(account.phone_number, frozenset(query.codes))


def get_web_authorizations(
    call: RequestContext, query: functions.account.GetWebAuthorizations
) -> types.account.WebAuthorizations:
    """account.getWebAuthorizations."""
    account = call.require_user()
    sessions = account.web_sessions.values()
    bots = {session.bot_id: call.accounts.with_id(session.bot_id) for session in sessions}
    return types.account.WebAuthorizations(
        authorizations=[_describe(session) for session in sessions],
        users=[_bot(bot) for bot in bots.values() if bot is not None],
    )


def reset_web_authorization(call: RequestContext, query: functions.account.ResetWebAuthorization) -> bool:
    """account.resetWebAuthorization."""
    if call.require_user().web_sessions.pop(query.hash, None) is None:
        raise errors.HashInvalid
    return True


def reset_web_authorizations(call: RequestContext, query: functions.account.ResetWebAuthorizations) -> bool:
    """account.resetWebAuthorizations."""
    call.require_user().web_sessions.clear()
    return True


def _other(call: RequestContext, account: Account, session_hash: int) -> KeyAuthorization:
    for device in call.state.devices.of_account(account):
        if device is not call.device and device.hash == session_hash:
            return device
    raise errors.HashInvalid


def _end(call: RequestContext, account: Account, device: KeyAuthorization) -> None:
    device.log_out(errors.SessionRevoked)
    call.disconnect(device)
    call.report(LoggedOut(account.id))


def _describe(session: WebSession) -> types.WebAuthorization:
    return types.WebAuthorization(
        hash=session.hash,
        bot_id=session.bot_id,
        domain=session.domain,
        browser=session.browser,
        platform="",
        date_created=int(session.created_at),
        date_active=int(session.created_at),
        ip="127.0.0.1",
        region="",
    )


def _bot(bot: Account) -> types.User:
    user = myself(bot)
    return types.User(
        id=user.id,
        bot=True,
        bot_info_version=1,
        access_hash=user.access_hash,
        first_name=user.first_name,
        username=user.username,
    )
