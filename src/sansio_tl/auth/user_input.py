"""Checks of what the user enters, made when it is entered: a flow never holds what cannot be sent.

Each function returns the value or raises LocalProtocolError, which names the value and never shows it.
"""

from __future__ import annotations

from typing import Any, Final

from sansio_tl.codec import encode
from sansio_tl.entropy import Entropy
from sansio_tl.errors import LocalProtocolError
from sansio_tl.limits import MAX_DC_ID, is_dc_id
from sansio_tl.tl.objects import Function

MAX_REQUEST: Final = 1 << 16
"""Size limit of a request of a flow: the longest real ones, with 20 logout tokens or a passkey, have a few thousand
bytes."""


def text(value: object, what: str) -> str:
    """Text without surrounding blanks; it may not be empty."""
    stripped = any_text(value, what).strip()
    if not stripped:
        raise LocalProtocolError(f"{what} is empty")
    return stripped


def any_text(value: object, what: str) -> str:
    """Text, unchanged."""
    if not isinstance(value, str):
        raise LocalProtocolError(f"invalid value: {what} is {type(value).__name__}, expected str")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        position = error.start
    else:
        return value
    # Raised inside the handler, the error would keep the text as its context.
    raise LocalProtocolError(f"{what} has a lone surrogate at position {position}, which UTF-8 cannot encode")


def whole(value: object, what: str, bits: int) -> int:
    """A signed integer of at most `bits` bits."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise LocalProtocolError(f"invalid value: {what} is {type(value).__name__}, expected int")
    if not -(1 << bits - 1) <= value < 1 << bits - 1:
        raise LocalProtocolError(f"{what} has more than {bits} bits")
    return value


def dc_id(value: object) -> int:
    """The number of a data center."""
    if not is_dc_id(found := whole(value, "the number of a data center", 32)):
        raise LocalProtocolError(f"invalid data center: found {found}, expected 1 to {MAX_DC_ID}")
    return found


def password_bytes(value: object, what: str = "the password") -> bytes:
    """A password in UTF-8, as typed: surrounding blanks count. It may not be empty."""
    secret = value if isinstance(value, bytes) else any_text(value, what).encode()
    if not secret:
        raise LocalProtocolError(f"{what} is empty")
    return secret


def source(entropy: Entropy) -> Entropy:
    """A source of randomness, used when the answer to the next request has arrived."""
    if not callable(entropy):
        raise LocalProtocolError(
            f"invalid entropy: found {type(entropy).__name__}, expected a function (size) -> bytes"
        )
    return entropy


def sendable(request: Function[Any]) -> None:
    """A request that can be encoded and sent. EncodeError names the invalid field."""
    size = len(encode(request))
    if size > MAX_REQUEST:
        raise LocalProtocolError(f"{request.NAME} has {size} bytes, expected at most {MAX_REQUEST}")
