"""Restoring a flow of any kind from its snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sansio_tl.auth.account_deletion import AccountTtl, DeleteAccount
from sansio_tl.auth.auth_transfer import Transfer
from sansio_tl.auth.bot import BotLogin
from sansio_tl.auth.email import VerifyEmail
from sansio_tl.auth.firebase_pnv import FirebasePnvLogin
from sansio_tl.auth.flow import Flow
from sansio_tl.auth.log_out import LogOut
from sansio_tl.auth.passkey import PasskeyLogin, PasskeyRegistration
from sansio_tl.auth.password_reset import ResetPassword
from sansio_tl.auth.password_settings import PasswordSettings
from sansio_tl.auth.phone_code.flow import PhoneCodeFlow
from sansio_tl.auth.qr import QrAccept, QrLogin
from sansio_tl.auth.sessions import Sessions
from sansio_tl.auth.web_token import WebTokenLogin
from sansio_tl.errors import LocalProtocolError

FLOWS: tuple[type[Flow[Any]], ...] = (
    PhoneCodeFlow,
    QrLogin,
    QrAccept,
    BotLogin,
    WebTokenLogin,
    PasskeyLogin,
    PasskeyRegistration,
    FirebasePnvLogin,
    PasswordSettings,
    ResetPassword,
    VerifyEmail,
    Transfer,
    Sessions,
    AccountTtl,
    DeleteAccount,
    LogOut,
)
"""Every flow; each has its TABLE."""


def restore(snapshot: Mapping[str, Any]) -> Flow[Any]:
    """Restore the flow of any kind. Raises LocalProtocolError if the data is not a snapshot of a flow."""
    kind = snapshot.get("flow") if isinstance(snapshot, Mapping) else None
    for flow in FLOWS:
        if kind == flow.KIND:
            return flow.restore(snapshot)
    raise LocalProtocolError("invalid flow snapshot: unknown kind")
