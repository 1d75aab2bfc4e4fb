"""Login without a phone code: a bot by its token, a user by a web auth token, a device by an exported authorization.

auth.importBotAuthorization             no code, no password; USER_MIGRATE_X to the bot's data center
auth.importWebTokenAuthorization        a token that another device got from a website; valid once
auth.cancelWebTokenAuthorization        the same token becomes invalid, for a client that does not log in with it
auth.exportAuthorization, auth.importAuthorization
                                        a user who is logged in here is logged in on another data center
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sansio_tl import errors, functions, types
from sansio_tl.testing.cluster import EXPORT_LIFE, Exported, same
from sansio_tl.testing.handlers.login_completion import complete_login, require_2fa_or_login
from sansio_tl.testing.handlers.number_checks import check_application
from sansio_tl.testing.user_objects import myself

if TYPE_CHECKING:
    from sansio_tl.testing.context import RequestContext

_SECRET_SIZE = 96
_MAX_DC = 5


def import_bot_authorization(
    call: RequestContext, query: functions.auth.ImportBotAuthorization
) -> types.auth.Authorization:
    """auth.importBotAuthorization."""
    check_application(call, query.api_id, query.api_hash)
    bot = call.accounts.with_token(query.bot_auth_token)
    if bot is None:
        raise errors.AccessTokenInvalid
    if bot.deleted:
        raise errors.AccessTokenExpired
    if bot.dc_id != call.config.dc_id:
        raise errors.UserMigrate(dc=bot.dc_id)
    return complete_login(call, bot)


def import_web_token_authorization(
    call: RequestContext, query: functions.auth.ImportWebTokenAuthorization
) -> types.auth.Authorization:
    """auth.importWebTokenAuthorization."""
    check_application(call, query.api_id, query.api_hash)
    account, expires_at = call.cluster.web_tokens.get(query.web_auth_token, (None, 0.0))
    if account is None or call.now >= expires_at:
        raise errors.WebauthTokenExpired
    if account.dc_id != call.config.dc_id:
        raise errors.UserMigrate(dc=account.dc_id)
    del call.cluster.web_tokens[query.web_auth_token]
    return require_2fa_or_login(call, account)


def cancel_web_token_authorization(call: RequestContext, query: functions.auth.CancelWebTokenAuthorization) -> bool:
    """auth.cancelWebTokenAuthorization: false for a token that is not valid any more."""
    _, expires_at = call.cluster.web_tokens.pop(query.web_auth_token, (None, 0.0))
    return call.now < expires_at


def export_authorization(
    call: RequestContext, query: functions.auth.ExportAuthorization
) -> types.auth.ExportedAuthorization:
    """auth.exportAuthorization: to any data center but this one."""
    account = call.require_account()
    if query.dc_id == call.config.dc_id or not 1 <= query.dc_id <= _MAX_DC:
        raise errors.DcIdInvalid
    secret = call.entropy(_SECRET_SIZE)
    exported = Exported(account, query.dc_id, secret, call.now + EXPORT_LIFE)
    call.cluster.exported.put(secret, exported, key_id=call.device.key_id, now=call.now)
    return types.auth.ExportedAuthorization(id=account.id, bytes=secret)


def import_authorization(call: RequestContext, query: functions.auth.ImportAuthorization) -> types.auth.Authorization:
    """auth.importAuthorization: once, by the user of the account, on the data center to which it was exported."""
    exported = call.cluster.exported.find(query.bytes, call.now)
    if exported is None or exported.dc_id != call.config.dc_id or not same(exported.secret, query.bytes):
        raise errors.AuthBytesInvalid
    if exported.account.id != query.id:
        raise errors.UserIdInvalid
    call.cluster.exported.take(query.bytes, call.now)
    call.device.log_in(exported.account, call.now, call.draw_hash())
    return types.auth.Authorization(user=myself(exported.account))
