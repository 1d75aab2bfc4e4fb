"""The base classes of TL values: frozen records of their fields.

`TLObject` is the base of all constructors and functions, `Function[R]` of functions with the result type R. The classes
themselves are generated (`sansio_tl.types`, `sansio_tl.functions`) or made at run time (`Schema.parse`). Their base
`msgspec.Struct` provides construction, equality, hashing and positional patterns; `gc=False` is right because TL values
are trees, and saves the garbage collector from visiting each of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from msgspec import UNSET, Struct

from sansio_tl.reprs import MASK, rich_repr, safe_repr

if TYPE_CHECKING:
    from typing import dataclass_transform

    from msgspec import StructMeta

R_co = TypeVar("R_co", covariant=True)
X = TypeVar("X")
"""The result type of a query that another function carries (``{X:Type} query:!X = X``)."""


class TLObject(Struct, frozen=True, gc=False):
    """A value of some TL constructor or function.

    The repr omits fields at their defaults and masks secrets (codes, keys, phone numbers ...): it may be logged. rich
    shows the same.

    Raises TypeError (msgspec's) for a missing or an unknown field; its text does not name the class.
    """

    ID: ClassVar[int]
    """The constructor id, an unsigned 32-bit number."""
    NAME: ClassVar[str]
    """The name in the schema, with its namespace: ``auth.sentCode``."""
    TL: ClassVar[str]
    """The declaration in TL."""
    SECRET: ClassVar[tuple[str, ...]] = ()
    """The fields whose values are hidden in reprs and errors."""

    def __repr__(self) -> str:
        shown = [f"{name}={safe_repr(value)}" for name, value in self.__rich_repr__()]
        return f"{type(self).__name__}({', '.join(shown)})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        cls = type(self)
        shown: list[tuple[str, Any]] = []
        fields = cls.__struct_fields__
        first_default = len(fields) - len(cls.__struct_defaults__)
        for index, name in enumerate(fields):
            value = getattr(self, name)
            if index >= first_default and value is cls.__struct_defaults__[index - first_default]:
                continue
            shown.append((name, MASK if name in cls.SECRET and value is not None else value))
        return shown


if TYPE_CHECKING:

    @dataclass_transform(frozen_default=True)
    class _FunctionMeta(StructMeta):
        """Shows the fields to jedi, which finds no dataclass transform behind a generic base class."""

    class Function(TLObject, Generic[R_co], metaclass=_FunctionMeta, frozen=True, gc=False):
        """A request with the result type `R_co`."""

else:

    class Function(TLObject, frozen=True, gc=False):
        """A request with the result type `R`: generic for type checkers, plain at run time."""

        def __class_getitem__(cls, item: object) -> type[Function]:
            return cls


class Unknown(TLObject, frozen=True, gc=False):
    """A boxed value whose constructor the schema does not declare (TL3): its id and the bytes after it, as received."""

    NAME = "unknown"
    TL = ""

    id: int
    data: bytes

    def __repr__(self) -> str:
        number: object = self.id  # of any type: fields are checked when a value is encoded
        data: object = self.data
        number_text = f"0x{number:08x}" if isinstance(number, int) else safe_repr(number)
        data_text = f"{len(data)} bytes" if isinstance(data, bytes) else type(data).__name__
        return f"Unknown(id={number_text}, data=<{data_text}>)"

    def __rich_repr__(self) -> list[Any]:
        return rich_repr(self)


class LazyModule:
    """A module for annotations, imported when one of them is evaluated, as by `inspect.signature`."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> object:
        return getattr(import_module(self._module), name)


Value = Any
"""A decoded field: int, float, str, bytes, bool, list or TLObject. The codec is checked by tests, not by types."""

__all__ = ["UNSET", "Function", "LazyModule", "TLObject", "Unknown", "Value", "X"]
