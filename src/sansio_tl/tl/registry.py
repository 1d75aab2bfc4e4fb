"""The declarations of a schema for the interpreting codec, by id, class and name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from sansio_tl.tl.model import Combinator
    from sansio_tl.tl.objects import TLObject


class Entry(NamedTuple):
    """A declaration and its class."""

    combinator: Combinator
    cls: type[TLObject]
    nested: bool
    """Whether it can contain itself, and so counts for the depth limit (TL4)."""


class Registry(Protocol):
    """Finds declarations. Each method returns None for what the schema does not have."""

    def by_id(self, number: int) -> Entry | None:
        """The constructor or function with this id."""

    def by_class(self, cls: type) -> Entry | None:
        """The declaration of a class."""

    def by_name(self, name: str) -> Entry | None:
        """The constructor of this name."""

    def function(self, name: str) -> Entry | None:
        """The function of this name."""

    def entries(self) -> Iterator[Entry]:
        """All of them. This loads the whole schema."""
        ...
