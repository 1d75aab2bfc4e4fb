"""The interpreting decoder: bytes to values, directly from the declarations, field by field.

It defines the meaning of the bytes. The generated functions are faster and must agree with it; when they fail for any
reason, the interpreting decoder decodes the same input again and either returns a value (strings that are not UTF-8,
packed values inside values) or reports what is wrong, where, and in which field.
"""

from __future__ import annotations

import struct
from typing import Any, NamedTuple, NoReturn

from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.limits import Limits
from sansio_tl.reprs import rich_repr
from sansio_tl.tl.constants import BOOL, FIXED, LAYOUT, VECTOR
from sansio_tl.tl.errors import DecodeError, UnknownConstructorError
from sansio_tl.tl.gzip_packed import GZIP_PACKED, inflate
from sansio_tl.tl.model import AnyType, Bare, Boxed, Builtin, Combinator, LeastSizes, Type, TypeVariable, Vector, as_tl
from sansio_tl.tl.naming import field_name
from sansio_tl.tl.objects import Unknown
from sansio_tl.tl.registry import Entry, Registry

PACKED = "gzip_packed"
_GZIP_KEY = GZIP_PACKED.to_bytes(4, "little")


class TraceEntry(NamedTuple):
    """One piece of the input, as decoded."""

    offset: int
    length: int
    level: int
    """The number of values that enclose it."""
    label: str
    """The field, or another label: a constructor, a count, a flag word."""
    kind: str
    """Its type, in TL."""
    value: object
    secret: bool

    def __repr__(self) -> str:
        value = "***" if self.secret else repr(self.value)
        return f"TraceEntry({self.offset}, {self.length}, {self.level}, {self.label!r}, {self.kind!r}, {value})"

    def __rich_repr__(self) -> list[Any]:
        return rich_repr(self)


class InterpretedDecoder:
    """Decodes one input. `trace`, if given, receives a `TraceEntry` for every piece."""

    def __init__(self, data: bytes, registry: Registry, limits: Limits, trace: list[TraceEntry] | None = None) -> None:
        self.data = data
        self.registry = registry
        self.sizes = LeastSizes(self._constructor)
        self.limits = limits
        self.trace = trace
        self.at = 0
        self.path: list[str] = []
        self.level = 0
        self.inflatable = limits.max_inflated_size
        self.objects_left = limits.max_objects
        self.secret = False

    def whole(self, kind: Type) -> Any:
        """The value of `kind` that fills the input from here to its end."""
        value = self.first(kind, tail=True)
        self.ends()
        return value

    def first(self, kind: Type, *, tail: bool = False) -> Any:
        """The value of `kind` that begins here; `tail` means that nothing may follow it."""
        try:
            return self.root(kind, self.limits.max_depth, tail=tail)
        except RecursionError:
            raise DecodeError("TL4", "nested too deep", offset=self.at, path=self.where()) from None

    def ends(self) -> None:
        """Nothing may follow a value."""
        if self.at != len(self.data):
            self.fail("TL9", f"{len(self.data) - self.at} bytes are left over")

    # Errors

    def where(self) -> str:
        return " > ".join(self.path) or "input"

    def fail(self, check: str, message: str, at: int | None = None) -> NoReturn:
        raise DecodeError(check, message, offset=self.at if at is None else at, path=self.where())

    def take(self, size: int, what: str, check: str = "TL9") -> bytes:
        """The next `size` bytes."""
        if size > len(self.data) - self.at:
            self.fail(check, f"expected {what} of {size} bytes, found {len(self.data) - self.at}")
        self.at += size
        return self.data[self.at - size : self.at]

    def note(self, start: int, label: str, kind: str, value: object) -> None:
        if self.trace is not None:
            self.trace.append(TraceEntry(start, self.at - start, self.level, label, kind, value, self.secret))

    def spend(self, objects: int) -> None:
        """Count objects that are about to be read."""
        self.objects_left -= objects
        if self.objects_left < 0:
            self.fail("TL9", f"more than {self.limits.max_objects} objects")

    # Values

    def root(self, kind: Type, depth: int, *, tail: bool) -> Any:
        """A value that no other one encloses: it may be packed, whatever its type (TL8)."""
        if self.data[self.at : self.at + 4] == _GZIP_KEY:
            self.at += 4
            return self.packed(kind, depth)
        return self.value(kind, depth, tail)

    def value(self, kind: Type, depth: int, tail: bool = False) -> Any:
        """A value of `kind`. `tail` means that nothing follows it in the input."""
        match kind:
            case Builtin(name):
                return self.builtin(name)
            case Vector():
                return self.vector(kind, depth)
            case Bare(name):
                entry = self.registry.by_name(name)
                if entry is None:
                    self.fail("TL3", f"the schema has no constructor {name}")
                return self.fields(entry, depth, tail)
            case Boxed() | AnyType() | TypeVariable():
                return self.boxed(kind, depth, tail)
            case _:
                raise TypeError(kind)

    def builtin(self, name: str) -> Any:
        start = self.at
        value: Any
        if name in ("string", "bytes"):
            value = self.string(name)
        elif name == "Bool":
            raw = self.take(4, "Bool")
            if raw not in BOOL:
                self.fail("TL5", f"expected Bool, found constructor {_hex(raw)}", start)
            value = BOOL[raw]
        else:
            raw = self.take(FIXED[name], name)
            value = struct.unpack("<" + LAYOUT[name], raw)[0]
        self.note(start, self.path[-1] if self.path else name, name, value)
        return value

    def string(self, name: str) -> str | bytes:
        """A length in 1 or 4 bytes, the bytes, and zeros up to a multiple of 4 (TL2)."""
        start = self.at
        size = self.take(1, name, "TL2")[0]
        head = 1
        if size == 255:
            self.fail("TL2", f"a {name} cannot begin with ff", start)
        if size == 254:
            size, head = int.from_bytes(self.take(3, f"the length of a {name}", "TL2"), "little"), 4
        data = self.take(size, name, "TL2")
        self.take(-(head + size) % 4, "padding", "TL2")
        # Servers may cut a text inside a character: the bytes of the rest are kept as surrogates.
        return data if name == "bytes" else data.decode("utf-8", "surrogateescape")

    def vector(self, kind: Vector, depth: int) -> list[Any]:
        start = self.at
        if kind.boxed:
            raw = self.take(4, as_tl(kind))
            if int.from_bytes(raw, "little") != VECTOR:
                self.fail("TL9", f"expected {as_tl(kind)}, found constructor {_hex(raw)}", start)
        count = int.from_bytes(self.take(4, "the count of a vector"), "little")
        least = self.sizes.of(kind.item)
        if count * least > len(self.data) - self.at:
            left = len(self.data) - self.at
            self.fail("TL1", f"{count} items of at least {least} bytes cannot be in {left} bytes", self.at - 4)
        self.spend(count)
        label = self.path.pop() if self.path else ""
        self.note(start, label, as_tl(kind), count)
        items = []
        self.level += 1
        for index in range(count):
            self.path.append(f"{label}[{index}]")
            items.append(self.value(kind.item, depth))
            self.path.pop()
        self.level -= 1
        if label:
            self.path.append(label)
        return items

    def _constructor(self, name: str) -> Combinator | None:
        entry = self.registry.by_name(name)
        return None if entry is None else entry.combinator

    def boxed(self, kind: Type, depth: int, tail: bool) -> Any:
        """A constructor id, then its fields. Only members of the type are allowed."""
        start = self.at
        raw = self.take(4, as_tl(kind))
        number = int.from_bytes(raw, "little")
        anything = not isinstance(kind, Boxed)
        if anything and number == GZIP_PACKED:
            return self.packed(kind, depth)
        if anything and raw in BOOL:
            self.note(start, self.path[-1] if self.path else "Bool", "Bool", BOOL[raw])
            return BOOL[raw]
        entry = self.registry.by_id(number)
        if entry is None:
            return self.unknown(kind, number, start, tail)
        if isinstance(kind, Boxed) and (entry.combinator.is_function or entry.combinator.result != kind):
            self.fail("TL9", f"expected {kind.type}, found {entry.combinator.name}", start)
        self.note(start, self.path[-1] if self.path else "", as_tl(kind), entry.cls)
        return self.fields(entry, depth, tail)

    def unknown(self, kind: Type, number: int, start: int, tail: bool) -> Unknown:
        """An id that the schema does not have (TL3): kept if it fills the rest of the input, else an error."""
        message = f"expected {as_tl(kind)}, found unknown constructor {number:08x}"
        unknown = Unknown(number, self.data[self.at :]) if tail else None
        if unknown is None or isinstance(kind, Boxed):
            raise UnknownConstructorError(message, offset=start, path=self.where(), unknown=unknown)
        self.at = len(self.data)
        self.note(start, self.path[-1] if self.path else "", as_tl(kind), unknown)
        return unknown

    def packed(self, kind: Type, depth: int) -> Any:
        """gzip_packed (TL8): the value is inside. All inflated output of one input shares one limit (MS15)."""
        if not depth:
            self.fail("TL4", f"nested deeper than {self.limits.max_depth} levels")
        start = self.at
        data = self.string("bytes")
        try:
            inner = inflate(bytes(data), self.inflatable, self.limits.max_inflate_ratio)  # type: ignore[arg-type]
        except RemoteProtocolError as error:
            self.fail("MS15", str(error).partition(": ")[2], start)
        self.inflatable -= len(inner)
        self.note(start - 4, self.path[-1] if self.path else "", "gzip_packed", len(inner))
        outer, resume = self.data, self.at
        self.data, self.at = inner, 0
        self.path.append(PACKED)
        self.level += 1
        value = self.root(kind, depth - 1, tail=True)
        self.ends()
        self.level -= 1
        self.path.pop()
        self.data, self.at = outer, resume
        return value

    def fields(self, entry: Entry, depth: int, tail: bool) -> Any:
        """The fields of a constructor, without its id."""
        self.spend(1)
        combinator, cls, nested = entry
        outermost = not self.path or self.path[-1] == PACKED
        if outermost:
            self.path.append(combinator.name)
        if nested:
            if not depth:
                self.fail("TL4", f"nested deeper than {self.limits.max_depth} levels")
            depth -= 1
        words: dict[str, int] = {}
        values: dict[str, Any] = {}
        self.level += 1
        for f in combinator.fields:
            self.path.append(field_name(f.name))
            if f.is_word:
                words[f.name] = self.builtin("#")
            elif f.word is not None and not words[f.word] >> f.bit & 1:
                values[f.name] = False if f.is_true else None
            elif f.is_true:
                values[f.name] = True
            else:
                outside, self.secret = self.secret, self.secret or self.path[-1] in cls.SECRET
                values[f.name] = self.value(f.type, depth, tail and f is combinator.fields[-1])
                self.secret = outside
            self.path.pop()
        self.level -= 1
        if outermost:
            self.path.pop()
        return cls(*[values[f.name] for f in combinator.values])


def _hex(raw: bytes) -> str:
    return f"{int.from_bytes(raw, 'little'):08x}"
