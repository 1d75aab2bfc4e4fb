"""The errors that only the methods of `account` raise.

Generated from schema/errors.json by `python -m sansio_tl_transports.codegen.errors`; do not edit.
"""

from __future__ import annotations

from sansio_tl.errors.rpc import KnownRpcError

__all__ = [
    "AboutTooLong",
    "AutoarchiveNotAvailable",
    "OrderInvalid",
    "PrivacyKeyInvalid",
    "PrivacyTooLong",
    "PrivacyValueInvalid",
    "SensitiveChangeForbidden",
    "SettingsInvalid",
    "ThemeFileInvalid",
    "ThemeFormatInvalid",
    "ThemeInvalid",
    "ThemeMimeInvalid",
    "ThemeTitleInvalid",
    "WallpaperFileInvalid",
    "WallpaperMimeInvalid",
]


class AboutTooLong(KnownRpcError):
    """400 ABOUT_TOO_LONG: Too long: about."""

    name = "ABOUT_TOO_LONG"
    codes = (400,)


class AutoarchiveNotAvailable(KnownRpcError):
    """400 AUTOARCHIVE_NOT_AVAILABLE: Not available: autoarchive."""

    name = "AUTOARCHIVE_NOT_AVAILABLE"
    codes = (400,)


class OrderInvalid(KnownRpcError):
    """400 ORDER_INVALID: Not valid: order."""

    name = "ORDER_INVALID"
    codes = (400,)


class PrivacyKeyInvalid(KnownRpcError):
    """400 PRIVACY_KEY_INVALID: Not valid: privacy key."""

    name = "PRIVACY_KEY_INVALID"
    codes = (400,)


class PrivacyTooLong(KnownRpcError):
    """400 PRIVACY_TOO_LONG: Too long: privacy."""

    name = "PRIVACY_TOO_LONG"
    codes = (400,)


class PrivacyValueInvalid(KnownRpcError):
    """400 PRIVACY_VALUE_INVALID: Not valid: privacy value."""

    name = "PRIVACY_VALUE_INVALID"
    codes = (400,)


class SensitiveChangeForbidden(KnownRpcError):
    """403 SENSITIVE_CHANGE_FORBIDDEN: Forbidden: sensitive change."""

    name = "SENSITIVE_CHANGE_FORBIDDEN"
    codes = (403,)


class SettingsInvalid(KnownRpcError):
    """400 SETTINGS_INVALID: Not valid: settings."""

    name = "SETTINGS_INVALID"
    codes = (400,)


class ThemeFileInvalid(KnownRpcError):
    """400 THEME_FILE_INVALID: Not valid: theme file."""

    name = "THEME_FILE_INVALID"
    codes = (400,)


class ThemeFormatInvalid(KnownRpcError):
    """400 THEME_FORMAT_INVALID: Not valid: theme format."""

    name = "THEME_FORMAT_INVALID"
    codes = (400,)


class ThemeInvalid(KnownRpcError):
    """400 THEME_INVALID: Not valid: theme."""

    name = "THEME_INVALID"
    codes = (400,)


class ThemeMimeInvalid(KnownRpcError):
    """400 THEME_MIME_INVALID: Not valid: theme mime."""

    name = "THEME_MIME_INVALID"
    codes = (400,)


class ThemeTitleInvalid(KnownRpcError):
    """400 THEME_TITLE_INVALID: Not valid: theme title."""

    name = "THEME_TITLE_INVALID"
    codes = (400,)


class WallpaperFileInvalid(KnownRpcError):
    """400 WALLPAPER_FILE_INVALID: Not valid: wallpaper file."""

    name = "WALLPAPER_FILE_INVALID"
    codes = (400,)


class WallpaperMimeInvalid(KnownRpcError):
    """400 WALLPAPER_MIME_INVALID: Not valid: wallpaper mime."""

    name = "WALLPAPER_MIME_INVALID"
    codes = (400,)
