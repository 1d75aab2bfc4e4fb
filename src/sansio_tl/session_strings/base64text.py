"""Base64 in session strings: either alphabet, with or without padding."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode, urlsafe_b64encode
from struct import Struct, error

from sansio_tl.errors.protocol import LocalProtocolError

_TO_STANDARD = str.maketrans("-_", "+/")


def unpack(text: str, library: str) -> bytes:
    """The bytes. Raises LocalProtocolError, whose text does not show the string."""
    if not isinstance(text, str):
        raise LocalProtocolError(f"invalid session string: found {type(text).__name__}, expected str")
    standard = text.strip().translate(_TO_STANDARD).rstrip("=")
    try:
        return b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise LocalProtocolError(f"not a session string of {library}: it is not base64") from None


def packed(layout: Struct, *values: object) -> bytes:
    """The values in this layout. Raises LocalProtocolError for one that does not fit."""
    try:
        return layout.pack(*values)
    except error:
        raise LocalProtocolError("the library cannot store a data center, port, api_id or user of this size") from None


def pack(data: bytes, *, urlsafe: bool, padded: bool) -> str:
    """The text."""
    text = (urlsafe_b64encode if urlsafe else b64encode)(data).decode("ascii")
    return text if padded else text.rstrip("=")
