"""TL values in a snapshot: JSON has no bytes and no constructors.

A `TLObject` becomes ``{"tl": base64 of its serialization}``; what JSON has stays as it is. The layer is written into
each snapshot, because a serialization is only good for the layer it was made with.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

from sansio_tl.codec import decode, encode
from sansio_tl.errors import LocalProtocolError, ProtocolError
from sansio_tl.tl.objects import TLObject


def freeze(value: object) -> Any:
    """A result as JSON-able data."""
    if isinstance(value, TLObject):
        return {"tl": b64encode(encode(value)).decode()}
    if isinstance(value, list | tuple):
        return [freeze(item) for item in value]
    return value


def thaw(data: Any) -> Any:
    """What `freeze` was given. Raises LocalProtocolError for data that it did not make."""
    if isinstance(data, dict):
        try:
            return decode(b64decode(data["tl"], validate=True))
        except (KeyError, TypeError, ValueError, ProtocolError):
            raise LocalProtocolError("the snapshot holds a result that cannot be read") from None
    if isinstance(data, list):
        return [thaw(item) for item in data]
    return data
