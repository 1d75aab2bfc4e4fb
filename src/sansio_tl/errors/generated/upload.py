"""The errors that only the methods of `upload` raise.

Generated from schema/errors.json by `python -m sansio_tl_transports.codegen.errors`; do not edit.
"""

from __future__ import annotations

from sansio_tl.errors.rpc import KnownRpcError

__all__ = [
    "CdnUploadTimeout",
    "FileIdInvalid",
    "FilePartInvalid",
    "FilePartSizeChanged",
    "FilePartSizeInvalid",
    "FilePartTooBig",
    "FileTokenInvalid",
    "FilerefUpgradeNeeded",
    "LimitInvalid",
    "OffsetInvalid",
    "RsaDecryptFailed",
]


class CdnUploadTimeout(KnownRpcError):
    """500 CDN_UPLOAD_TIMEOUT: Error of the server: cdn upload timeout."""

    name = "CDN_UPLOAD_TIMEOUT"
    codes = (500,)


class FileIdInvalid(KnownRpcError):
    """400 FILE_ID_INVALID: Not valid: file id."""

    name = "FILE_ID_INVALID"
    codes = (400,)


class FilePartInvalid(KnownRpcError):
    """400 FILE_PART_INVALID: Not valid: file part."""

    name = "FILE_PART_INVALID"
    codes = (400,)


class FilePartSizeChanged(KnownRpcError):
    """400 FILE_PART_SIZE_CHANGED: Error of the server: file part size changed."""

    name = "FILE_PART_SIZE_CHANGED"
    codes = (400,)


class FilePartSizeInvalid(KnownRpcError):
    """400 FILE_PART_SIZE_INVALID: Not valid: file part size."""

    name = "FILE_PART_SIZE_INVALID"
    codes = (400,)


class FilePartTooBig(KnownRpcError):
    """400 FILE_PART_TOO_BIG: Too big: file part."""

    name = "FILE_PART_TOO_BIG"
    codes = (400,)


class FileTokenInvalid(KnownRpcError):
    """400 FILE_TOKEN_INVALID: Not valid: file token."""

    name = "FILE_TOKEN_INVALID"
    codes = (400,)


class FilerefUpgradeNeeded(KnownRpcError):
    """406 FILEREF_UPGRADE_NEEDED: Error of the server: fileref upgrade needed."""

    name = "FILEREF_UPGRADE_NEEDED"
    codes = (406,)


class LimitInvalid(KnownRpcError):
    """400 LIMIT_INVALID: Not valid: limit."""

    name = "LIMIT_INVALID"
    codes = (400,)


class OffsetInvalid(KnownRpcError):
    """400 OFFSET_INVALID: Not valid: offset."""

    name = "OFFSET_INVALID"
    codes = (400,)


class RsaDecryptFailed(KnownRpcError):
    """400 RSA_DECRYPT_FAILED: The servers failed at: rsa decrypt."""

    name = "RSA_DECRYPT_FAILED"
    codes = (400,)
