"""What a test pushes, as an object of type Updates."""

from __future__ import annotations

from typing import cast, get_args

from sansio_tl import codec, types
from sansio_tl.errors import LocalProtocolError
from sansio_tl.tl.errors import EncodeError


def as_updates(update: object, now: float) -> types.TypeUpdates:
    """Updates as they are, an update in an `updateShort`. Raises LocalProtocolError for anything else."""
    updates: object
    if isinstance(update, get_args(types.TypeUpdates)):
        updates = update
    elif isinstance(update, get_args(types.TypeUpdate)):
        updates = types.UpdateShort(update=cast("types.TypeUpdate", update), date=int(now))
    else:
        expected = "an update (types.UpdateNewMessage(...)) or updates (types.Updates(...))"
        raise LocalProtocolError(f"invalid update: found {update!r:.100}, expected {expected}")
    try:
        codec.encode(cast("types.Updates", updates))
    except EncodeError as error:
        raise LocalProtocolError(f"invalid update: {error}") from error
    return cast("types.TypeUpdates", updates)
