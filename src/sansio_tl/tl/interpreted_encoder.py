"""The interpreting encoder: values to bytes, directly from the declarations, field by field.

It defines the values that a declaration accepts. When the generated functions fail, the interpreting encoder encodes
the same value again and either succeeds (text with surrogates that represent bytes) or names the class, the field and
the error (TL10).
"""

from __future__ import annotations

import struct
from typing import Any, NoReturn

from sansio_tl.tl.constants import FALSE, FIXED, LAYOUT, TRUE, VECTOR
from sansio_tl.tl.errors import EncodeError
from sansio_tl.tl.model import AnyType, Bare, Boxed, Builtin, Combinator, Type, TypeVariable, Vector, as_tl
from sansio_tl.tl.naming import field_name
from sansio_tl.tl.objects import TLObject, Unknown
from sansio_tl.tl.registry import Entry, Registry

_BITS = {"int": "an int of 32 bits", "long": "an int of 64 bits", "double": "a float", "#": "an id of 32 bits"}


class InterpretedEncoder:
    """Encodes one value."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.parts: list[bytes] = []
        self.path: list[str] = []
        self.secret = False

    def whole(self, kind: Type, value: Any) -> bytes:
        """The bytes of a value of `kind`."""
        try:
            self.value(kind, value)
        except RecursionError:
            raise EncodeError("nested too deep", " > ".join(self.path[:8]) + " > ...") from None
        return b"".join(self.parts)

    # Errors

    def fail(self, message: str) -> NoReturn:
        raise EncodeError(message, " > ".join(self.path) or "value")

    def wrong(self, expected: str, value: object) -> NoReturn:
        """A value of the wrong type: the error names its type, and shows a number that is no secret."""
        if isinstance(value, type) and issubclass(value, TLObject):
            self.fail(f"expected {expected}, found a class: call it, as in {value.__name__}(...)")
        found = type(value).__name__
        if isinstance(value, int | float) and not isinstance(value, bool) and not self.secret:
            found = f"{found} {value!r}" if abs(value) < 1 << 256 else f"an {found} of many digits"
        self.fail(f"expected {expected}, found {found}")

    # Values

    def value(self, kind: Type, value: Any) -> None:
        match kind:
            case Builtin(name):
                self.builtin(name, value)
            case Vector():
                self.vector(kind, value)
            case Bare(name):
                entry = self.registry.by_name(name)
                if entry is None or type(value) is not entry.cls:
                    self.wrong(name, value)
                self.fields(entry, value)
            case Boxed() | AnyType() | TypeVariable():
                self.boxed(kind, value)
            case _:
                raise TypeError(kind)

    def builtin(self, name: str, value: Any) -> None:
        match name:
            case "string":
                self.string(self.utf8(value))
            case "bytes":
                if type(value) is not bytes:
                    self.wrong("bytes", value)
                self.string(value)
            case "Bool":
                if not isinstance(value, bool):
                    self.wrong("a bool", value)
                self.parts.append(TRUE if value else FALSE)
            case "int128" | "int256":
                if type(value) is not bytes:
                    self.wrong(f"{FIXED[name]} bytes", value)
                if len(value) != FIXED[name]:
                    self.fail(f"expected {FIXED[name]} bytes, found {len(value)}")
                self.parts.append(value)
            case _:
                self.number(name, value)

    def number(self, name: str, value: Any) -> None:
        try:
            self.parts.append(struct.pack("<" + LAYOUT[name], value))
        except (struct.error, TypeError, OverflowError):
            self.wrong(_BITS[name], value)

    def utf8(self, value: Any) -> bytes:
        """Text in UTF-8. Surrogates that represent bytes (from a cut text) become these bytes again."""
        if not isinstance(value, str):
            self.wrong("a str", value)
        try:
            return str.encode(value, "utf-8", "surrogateescape")
        except UnicodeEncodeError as error:
            position = error.start
        # Raised inside the handler, the error would keep the text as its context.
        return self.fail(f"the text has a lone surrogate at position {position}")

    def string(self, data: bytes) -> None:
        size = len(data)
        if size >= 1 << 24:
            self.fail(f"{size} bytes are too many: a string holds less than 2^24")
        head = bytes((size,)) if size < 254 else (size << 8 | 254).to_bytes(4, "little")
        self.parts += (head, data, bytes(-(len(head) + size) % 4))

    def vector(self, kind: Vector, value: Any) -> None:
        if type(value) is not list and type(value) is not tuple:
            self.wrong(f"a list for {as_tl(kind)}", value)
        if kind.boxed:
            self.parts.append(VECTOR.to_bytes(4, "little"))
        items = tuple(value)  # the list may change meanwhile, in another thread
        self.parts.append(len(items).to_bytes(4, "little"))
        label = self.path.pop() if self.path else ""
        for index, item in enumerate(items):
            self.path.append(f"{label}[{index}]")
            self.value(kind.item, item)
            self.path.pop()
        if label:
            self.path.append(label)

    def boxed(self, kind: Type, value: Any) -> None:
        if not isinstance(kind, Boxed):
            if isinstance(value, bool):
                self.parts.append(TRUE if value else FALSE)
                return
            if type(value) is Unknown:
                self.unknown(value)
                return
        entry = self.registry.by_class(type(value))
        if entry is None:
            what = " of this schema" if isinstance(value, TLObject) else ""
            self.wrong(f"{'a TL value' if not isinstance(kind, Boxed) else kind.type}{what}", value)
        if isinstance(kind, Boxed) and (entry.combinator.is_function or entry.combinator.result != kind):
            self.wrong(kind.type, value)
        self.parts.append(entry.combinator.id.to_bytes(4, "little"))
        self.fields(entry, value)

    def unknown(self, value: Unknown) -> None:
        self.number("#", value.id)
        self.parts.append(value.data if type(value.data) is bytes else self.wrong("bytes", value.data))

    def fields(self, entry: Entry, value: TLObject) -> None:
        """The fields of a constructor, without its id."""
        combinator, cls, _ = entry
        if not self.path:
            self.path.append(combinator.name)
        self.reject_partial(combinator, value)
        for f in combinator.fields:
            name = field_name(f.name)
            self.path.append(name)
            if f.is_word:
                self.parts.append(self.word(combinator, f.name, value).to_bytes(4, "little"))
            elif not f.is_true and (f.word is None or self.given(value, name) is not None):
                outside, self.secret = self.secret, self.secret or name in cls.SECRET
                self.value(f.type, self.given(value, name))
                self.secret = outside
            self.path.pop()

    def given(self, value: TLObject, name: str) -> Any:
        """What a field holds; it holds nothing if it was deleted."""
        try:
            return getattr(value, name)
        except AttributeError:
            pass  # raised inside the handler, the error would keep the object as its context
        return self.fail(f"the field {name} was deleted")

    def word(self, combinator: Combinator, word: str, value: TLObject) -> int:
        """The flag word, computed from the present fields."""
        bits = 0
        for f in combinator.announced[word]:
            given = self.given(value, field_name(f.name))
            if f.is_true and not isinstance(given, bool):
                self.path[-1] = field_name(f.name)
                self.wrong("True or False", given)
            if given is True if f.is_true else given is not None:
                bits |= 1 << f.bit
        return bits

    def reject_partial(self, combinator: Combinator, value: TLObject) -> None:
        """Fields that share a bit are all present or all absent (TL10)."""
        for group in combinator.groups:
            absent = [self.given(value, field_name(f.name)) is (False if f.is_true else None) for f in group]
            if any(absent) and not all(absent):
                names = ", ".join(field_name(f.name) for f in group)
                self.fail(f"{names} share {group[0].word}.{group[0].bit}: all of them or none")
