"""The tables of the compiled codec: each constructor is described to it when it is met for the first time."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from sansio_tl.tl.constants import FIXED
from sansio_tl.tl.gzip_packed import GZIP_PACKED
from sansio_tl.tl.model import AnyType, Bare, Boxed, Builtin, Combinator, Field, LeastSizes, Type, TypeVariable, Vector
from sansio_tl.tl.naming import field_name
from sansio_tl.tl.pure_codec import DEFAULT_LIMITS, PureCodec, unpack

if TYPE_CHECKING:
    from sansio_tl.tl._walker import Walker
    from sansio_tl.tl.registry import Entry

TypeSpec: TypeAlias = tuple[int, int, int, str | None, "TypeSpec | None"]
"""A type as the extension takes it: operation, number, least bytes of an item, name, type of the items."""

# The operations, as `_walker.c` numbers them.
_SIMPLE = {"int": 0, "long": 1, "double": 2, "string": 3, "bytes": 4, "Bool": 5}
_RAW, _BOXED, _BARE, _VECTOR = 6, 7, 8, 9
_NO_TYPE = -1
"""The number of the type of a function: no field has it."""
_LARGEST = 1 << 62


def compile_codec(walker: type[Walker], pure: PureCodec) -> Walker:
    """The compiled codec of the schema that `pure` is for."""
    tables = TableBuilder(pure)
    tables.walker = made = walker(pure, tables, unpack, DEFAULT_LIMITS)
    return made


class TableBuilder:
    """Describes the constructors of a schema; called by the extension."""

    walker: Walker

    def __init__(self, pure: PureCodec) -> None:
        self._pure = pure
        self._registry = pure.registry
        self._sizes = LeastSizes(self._combinator)
        self._numbers: dict[str, int] = {}
        """Boxed types are numbered from 1 in the order in which they are met. 0 is any of them."""
        self._constructors: dict[type, int] = {}
        self._types: dict[Type, int] = {}
        self.refused: dict[str, str] = {}
        """Why the extension did not take a constructor. The codec in Python has it."""

    def constructor_of(self, key: int | str | type) -> int:
        """The index of the constructor with this id, name or class; -1 if the compiled codec does not have it."""
        if isinstance(key, int):
            # gzip_packed stands for what is inside: the interpreting codec unpacks it.
            entry = None if key == GZIP_PACKED else self._registry.by_id(key)
        elif isinstance(key, str):
            entry = self._registry.by_name(key)
        else:
            entry = self._registry.by_class(key)
        if entry is None:
            return -1
        index = self._constructors.get(entry.cls)
        if index is None:
            try:
                index = self._add(entry)
            except (KeyError, TypeError, ValueError, OverflowError) as error:
                self.refused[entry.combinator.name] = repr(error)
                index = -1
            self._constructors[entry.cls] = index
        return index

    def result_of(self, function: object) -> int:
        """The index of a function's result type."""
        kind = self._pure.result_type(function)  # type: ignore[arg-type]
        index = self._types.get(kind)
        if index is None:
            index = self._types[kind] = self.walker.add_type(self._spec(kind))
        if not self._pure.is_generic(function):  # type: ignore[arg-type]
            self.walker.set_result(function if isinstance(function, type) else type(function), index)
        return index

    def _add(self, entry: Entry) -> int:
        combinator, cls, nested = entry
        if hasattr(cls, "__post_init__"):
            raise TypeError("objects are made without calling __post_init__")
        words = {name: index for index, name in enumerate(combinator.announced)}
        fields = tuple(self._field(f, words) for f in combinator.fields)
        return self.walker.add_constructor(
            cls, combinator.id, self._type_number(combinator), nested, len(words), fields
        )

    def _type_number(self, combinator: Combinator) -> int:
        if combinator.is_function or not isinstance(combinator.result, Boxed):
            return _NO_TYPE
        return self._number(combinator.result.type)

    def _number(self, type_name: str) -> int:
        return self._numbers.setdefault(type_name, len(self._numbers) + 1)

    def _field(self, f: Field, words: dict[str, int]) -> tuple[str | None, int, int, TypeSpec | None]:
        """A field as the extension takes it: slot (None: a flag word), flag word, bit, type (None: a `true`)."""
        if f.is_word:
            if f.word is not None:
                raise ValueError("a flag word behind a flag")
            return None, words[f.name], 0, None
        word, mask = (0, 0) if f.word is None else (words[f.word], 1 << f.bit)
        return field_name(f.name), word, mask, None if f.is_true else self._spec(f.type)

    def _spec(self, kind: Type) -> TypeSpec:
        match kind:
            case Builtin("int128" | "int256" as name):
                return _RAW, FIXED[name], 0, None, None
            case Builtin(name):
                return _SIMPLE[name], 0, 0, None, None
            case Vector(item, boxed):
                return _VECTOR, int(boxed), min(self._sizes.of(item), _LARGEST), None, self._spec(item)
            case Bare(name):
                return _BARE, 0, 0, name, None
            case Boxed(name):
                return _BOXED, self._number(name), 0, None, None
            case AnyType() | TypeVariable():
                return _BOXED, 0, 0, None, None
            case _:
                raise TypeError(kind)

    def _combinator(self, name: str) -> Combinator | None:
        entry = self._registry.by_name(name)
        return None if entry is None else entry.combinator
