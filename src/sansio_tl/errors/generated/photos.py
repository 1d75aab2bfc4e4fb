"""The errors that only the methods of `photos` raise.

Generated from schema/errors.json by `python -m sansio_tl_transports.codegen.errors`; do not edit.
"""

from __future__ import annotations

from sansio_tl.errors.rpc import KnownRpcError

__all__ = [
    "AlbumPhotosTooMany",
    "EmojiMarkupInvalid",
    "MaxIdInvalid",
    "PhotoCropFileMissing",
    "PhotoFileMissing",
    "PhotoIdInvalid",
    "StickerMimeInvalid",
    "VideoFileInvalid",
]


class AlbumPhotosTooMany(KnownRpcError):
    """400 ALBUM_PHOTOS_TOO_MANY: Too many: album photos."""

    name = "ALBUM_PHOTOS_TOO_MANY"
    codes = (400,)


class EmojiMarkupInvalid(KnownRpcError):
    """400 EMOJI_MARKUP_INVALID: Not valid: emoji markup."""

    name = "EMOJI_MARKUP_INVALID"
    codes = (400,)


class MaxIdInvalid(KnownRpcError):
    """400 MAX_ID_INVALID: Not valid: max id."""

    name = "MAX_ID_INVALID"
    codes = (400,)


class PhotoCropFileMissing(KnownRpcError):
    """400 PHOTO_CROP_FILE_MISSING: Missing: photo crop file."""

    name = "PHOTO_CROP_FILE_MISSING"
    codes = (400,)


class PhotoFileMissing(KnownRpcError):
    """400 PHOTO_FILE_MISSING: Missing: photo file."""

    name = "PHOTO_FILE_MISSING"
    codes = (400,)


class PhotoIdInvalid(KnownRpcError):
    """400 PHOTO_ID_INVALID: Not valid: photo id."""

    name = "PHOTO_ID_INVALID"
    codes = (400,)


class StickerMimeInvalid(KnownRpcError):
    """400 STICKER_MIME_INVALID: Not valid: sticker mime."""

    name = "STICKER_MIME_INVALID"
    codes = (400,)


class VideoFileInvalid(KnownRpcError):
    """400 VIDEO_FILE_INVALID: Not valid: video file."""

    name = "VIDEO_FILE_INVALID"
    codes = (400,)
