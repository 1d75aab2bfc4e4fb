"""TL declarations as data.

A *combinator* is one line of a schema: a constructor of a type, or a function. Its fields have types; a type is boxed
(written with the id of one of its constructors), bare (one constructor, no id), a vector, or built in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from sansio_tl.tl.constants import FIXED


@dataclass(frozen=True, slots=True)
class Builtin:
    """int, long, double, int128, int256, string, bytes, `#` (nat), true (present or not), Bool."""

    name: str


@dataclass(frozen=True, slots=True)
class Boxed:
    """Any constructor of the type, announced by its id."""

    type: str


@dataclass(frozen=True, slots=True)
class Bare:
    """One known constructor, without its id."""

    constructor: str


@dataclass(frozen=True, slots=True)
class SingleConstructorType:
    """`%Type`: the only constructor of the type, without its id. `resolve` turns it into `Bare`."""

    type: str


@dataclass(frozen=True, slots=True)
class Vector:
    """`Vector<item>` with the id 1cb5c415, or bare `vector<item>`: a count, then the items."""

    item: Type
    boxed: bool


@dataclass(frozen=True, slots=True)
class AnyType:
    """`Object`: a boxed value of any type."""


@dataclass(frozen=True, slots=True)
class TypeVariable:
    """A type variable of the declaration: `!X` as the type of a field (a query with result X), `X` as the result."""

    name: str


Type: TypeAlias = Builtin | Boxed | Bare | SingleConstructorType | Vector | AnyType | TypeVariable


def as_tl(kind: Type) -> str:
    """A type, in TL."""
    match kind:
        case Builtin(name) | Boxed(name) | Bare(name) | TypeVariable(name):
            return name
        case Vector(item, boxed):
            return f"{'Vector' if boxed else 'vector'}<{as_tl(item)}>"
        case AnyType():
            return "Object"
        case _:
            raise TypeError(kind)


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `word` and `bit` name the flag of an optional one."""

    name: str
    type: Type
    word: str | None = None
    bit: int = 0

    @property
    def is_word(self) -> bool:
        """A flag word: computed when encoded, not a field of the value."""
        return self.type == Builtin("#")

    @property
    def is_true(self) -> bool:
        """A `flags.N?true`: the bit itself is the value."""
        return self.word is not None and self.type == Builtin("true")

    @property
    def holds_text(self) -> bool:
        """Strings or bytes, alone or in vectors: possible secrets."""
        kind = self.type
        while isinstance(kind, Vector):
            kind = kind.item
        return isinstance(kind, Builtin) and kind.name in ("string", "bytes", "int128", "int256")


@dataclass(frozen=True)
class Combinator:
    """One declaration."""

    name: str
    id: int
    fields: tuple[Field, ...]
    result: Type
    is_function: bool
    text: str
    """The declaration as one line of TL."""
    declared_id: int | None
    crc: int
    line: int
    variables: tuple[str, ...]

    @cached_property
    def required(self) -> tuple[Field, ...]:
        """The required fields of the value, in order."""
        return tuple(f for f in self.fields if f.word is None and not f.is_word)

    @cached_property
    def optional(self) -> tuple[Field, ...]:
        """The optional fields of the value, in order."""
        return tuple(f for f in self.fields if f.word is not None)

    @cached_property
    def values(self) -> tuple[Field, ...]:
        """The fields of the value in the order of its class: required, then optional."""
        return self.required + self.optional

    @cached_property
    def announced(self) -> dict[str, tuple[Field, ...]]:
        """Every flag word -> the fields that belong to its bits, in order."""
        announced: dict[str, list[Field]] = {f.name: [] for f in self.fields if f.is_word}
        for f in self.optional:
            announced[f.word or ""].append(f)
        return {word: tuple(fields) for word, fields in announced.items()}

    @cached_property
    def groups(self) -> tuple[tuple[Field, ...], ...]:
        """Fields that share one bit with others: all present or none."""
        shared: dict[tuple[str | None, int], list[Field]] = {}
        for f in self.optional:
            shared.setdefault((f.word, f.bit), []).append(f)
        return tuple(tuple(group) for group in shared.values() if len(group) > 1)


class LeastSizes:
    """The least number of bytes of a value of each type, which bounds the count of a vector (TL1).

    Each constructor is processed once, however often others contain it bare. `constructor` returns one by its name.
    """

    def __init__(self, constructor: Callable[[str], Combinator | None]) -> None:
        self._constructor = constructor
        self._known: dict[str, int] = {}

    def of(self, kind: Type) -> int:
        """A boxed value has at least its id, a bare one its required fields."""
        match kind:
            case Builtin(name):
                return FIXED.get(name, 4)
            case Vector(_, boxed):
                return 8 if boxed else 4
            case Bare(name):
                if name not in self._known:
                    found = self._constructor(name)
                    fields = () if found is None else found.fields
                    self._known[name] = sum(self.of(f.type) for f in fields if f.word is None)
                return self._known[name]
            case _:
                return 4


@dataclass(frozen=True)
class Declarations:
    """The declarations of one schema text, or of several."""

    combinators: tuple[Combinator, ...]
    layer: int | None = None

    @cached_property
    def constructors(self) -> tuple[Combinator, ...]:
        return tuple(c for c in self.combinators if not c.is_function)

    @cached_property
    def functions(self) -> tuple[Combinator, ...]:
        return tuple(c for c in self.combinators if c.is_function)

    @cached_property
    def members(self) -> dict[str, tuple[Combinator, ...]]:
        """The constructors of each boxed type."""
        members: dict[str, list[Combinator]] = {}
        for c in self.constructors:
            if isinstance(c.result, Boxed):
                members.setdefault(c.result.type, []).append(c)
        return {name: tuple(of) for name, of in members.items()}

    @cached_property
    def constructor(self) -> dict[str, Combinator]:
        return {c.name: c for c in self.constructors}

    @cached_property
    def bare(self) -> frozenset[str]:
        """The names of the constructors that are used somewhere without their id."""

        def names(kind: Type) -> set[str]:
            if isinstance(kind, Vector):
                return names(kind.item)
            return {kind.constructor} if isinstance(kind, Bare) else set()

        return frozenset().union(*(names(f.type) for c in self.combinators for f in c.fields))

    @cached_property
    def sizes(self) -> LeastSizes:
        return LeastSizes(self.constructor.get)

    @cached_property
    def by_id(self) -> dict[int, Combinator]:
        """The declaration of each id.

        Some schema texts declare an id twice, in full and as an alias that lacks the last fields: the fullest one is
        used.
        """
        by_id: dict[int, Combinator] = {}
        for c in self.combinators:
            if c.id not in by_id or len(c.fields) > len(by_id[c.id].fields):
                by_id[c.id] = c
        return by_id

    def __add__(self, other: Declarations) -> Declarations:
        return Declarations(self.combinators + other.combinators, self.layer or other.layer)
