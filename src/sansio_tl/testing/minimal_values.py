"""A short answer to a method, as Python source: what a test can paste to script it."""

from __future__ import annotations

from types import UnionType
from typing import get_args

from sansio_tl import codec, types
from sansio_tl.tl.model import Bare, Boxed, Builtin, Type, Vector
from sansio_tl.tl.objects import Function
from sansio_tl.tl.registry import Entry

_BUILTIN = {
    "int": "0",
    "long": "0",
    "double": "0.0",
    "string": '""',
    "bytes": 'b""',
    "int128": "bytes(16)",
    "int256": "bytes(32)",
    "Bool": "True",
}
_MAX_DEPTH = 8


def answer_line(function: type[Function[object]]) -> str:
    """The line that scripts a method: ``data_center.answer("help.getNearestDc", types.NearestDc(...))``.

    Its value is a valid result of the method with its required fields only.
    """
    entry = codec.coder.registry.by_class(function)
    result = None if entry is None else _shallowest(entry.combinator.result)
    return f'data_center.answer("{function.NAME}", {result or "..."})'


def _shallowest(kind: Type) -> str | None:
    """The source of a value that is nested as little as possible."""
    return next((found for depth in range(_MAX_DEPTH) if (found := _source(kind, depth)) is not None), None)


def _source(kind: Type, depth: int) -> str | None:
    """The source of a value that is nested at most `depth` deep; None if there is none."""
    match kind:
        case Builtin(name):
            return _BUILTIN[name]
        case Vector():
            return "[]"
        case Boxed(name):
            made = (_call(entry, depth) for entry in _constructors(name))
            return next((each for each in made if each is not None), None)
        case Bare(name):
            entry = codec.coder.registry.by_name(name)
            return None if entry is None else _call(entry, depth)
        case _:
            return None


def _call(entry: Entry, depth: int) -> str | None:
    if depth == 0:
        return None
    names = dict(zip((field.name for field in entry.combinator.values), entry.cls.__struct_fields__, strict=True))
    given = []
    for field in entry.combinator.required:
        value = _source(field.type, depth - 1)
        if value is None:
            return None
        given.append(f"{names[field.name]}={value}")
    space, _, _ = entry.cls.NAME.rpartition(".")
    name = ".".join(part for part in ("types", space, entry.cls.__name__) if part)
    return f"{name}({', '.join(given)})"


def _constructors(name: str) -> list[Entry]:
    """The constructors of a type: first that of its own name (``auth.sentCode``), then those with fewer fields."""
    space, _, short = name.rpartition(".")
    union = getattr(getattr(types, space) if space else types, f"Type{short}")
    classes = get_args(union) if isinstance(union, UnionType) else (union,)
    entries = [entry for cls in classes if (entry := codec.coder.registry.by_class(cls)) is not None]
    entries.sort(key=lambda entry: (entry.cls.__name__ != short, len(entry.combinator.required)))
    return entries
