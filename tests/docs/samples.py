"""The plainest value of any type: zeros, empty texts, lists of one."""

from __future__ import annotations

from functools import cache
from typing import Any

from sansio_tl import functions, types
from sansio_tl.tl.model import Anything, Bare, Boxed, Builtin, Type, Vector
from sansio_tl.tl.naming import class_name, field_name, split
from sansio_tl.tl.objects import Function
from transports.tools.library import Library

_BUILTIN: dict[str, Any] = {
    "int": 1,
    "long": 1,
    "double": 1.0,
    "int128": bytes(16),
    "int256": bytes(32),
    "string": "text",
    "bytes": b"bytes",
    "Bool": True,
}


@cache
def library() -> Library:
    return Library.shipped()


def sample_result(function: type[Function[Any]]) -> Any:
    """A value of a function's result type."""
    [declared] = [f for f in library().declarations.functions if f.name == function.NAME]
    return sample(declared.result)


def sample(kind: Type) -> Any:
    match kind:
        case Builtin(name):
            return _BUILTIN[name]
        case Vector(item):
            return [sample(item)]
        case Boxed("Bool"):
            return True
        case Boxed(name):
            declared = library().types[name][0]
        case Bare(name):
            declared = library().declarations.constructor[name]
        case Anything() | _:
            return functions.help.GetNearestDc()
    values = {field_name(f.name): sample(f.type) for f in declared.required}
    return class_of(declared.name)(**values)


def class_of(constructor: str) -> Any:
    """The class of a constructor."""
    namespace = split(constructor)[0]
    return getattr(getattr(types, namespace) if namespace else types, class_name(constructor))
