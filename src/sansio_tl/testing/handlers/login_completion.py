"""The last step of every login, and the logout: the auth key is assigned to an account, or released.

Other devices of the account are notified of a new session (updateNewAuthorization) and may end it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sansio_tl import errors, functions, types
from sansio_tl.testing import sandbox
from sansio_tl.testing.events import LoggedIn, LoggedOut
from sansio_tl.testing.user_objects import myself

if TYPE_CHECKING:
    from sansio_tl.testing.accounts import Account
    from sansio_tl.testing.context import RequestContext

TOKEN_SIZE = 32

_TERMS = "This is an embedded data center for tests. By signing up for it you agree that nothing you do here is real."


def require_2fa_or_login(call: RequestContext, account: Account, session_hash: int = 0) -> types.auth.Authorization:
    """Log in a user whose code was right, or require the password first: SESSION_PASSWORD_NEEDED.

    `session_hash` is that of the new session if it was announced already, by auth.acceptLoginToken.
    """
    if account.password is None:
        return complete_login(call, account, session_hash)
    require_password(call, account)
    call.device.hash = session_hash
    raise errors.SessionPasswordNeeded


def require_password(call: RequestContext, account: Account) -> None:
    """Only the password is missing."""
    call.device.log_out()
    call.device.awaits_password_of = account


def complete_login(call: RequestContext, account: Account, session_hash: int = 0) -> types.auth.Authorization:
    """Log the auth key in. Without a `session_hash` a new one is drawn, unless one waits for this password."""
    if account.banned:
        raise errors.UserDeactivatedBan
    device = call.device
    others = call.state.devices.of_account(account)
    if device.awaits_password_of is account:
        session_hash = device.hash
    device.log_in(account, call.now, session_hash or call.draw_hash())
    account.seen_at = call.now
    call.report(LoggedIn(account.id))
    if others and not account.is_bot:
        device.unconfirmed = not session_hash  # otherwise a device of the account has let it in
        update = types.UpdateNewAuthorization(hash=device.hash)
        if device.unconfirmed:
            update = types.UpdateNewAuthorization(
                unconfirmed=True,
                hash=device.hash,
                date=int(call.now),
                device="" if device.init is None else device.init.device_model,
                location=call.config.country,
            )
        call.push_to_others(account, update)
    return types.auth.Authorization(user=myself(account))


def log_out(call: RequestContext, query: functions.auth.LogOut) -> types.auth.LoggedOut:
    """auth.logOut: with a token that allows the next login without a code; during a login, without one."""
    if call.device.awaits_password_of is not None:
        call.device.log_out()
        return types.auth.LoggedOut()
    account = call.require_account()
    call.device.log_out()
    call.report(LoggedOut(account.id))
    if account.is_bot:
        return types.auth.LoggedOut()
    token = call.entropy(TOKEN_SIZE)
    account.logout_tokens.add(token)
    return types.auth.LoggedOut(future_auth_token=token)


def terms_for(call: RequestContext, number: str) -> types.help.TermsOfService:
    """The terms that a new user has to accept."""
    scripted = sandbox.find(number)
    return types.help.TermsOfService(
        popup=True,
        id=types.DataJSON(data=json.dumps({"country": call.config.country})),
        text=_TERMS,
        entities=[],
        min_age_confirm=None if scripted is None else scripted.behavior.min_age,
    )
