r"""Values as JSON, without loss: to read, to compare, to store.

A value is an object whose `_` names the constructor; its fields follow, without absent ones. Numbers stay exact
integers (64 bits: use a JSON reader that keeps them), bytes are base64, and text that is not UTF-8 keeps its bytes as
lone surrogates (`\udc80` for the byte 80), just as in Python. Doubles that JSON has no number for are the strings
"Infinity", "-Infinity" and "NaN:" with their 16 hex digits.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import struct
from typing import Any, NoReturn

from sansio_tl.tl.errors import EncodeError
from sansio_tl.tl.interpreted_encoder import InterpretedEncoder
from sansio_tl.tl.model import AnyType, Bare, Boxed, Builtin, Field, Type, Vector, as_tl
from sansio_tl.tl.naming import field_name
from sansio_tl.tl.objects import TLObject, Unknown
from sansio_tl.tl.registry import Registry

INFINITY = {"Infinity": math.inf, "-Infinity": -math.inf}


def to_json(value: TLObject, registry: Registry, indent: int | None = None) -> str:
    """A value as JSON text, with its secrets. Raises EncodeError for a value that cannot be encoded."""
    InterpretedEncoder(registry).whole(AnyType(), value)
    return json.dumps(_plain(value), indent=indent, ensure_ascii=True)


def from_json(text: str | bytes, registry: Registry) -> TLObject:
    """The value of a JSON text. Raises EncodeError, which names the invalid field."""
    plain = _load(text)
    try:
        value = _Builder(registry).boxed(plain)
        InterpretedEncoder(registry).whole(AnyType(), value)
    except RecursionError:
        raise EncodeError("nested too deep", "JSON") from None
    if not isinstance(value, TLObject):
        raise EncodeError("expected an object", "JSON")
    return value


def _plain(value: Any) -> Any:
    """The value as the json module's types."""
    if isinstance(value, TLObject):
        plain = {"_": value.NAME}
        defaults = type(value).__struct_defaults__
        optional = len(type(value).__struct_fields__) - len(defaults)
        for index, name in enumerate(type(value).__struct_fields__):
            item = getattr(value, name)
            if index < optional or item is not defaults[index - optional]:
                plain[name] = _plain(item)
        return plain
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, float) and not math.isfinite(value):
        return f"NaN:{struct.pack('>d', value).hex()}" if math.isnan(value) else f"{'-' * (value < 0)}Infinity"
    return value


def _load(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        reason = str(error)
    # Raised inside the handler, the error would keep the text with its secrets as its context.
    raise EncodeError(f"invalid JSON: {reason}", "JSON")


class _Builder:
    """Creates a value from the json module's types, by its declaration."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.path: list[str] = []

    def fail(self, message: str) -> NoReturn:
        raise EncodeError(message, " > ".join(self.path) or "JSON")

    def value(self, kind: Type, plain: Any) -> Any:
        match kind:
            case Builtin(name):
                return self.builtin(name, plain)
            case Vector(item, _):
                if not isinstance(plain, list):
                    self.fail(f"expected a list for {as_tl(kind)}, found {_kind(plain)}")
                label = self.path.pop()
                items = []
                for index, entry in enumerate(plain):
                    self.path.append(f"{label}[{index}]")
                    items.append(self.value(item, entry))
                    self.path.pop()
                self.path.append(label)
                return items
            case Boxed() | Bare():
                return self.boxed(plain, as_tl(kind))
            case _:
                return plain if isinstance(plain, bool) else self.boxed(plain)

    def boxed(self, plain: Any, expected: str = "a TL value") -> TLObject:
        if not isinstance(plain, dict) or not isinstance(plain.get("_"), str):
            self.fail(f'expected {expected}: an object with its name in "_", found {_kind(plain)}')
        name = plain["_"]
        if name == Unknown.NAME:
            return self.unknown(plain)
        entry = self.registry.by_name(name) or self.registry.function(name)
        if entry is None:
            self.fail(f"the schema has no {_name(name)}")
        combinator, cls, _ = entry
        if not self.path:
            self.path.append(name)
        fields = {field_name(f.name): f for f in combinator.values}
        surplus = plain.keys() - fields.keys() - {"_"}
        if surplus:
            self.fail(f"{name} has no field {_name(min(surplus))}")
        return cls(*[self.field(key, f, plain) for key, f in fields.items()])

    def field(self, key: str, f: Field, plain: dict[str, Any]) -> Any:
        self.path.append(key)
        try:
            if f.is_true:
                given = plain.get(key, False)
                return given if isinstance(given, bool) else self.fail(f"expected true or false, found {_kind(given)}")
            if f.word is not None and plain.get(key) is None:
                return None
            if key not in plain:
                self.fail("this field is missing")
            return self.value(f.type, plain[key])
        finally:
            self.path.pop()

    def builtin(self, name: str, plain: Any) -> Any:
        match name:
            case "string":
                return plain if isinstance(plain, str) else self.fail(f"expected a string, found {_kind(plain)}")
            case "bytes" | "int128" | "int256":
                return self.bytes(plain)
            case "Bool":
                return plain if isinstance(plain, bool) else self.fail(f"expected true or false, found {_kind(plain)}")
            case "double":
                return self.double(plain)
            case _:
                whole = isinstance(plain, int) and not isinstance(plain, bool)
                return plain if whole else self.fail(f"expected a whole number, found {_kind(plain)}")

    def bytes(self, plain: Any) -> bytes:
        if not isinstance(plain, str):
            self.fail(f"expected base64, found {_kind(plain)}")
        try:
            return base64.b64decode(plain, validate=True)
        except (binascii.Error, ValueError):
            self.fail("expected base64")

    def double(self, plain: Any) -> float:
        if isinstance(plain, int | float) and not isinstance(plain, bool):
            try:
                return float(plain)
            except OverflowError:
                self.fail("the number is beyond what a double holds")
        if isinstance(plain, str) and plain in INFINITY:
            return INFINITY[plain]
        if isinstance(plain, str) and plain.startswith("NaN:"):
            try:
                number: float = struct.unpack(">d", bytes.fromhex(plain[4:]))[0]
            except (ValueError, struct.error):
                self.fail("expected NaN: and 16 hex digits")
            return number
        return self.fail(f"expected a number, found {_kind(plain)}")

    def unknown(self, plain: dict[str, Any]) -> Unknown:
        number = plain.get("id")
        if not isinstance(number, int) or isinstance(number, bool):
            self.fail("an unknown value has an id, which is a number")
        return Unknown(number, self.bytes(plain.get("data")))


def _name(text: str) -> str:
    """A name from the JSON text, shortened if it cannot be printed."""
    return text if text.isprintable() else repr(text)


def _kind(plain: object) -> str:
    """The JSON name of a value's type, without the value, which may be a secret."""
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(plain), "a number")
