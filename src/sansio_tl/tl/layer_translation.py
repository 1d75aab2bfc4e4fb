"""Translation of a value to another schema: constructors and fields are matched by name; ids and order may differ.

Layers of an API differ a little. Common fields are copied by name; the other rules are

    a field that the target lacks            is dropped
    an optional field without a translation  is absent: its value has no counterpart there, or another type
    a required field that the source lacks   is 0, empty, false, or the `...Empty` constructor of its type
    an item without a translation            is removed from its vector
    anything else without a translation      makes the enclosing value untranslatable: `UntranslatableError`

so the result is always a valid value of the target, and as close as its schema allows.
"""

from __future__ import annotations

from typing import Any

from sansio_tl.errors.protocol import LocalProtocolError
from sansio_tl.tl.model import AnyType, Bare, Boxed, Builtin, Field, Type, TypeVariable, Vector
from sansio_tl.tl.naming import field_name, split
from sansio_tl.tl.objects import Function, TLObject, Unknown
from sansio_tl.tl.registry import Registry

_NUMBERS = {"int": 31, "long": 63}
"""Bits of the built-in integers, without the sign."""
_RAW = {"int128": 16, "int256": 32}
_DEFAULTS: dict[str, object] = {
    "int": 0,
    "long": 0,
    "double": 0.0,
    "string": "",
    "bytes": b"",
    "Bool": False,
    "int128": bytes(16),
    "int256": bytes(32),
}


class UntranslatableError(LocalProtocolError):
    """A schema cannot express a value, usually because it lacks the constructor or function `lacking`."""

    def __init__(self, what: str, lacking: type[TLObject] | None = None) -> None:
        super().__init__(f"the schema cannot express {what}")
        self.lacking = lacking


class Translator:
    """Translates values to the schema behind `target`."""

    def __init__(self, target: Registry) -> None:
        self._target = target

    def value(self, value: TLObject) -> TLObject:
        """A constructor or function. Raises UntranslatableError. A value that was unknown to the source stays
        unchanged.
        """
        if isinstance(value, Unknown):
            return value
        find = self._target.function if isinstance(value, Function) else self._target.by_name
        entry = find(value.NAME)
        if entry is None:
            raise UntranslatableError(value.NAME, type(value))
        fields = {field_name(f.name): self._field(f, value) for f in entry.combinator.values}
        return entry.cls(**fields)

    def item(self, kind: Type, value: Any) -> Any:
        """A value in a place where the target expects `kind`. Raises UntranslatableError."""
        match kind:
            case Builtin(name):
                return _builtin(name, value)
            case Vector(inner, _):
                return self._vector(inner, value)
            case Boxed() | Bare():
                return self._object(kind, value)
            case AnyType() | TypeVariable():
                return self.value(value) if isinstance(value, TLObject) else value
            case _:
                raise TypeError(kind)

    def _field(self, f: Field, source: TLObject) -> Any:
        given = getattr(source, field_name(f.name), None)
        if f.is_true:
            return bool(given) if isinstance(given, bool) else given is not None
        if given is None:
            return None if f.word is not None else self._default(f.type)
        try:
            return self.item(f.type, given)
        except UntranslatableError:
            if f.word is None:
                raise
            return None

    def _vector(self, kind: Type, value: Any) -> list[Any]:
        if not isinstance(value, list | tuple):
            raise UntranslatableError(type(value).__name__)
        items = []
        for each in value:
            try:
                items.append(self.item(kind, each))
            except UntranslatableError:
                continue
        return items

    def _object(self, kind: Boxed | Bare, value: Any) -> TLObject:
        if not isinstance(value, TLObject):
            raise UntranslatableError(type(value).__name__)
        entry = self._target.by_name(value.NAME)
        fits = entry is not None and (
            entry.combinator.result == kind if isinstance(kind, Boxed) else entry.combinator.name == kind.constructor
        )
        if not fits:
            raise UntranslatableError(value.NAME, type(value))
        return self.value(value)

    def _default(self, kind: Type) -> Any:
        match kind:
            case Builtin(name):
                return _DEFAULTS[name]
            case Vector():
                return []
            case Boxed(name):
                namespace, rest = split(name)
                empty = f"{namespace}{'.' if namespace else ''}{rest[:1].lower()}{rest[1:]}Empty"
                entry = self._target.by_name(empty)
                if entry is not None and entry.combinator.result == kind and not entry.combinator.required:
                    return entry.cls()
                raise UntranslatableError(f"no {name}")
            case _:
                raise UntranslatableError("a required field")


def _builtin(name: str, value: Any) -> Any:
    """A built-in value if it has the right type and size."""
    match name:
        case "int" | "long" if type(value) is int and -1 << _NUMBERS[name] <= value < 1 << _NUMBERS[name]:
            return value
        case "double" if type(value) in {int, float}:
            return float(value)
        case "string" if isinstance(value, str):
            return value
        case "bytes" if isinstance(value, bytes):
            return value
        case "Bool" if isinstance(value, bool):
            return value
        case "int128" | "int256" if isinstance(value, bytes) and len(value) == _RAW[name]:
            return value
        case _:
            raise UntranslatableError(f"{type(value).__name__} as {name}")
