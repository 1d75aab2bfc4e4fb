"""Snapshots of flows as JSON, which has no bytes and no constructors.

A `TLObject` becomes ``{"tl": base64 of its serialization}``; numbers, Bool and None stay as they are. The layer is
written into each snapshot, because a serialization is valid only for its layer.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Annotated, Any, TypeAlias

from msgspec import Meta, Struct

from sansio_tl.auth.prompts import ChallengePrompt
from sansio_tl.codec import decode, encode
from sansio_tl.errors import LocalProtocolError, ProtocolError
from sansio_tl.limits import MAX_DC_ID
from sansio_tl.reprs import rich_repr
from sansio_tl.tl.objects import TLObject

Count: TypeAlias = Annotated[int, Meta(ge=0, le=1 << 31)]


Time: TypeAlias = Annotated[float, Meta(ge=0, le=1e20)]
"""Seconds since the Unix epoch: a finite number."""


class SavedError(Struct, frozen=True):
    """The last error from the server."""

    code: int
    text: str
    of: str | None

    def __repr__(self) -> str:
        return "SavedError(...)"

    def __rich_repr__(self) -> list[Any]:
        return rich_repr(self)


class Saved(Struct, frozen=True):
    """The content of every snapshot of a flow."""

    state: str
    data: dict[str, Any]
    """The data of the flow's own kind."""
    dc: Annotated[int, Meta(ge=1, le=MAX_DC_ID)] | None
    redirects: Count
    repeats: dict[str, Count]
    challenge: ChallengePrompt | None
    error: SavedError | None
    result: Any

    def __repr__(self) -> str:
        return "Saved(...)"

    def __rich_repr__(self) -> list[Any]:
        return rich_repr(self)


def to_jsonable(value: object) -> Any:
    """A result as JSON-able data."""
    return {"tl": b64encode(encode(value)).decode()} if isinstance(value, TLObject) else value


def from_jsonable(data: Any) -> Any:
    """The inverse of `to_jsonable`. Raises LocalProtocolError for other data."""
    if data is None or isinstance(data, int):
        return data
    try:
        return decode(b64decode(data["tl"], validate=True))
    except (KeyError, TypeError, ValueError, ProtocolError):
        raise LocalProtocolError("invalid flow snapshot: the result cannot be decoded") from None
