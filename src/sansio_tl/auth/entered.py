"""What the user enters, checked when it is entered: nothing that cannot be sent gets into a flow.

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
"""Bytes of a request of a flow: the longest real ones, with 20 logout tokens or a passkey, have a few thousand."""


def text(value: object, what: str) -> str:
    """Text without the blanks around it; it may not be empty."""
    stripped = any_text(value, what).strip()
    if not stripped:
        raise LocalProtocolError(f"{what} is empty")
    return stripped


def any_text(value: object, what: str) -> str:
    """Text as it is."""
    if not isinstance(value, str):
        raise LocalProtocolError(f"{what} is a str, not {type(value).__name__}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        position = error.start
    else:
        return value
    # Raised in the handler, the error would keep the text as its context.
    raise LocalProtocolError(f"{what} has a lone surrogate at position {position}: UTF-8 has none")


def whole(value: object, what: str, bits: int) -> int:
    """A signed number of so many bits."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise LocalProtocolError(f"{what} is an int, not {type(value).__name__}")
    if not -(1 << bits - 1) <= value < 1 << bits - 1:
        raise LocalProtocolError(f"{what} has more than {bits} bits")
    return value


def dc_id(value: object) -> int:
    """The number of a data center."""
    if not is_dc_id(found := whole(value, "the number of a data center", 32)):
        raise LocalProtocolError(f"there is no data center {found}: their numbers are 1 to {MAX_DC_ID}")
    return found


def password_bytes(value: object, what: str = "the password") -> bytes:
    """A password in UTF-8, as typed: blanks around it count. It may not be empty."""
    secret = value if isinstance(value, bytes) else any_text(value, what).encode()
    if not secret:
        raise LocalProtocolError(f"{what} is empty")
    return secret


def source(entropy: Entropy) -> Entropy:
    """A source of randomness, drawn from when the answer to the next request is there."""
    if not callable(entropy):
        raise LocalProtocolError(f"entropy is a function of a number of bytes, not {type(entropy).__name__}")
    return entropy


def sendable(request: Function[Any]) -> None:
    """A request that can be encoded and sent. EncodeError names its field at fault."""
    size = len(encode(request))
    if size > MAX_REQUEST:
        raise LocalProtocolError(f"{request.NAME} would have {size} bytes, more than {MAX_REQUEST}")
