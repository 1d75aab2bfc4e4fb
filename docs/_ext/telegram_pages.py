"""What Telegram's own documentation has about a method: its page, the guide, and the pages of types."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sansio_tl.tl.model import Boxed, Builtin, Type, Vector, as_tl

SITE = "https://core.telegram.org"

_AUTH = ("User authorization", "api/auth")
_PASSPORT = ("Telegram Passport", "passport")
_DELETION = ("Account deletion", "api/account-deletion")
_PASSWORD = ("Two-factor authentication", "api/srp")
_QR = ("Login via QR code", "api/qr-login")
_PFS = ("Perfect forward secrecy", "api/pfs")
_DATA_CENTERS = ("Working with different data centers", "api/datacenter")
_BOTS = ("Bots", "api/bots")

_GUIDES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "account.sendVerifyPhoneCode": _PASSPORT,
        "account.verifyPhone": _PASSPORT,
        "account.sendConfirmPhoneCode": _DELETION,
        "account.confirmPhone": _DELETION,
        "account.deleteAccount": _DELETION,
        "account.getAccountTTL": _DELETION,
        "account.setAccountTTL": _DELETION,
        "auth.checkPassword": _PASSWORD,
        "auth.requestPasswordRecovery": _PASSWORD,
        "auth.checkRecoveryPassword": _PASSWORD,
        "auth.recoverPassword": _PASSWORD,
        "account.getPassword": _PASSWORD,
        "account.getPasswordSettings": _PASSWORD,
        "account.updatePasswordSettings": _PASSWORD,
        "account.confirmPasswordEmail": _PASSWORD,
        "account.resendPasswordEmail": _PASSWORD,
        "account.cancelPasswordEmail": _PASSWORD,
        "account.resetPassword": _PASSWORD,
        "account.declinePasswordReset": _PASSWORD,
        "auth.exportLoginToken": _QR,
        "auth.importLoginToken": _QR,
        "auth.acceptLoginToken": _QR,
        "auth.bindTempAuthKey": _PFS,
        "auth.dropTempAuthKeys": _PFS,
        "auth.exportAuthorization": _DATA_CENTERS,
        "auth.importAuthorization": _DATA_CENTERS,
        "auth.importBotAuthorization": _BOTS,
    }
)
"""Method -> the guide about it; all others have that about authorization."""


def links(method: str) -> str:
    """Links to the page of the method and to the guide, in Markdown."""
    title, path = _GUIDES.get(method, _AUTH)
    return f"At Telegram: [{method}]({SITE}/method/{method}), [{title}]({SITE}/{path})"


def type_link(kind: Type) -> str:
    """A type, with a link to its page; for a vector to that of its items."""
    item = kind
    while isinstance(item, Vector):
        item = item.item
    name = item.type if isinstance(item, Boxed) else item.name if isinstance(item, Builtin) else None
    return f"`{as_tl(kind)}`" if name in {None, "#"} else f"[`{as_tl(kind)}`]({SITE}/type/{name})"
