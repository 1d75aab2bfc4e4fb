"""Firebase phone number verification: the operating system proves the number, no code is sent.

    auth.initFirebasePnvLogin -> auth.firebasePnvIntent
    auth.finishFirebasePnvLogin -> auth.authorization, 401 SESSION_PASSWORD_NEEDED, or auth.authorizationSignUpRequired
    auth.firebasePnvSignUp -> auth.authorization

The token of an embedded data center is the nonce, a colon and the phone number. The error for a wrong one is
undocumented, as is that for an account in `except_ids`; here the login begins again: 500 AUTH_RESTART.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sansio_tl import errors, functions, types
from sansio_tl.testing.accounts import normalise
from sansio_tl.testing.authorizations import PnvIntent
from sansio_tl.testing.cluster import same
from sansio_tl.testing.handlers.login import create_account
from sansio_tl.testing.handlers.login_completion import complete_login, require_2fa_or_login, terms_for
from sansio_tl.testing.handlers.number_checks import check_application, check_except_ids

if TYPE_CHECKING:
    from sansio_tl.testing.context import RequestContext

_NONCE_SIZE = 24


def init_firebase_pnv_login(
    call: RequestContext, query: functions.auth.InitFirebasePnvLogin
) -> types.auth.FirebasePnvIntent:
    """auth.initFirebasePnvLogin."""
    check_application(call, query.api_id, query.api_hash)
    except_ids = query.except_ids or ()
    check_except_ids(except_ids)
    nonce = call.entropy(_NONCE_SIZE).hex()
    call.device.pnv = PnvIntent(nonce, frozenset(except_ids))
    return types.auth.FirebasePnvIntent(nonce=nonce, digital_credential_payload=json.dumps({"nonce": nonce}))


def finish_firebase_pnv_login(
    call: RequestContext, query: functions.auth.FinishFirebasePnvLogin
) -> types.auth.TypeAuthorization:
    """auth.finishFirebasePnvLogin."""
    intent = call.device.pnv
    nonce, _, phone_number = query.google_token.partition(":")
    number = normalise(phone_number)
    if intent is None or number is None or not same(nonce.encode(), intent.nonce.encode()):
        raise errors.parse(500, "AUTH_RESTART")
    account = call.account_of(number)
    if account is None:
        intent.number = number
        return types.auth.AuthorizationSignUpRequired(terms_of_service=terms_for(call, number))
    if account.id in intent.except_ids:
        raise errors.parse(500, "AUTH_RESTART")
    if account.dc_id != call.config.dc_id:
        raise errors.UserMigrate(dc=account.dc_id)
    return require_2fa_or_login(call, account)


def firebase_pnv_sign_up(call: RequestContext, query: functions.auth.FirebasePnvSignUp) -> types.auth.Authorization:
    """auth.firebasePnvSignUp."""
    intent = call.device.pnv
    if intent is None or intent.number is None:
        raise errors.parse(500, "AUTH_RESTART")
    return complete_login(call, create_account(call, intent.number, query.first_name, query.last_name))
