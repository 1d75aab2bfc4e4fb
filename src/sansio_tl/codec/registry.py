"""The declarations of the shipped schema for the interpreting codec: parsed from the `TL` line of a class on first
use.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module

from sansio_tl.codec.builtin import PACKAGE, named
from sansio_tl.codec.index import MODULE_OF, NESTED
from sansio_tl.tl.objects import Function, TLObject
from sansio_tl.tl.registry import Entry


class ShippedRegistry:
    """The `Registry` of the shipped schema."""

    def by_id(self, number: int) -> Entry | None:
        path = MODULE_OF.get(number)
        return None if path is None else self.by_class(_classes(path)[number])

    def by_class(self, cls: type) -> Entry | None:
        if not issubclass(cls, TLObject) or _home(cls) is None:
            return None
        return _entry(cls)

    def by_name(self, name: str) -> Entry | None:
        return self._named(name, "types")

    def function(self, name: str) -> Entry | None:
        return self._named(name, "functions")

    def entries(self) -> Iterator[Entry]:
        for number in MODULE_OF:
            entry = self.by_id(number)
            if entry is not None:
                yield entry

    def _named(self, name: str, package: str) -> Entry | None:
        try:
            entry = self.by_class(named(name, package))
        except (AttributeError, ImportError):
            return None
        return entry if entry is not None and entry.combinator.name == name else None


def _home(cls: type[TLObject]) -> str | None:
    """The module of a class, if it belongs to the shipped schema."""
    path = MODULE_OF.get(getattr(cls, "ID", -1))
    return path if path is not None and cls.__module__ == f"{PACKAGE}.{path}" else None


@cache
def _classes(path: str) -> dict[int, type[TLObject]]:
    """The classes of a module by id."""
    module = import_module(f"{PACKAGE}.{path}")
    members = (getattr(module, name) for name in module.__all__)
    return {cls.ID: cls for cls in members if isinstance(cls, type) and issubclass(cls, TLObject)}


@cache
def _entry(cls: type[TLObject]) -> Entry:
    from sansio_tl.tl.parser import parse_one

    text_name = cls.TL.partition("#")[0]
    prefix = cls.NAME.removesuffix(text_name)
    return Entry(parse_one(cls.TL, prefix, issubclass(cls, Function)), cls, cls.ID in NESTED)
