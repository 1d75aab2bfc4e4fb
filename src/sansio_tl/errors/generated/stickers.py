"""The errors that only the methods of `stickers` raise.

Generated from schema/errors.json by `python -m sansio_tl_transports.codegen.errors`; do not edit.
"""

from __future__ import annotations

from sansio_tl.errors.rpc import KnownRpcError

__all__ = [
    "BotMissing",
    "PackShortNameInvalid",
    "PackShortNameOccupied",
    "PackTitleInvalid",
    "ShortNameInvalid",
    "ShortNameOccupied",
    "StickerEmojiInvalid",
    "StickerFileInvalid",
    "StickerGifDimensions",
    "StickerInvalid",
    "StickerPngDimensions",
    "StickerPngNopng",
    "StickerTgsNodoc",
    "StickerTgsNotgs",
    "StickerThumbPngNopng",
    "StickerThumbTgsNotgs",
    "StickerVideoBig",
    "StickerVideoNodoc",
    "StickerVideoNowebm",
    "StickerpackStickersTooMuch",
    "StickersEmpty",
    "StickersTooMuch",
    "TitleInvalid",
]


class BotMissing(KnownRpcError):
    """400 BOT_MISSING: Missing: bot."""

    name = "BOT_MISSING"
    codes = (400,)


class PackShortNameInvalid(KnownRpcError):
    """400 PACK_SHORT_NAME_INVALID: Not valid: pack short name."""

    name = "PACK_SHORT_NAME_INVALID"
    codes = (400,)


class PackShortNameOccupied(KnownRpcError):
    """400 PACK_SHORT_NAME_OCCUPIED: Taken already: pack short name."""

    name = "PACK_SHORT_NAME_OCCUPIED"
    codes = (400,)


class PackTitleInvalid(KnownRpcError):
    """400 PACK_TITLE_INVALID: Not valid: pack title."""

    name = "PACK_TITLE_INVALID"
    codes = (400,)


class ShortNameInvalid(KnownRpcError):
    """400 SHORT_NAME_INVALID: Not valid: short name."""

    name = "SHORT_NAME_INVALID"
    codes = (400,)


class ShortNameOccupied(KnownRpcError):
    """400 SHORT_NAME_OCCUPIED: Taken already: short name."""

    name = "SHORT_NAME_OCCUPIED"
    codes = (400,)


class StickerEmojiInvalid(KnownRpcError):
    """400 STICKER_EMOJI_INVALID: Not valid: sticker emoji."""

    name = "STICKER_EMOJI_INVALID"
    codes = (400,)


class StickerFileInvalid(KnownRpcError):
    """400 STICKER_FILE_INVALID: Not valid: sticker file."""

    name = "STICKER_FILE_INVALID"
    codes = (400,)


class StickerGifDimensions(KnownRpcError):
    """400 STICKER_GIF_DIMENSIONS: Error of the server: sticker gif dimensions."""

    name = "STICKER_GIF_DIMENSIONS"
    codes = (400,)


class StickerInvalid(KnownRpcError):
    """400 STICKER_INVALID: Not valid: sticker."""

    name = "STICKER_INVALID"
    codes = (400,)


class StickerPngDimensions(KnownRpcError):
    """400 STICKER_PNG_DIMENSIONS: Error of the server: sticker png dimensions."""

    name = "STICKER_PNG_DIMENSIONS"
    codes = (400,)


class StickerPngNopng(KnownRpcError):
    """400 STICKER_PNG_NOPNG: Error of the server: sticker png nopng."""

    name = "STICKER_PNG_NOPNG"
    codes = (400,)


class StickerTgsNodoc(KnownRpcError):
    """400 STICKER_TGS_NODOC: Error of the server: sticker tgs nodoc."""

    name = "STICKER_TGS_NODOC"
    codes = (400,)


class StickerTgsNotgs(KnownRpcError):
    """400 STICKER_TGS_NOTGS: Error of the server: sticker tgs notgs."""

    name = "STICKER_TGS_NOTGS"
    codes = (400,)


class StickerThumbPngNopng(KnownRpcError):
    """400 STICKER_THUMB_PNG_NOPNG: Error of the server: sticker thumb png nopng."""

    name = "STICKER_THUMB_PNG_NOPNG"
    codes = (400,)


class StickerThumbTgsNotgs(KnownRpcError):
    """400 STICKER_THUMB_TGS_NOTGS: Error of the server: sticker thumb tgs notgs."""

    name = "STICKER_THUMB_TGS_NOTGS"
    codes = (400,)


class StickerVideoBig(KnownRpcError):
    """400 STICKER_VIDEO_BIG: Error of the server: sticker video big."""

    name = "STICKER_VIDEO_BIG"
    codes = (400,)


class StickerVideoNodoc(KnownRpcError):
    """400 STICKER_VIDEO_NODOC: Error of the server: sticker video nodoc."""

    name = "STICKER_VIDEO_NODOC"
    codes = (400,)


class StickerVideoNowebm(KnownRpcError):
    """400 STICKER_VIDEO_NOWEBM: Error of the server: sticker video nowebm."""

    name = "STICKER_VIDEO_NOWEBM"
    codes = (400,)


class StickerpackStickersTooMuch(KnownRpcError):
    """400 STICKERPACK_STICKERS_TOO_MUCH: Too many: stickerpack stickers."""

    name = "STICKERPACK_STICKERS_TOO_MUCH"
    codes = (400,)


class StickersEmpty(KnownRpcError):
    """400 STICKERS_EMPTY: Missing: stickers."""

    name = "STICKERS_EMPTY"
    codes = (400,)


class StickersTooMuch(KnownRpcError):
    """400 STICKERS_TOO_MUCH: Too many: stickers."""

    name = "STICKERS_TOO_MUCH"
    codes = (400,)


class TitleInvalid(KnownRpcError):
    """400 TITLE_INVALID: Not valid: title."""

    name = "TITLE_INVALID"
    codes = (400,)
