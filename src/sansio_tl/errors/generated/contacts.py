"""The errors that only the methods of `contacts` raise.

Generated from schema/errors.json by `python -m sansio_tl_transports.codegen.errors`; do not edit.
"""

from __future__ import annotations

from sansio_tl.errors.rpc import KnownRpcError

__all__ = [
    "ContactAddMissing",
    "ContactIdInvalid",
    "ContactNameEmpty",
    "ContactReqMissing",
    "ExportCardInvalid",
    "GeoPointInvalid",
    "ImportTokenInvalid",
    "PhoneNotOccupied",
    "QueryTooShort",
    "TypesEmpty",
    "UsernameNotOccupied",
    "UserpicPrivacyRequired",
    "UserpicUploadRequired",
]


class ContactAddMissing(KnownRpcError):
    """400 CONTACT_ADD_MISSING: Missing: contact add."""

    name = "CONTACT_ADD_MISSING"
    codes = (400,)


class ContactIdInvalid(KnownRpcError):
    """400 CONTACT_ID_INVALID: Not valid: contact id."""

    name = "CONTACT_ID_INVALID"
    codes = (400,)


class ContactNameEmpty(KnownRpcError):
    """400 CONTACT_NAME_EMPTY: Missing: contact name."""

    name = "CONTACT_NAME_EMPTY"
    codes = (400,)


class ContactReqMissing(KnownRpcError):
    """400 CONTACT_REQ_MISSING: Missing: contact req."""

    name = "CONTACT_REQ_MISSING"
    codes = (400,)


class ExportCardInvalid(KnownRpcError):
    """400 EXPORT_CARD_INVALID: Not valid: export card."""

    name = "EXPORT_CARD_INVALID"
    codes = (400,)


class GeoPointInvalid(KnownRpcError):
    """400 GEO_POINT_INVALID: Not valid: geo point."""

    name = "GEO_POINT_INVALID"
    codes = (400,)


class ImportTokenInvalid(KnownRpcError):
    """400 IMPORT_TOKEN_INVALID: Not valid: import token."""

    name = "IMPORT_TOKEN_INVALID"
    codes = (400,)


class PhoneNotOccupied(KnownRpcError):
    """400 PHONE_NOT_OCCUPIED: Taken already: phone not."""

    name = "PHONE_NOT_OCCUPIED"
    codes = (400,)


class QueryTooShort(KnownRpcError):
    """400 QUERY_TOO_SHORT: Too short: query."""

    name = "QUERY_TOO_SHORT"
    codes = (400,)


class TypesEmpty(KnownRpcError):
    """400 TYPES_EMPTY: Missing: types."""

    name = "TYPES_EMPTY"
    codes = (400,)


class UsernameNotOccupied(KnownRpcError):
    """400 USERNAME_NOT_OCCUPIED: Taken already: username not."""

    name = "USERNAME_NOT_OCCUPIED"
    codes = (400,)


class UserpicPrivacyRequired(KnownRpcError):
    """406 USERPIC_PRIVACY_REQUIRED: Required: userpic privacy."""

    name = "USERPIC_PRIVACY_REQUIRED"
    codes = (406,)


class UserpicUploadRequired(KnownRpcError):
    """400, 406 USERPIC_UPLOAD_REQUIRED: Required: userpic upload."""

    name = "USERPIC_UPLOAD_REQUIRED"
    codes = (400, 406)
