"""Iterates over the single updates in an Updates object of any kind."""

from __future__ import annotations

from collections.abc import Iterator

from sansio_tl import types
from sansio_tl.tl.objects import TLObject


def updates_in(given: TLObject) -> Iterator[TLObject]:
    """Each Update in an Updates object; an Update by itself is yielded as it is."""
    match given:
        case types.Updates() | types.UpdatesCombined():
            yield from given.updates
        case types.UpdateShort():
            yield given.update
        case _:
            yield given
