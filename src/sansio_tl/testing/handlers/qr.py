"""Login by QR code. One device shows a token, another one, which is logged in, accepts it.

    shows                                       scans
    auth.exportLoginToken -> auth.loginToken
                                                auth.acceptLoginToken -> authorization
    updateLoginToken
    auth.exportLoginToken -> auth.loginTokenSuccess, or 401 SESSION_PASSWORD_NEEDED
                          -> auth.loginTokenMigrateTo: auth.importLoginToken on the data center of the account

Each auth.exportLoginToken returns a new token and invalidates the one before. Only the auth key that exported a token
can redeem it, since everyone who sees the QR code knows the token. auth.loginTokenMigrateTo has a new token that was
never shown; it is valid once, on the named data center, for the key that the device has there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from msgspec import structs

from sansio_tl import errors, functions, types
from sansio_tl.testing.authorizations import KeyAuthorization
from sansio_tl.testing.cluster import LoginToken
from sansio_tl.testing.handlers.login_completion import require_2fa_or_login
from sansio_tl.testing.handlers.number_checks import check_application, check_except_ids

if TYPE_CHECKING:
    from sansio_tl.testing.accounts import Account
    from sansio_tl.testing.context import RequestContext

_TOKEN_SIZE = 32


def export_login_token(call: RequestContext, query: functions.auth.ExportLoginToken) -> types.auth.TypeLoginToken:
    """auth.exportLoginToken."""
    check_application(call, query.api_id, query.api_hash)
    check_except_ids(query.except_ids)
    for token in call.cluster.login_tokens.of(call.device.key_id):
        if token.dc_id == call.config.dc_id:
            if token.accepted_by is not None and call.now < token.expires_at:
                return _accepted(call, token, token.accepted_by)
            call.cluster.login_tokens.pop(token.token)
    token = LoginToken(
        token=call.entropy(_TOKEN_SIZE),
        dc_id=call.config.dc_id,
        key_id=call.device.key_id,
        except_ids=frozenset(query.except_ids),
        expires_at=call.now + call.config.login_token_life,
    )
    call.cluster.login_tokens.put(token.token, token, key_id=token.key_id, now=call.now)
    return types.auth.LoginToken(expires=int(token.expires_at), token=token.token)


def import_login_token(call: RequestContext, query: functions.auth.ImportLoginToken) -> types.auth.TypeLoginToken:
    """auth.importLoginToken: the token of auth.loginTokenMigrateTo, on the data center that it names."""
    token = call.cluster.login_tokens.get(query.token)
    if token is None or not _may_redeem(call, token):
        raise errors.AuthTokenInvalid
    if call.now >= token.expires_at:
        raise errors.AuthTokenExpired
    if token.accepted_by is None:
        return types.auth.LoginToken(expires=int(token.expires_at), token=token.token)
    return _accepted(call, token, token.accepted_by)


def accept_login_token(call: RequestContext, query: functions.auth.AcceptLoginToken) -> types.Authorization:
    """auth.acceptLoginToken: the device that shows the token is notified to request it again."""
    account = call.require_user()
    token = call.cluster.login_tokens.get(query.token)
    if token is None or account.id in token.except_ids:
        raise errors.AuthTokenInvalid
    if call.now >= token.expires_at:
        raise errors.AuthTokenExpired
    if token.accepted_by is not None:
        raise errors.AuthTokenAlreadyAccepted
    token.accepted_by, token.device_hash = account, call.draw_hash()
    token.expires_at = call.now + call.config.login_token_life
    call.push(token.dc_id, token.key_id, types.UpdateLoginToken())
    return _describe(call, token)


def _accepted(call: RequestContext, token: LoginToken, account: Account) -> types.auth.TypeLoginToken:
    """The token was accepted by the account: the login continues on its data center."""
    if account.dc_id != call.config.dc_id:
        return types.auth.LoginTokenMigrateTo(dc_id=account.dc_id, token=_move(call, token, account.dc_id))
    call.cluster.login_tokens.pop(token.token)
    authorization = require_2fa_or_login(call, account, token.device_hash)
    return types.auth.LoginTokenSuccess(authorization=authorization)


def _may_redeem(call: RequestContext, token: LoginToken) -> bool:
    """Whether the token was exported by the requesting key, or issued for a login here."""
    if token.migrated_to is not None:
        return token.migrated_to == call.config.dc_id
    return (token.dc_id, token.key_id) == (call.config.dc_id, call.device.key_id)


def _move(call: RequestContext, token: LoginToken, dc_id: int) -> bytes:
    """Replace an accepted token by one that only the device which showed it receives; it is valid on another data
    center.
    """
    call.cluster.login_tokens.pop(token.token)
    migrated = replace(
        token,
        token=call.entropy(_TOKEN_SIZE),
        migrated_to=dc_id,
        expires_at=call.now + call.config.login_token_life,
    )
    call.cluster.login_tokens.put(migrated.token, migrated, key_id=migrated.key_id, now=call.now)
    return migrated.token


def _describe(call: RequestContext, token: LoginToken) -> types.Authorization:
    """The new session, as far as it is known here."""
    is_here = token.dc_id == call.config.dc_id
    device = call.state.devices.of(token.key_id) if is_here else KeyAuthorization(token.key_id)
    described = device.describe(current=False, country=call.config.country)
    return structs.replace(described, hash=token.device_hash, date_created=int(call.now), date_active=int(call.now))
