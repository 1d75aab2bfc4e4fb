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

if TYPE_CHECKING:
    from typing import dataclass_transform

    from msgspec import StructMeta

R_co = TypeVar("R_co", covariant=True)
X = TypeVar("X")
"""The result type of a query that another function carries (``{X:Type} query:!X = X``)."""


class TLObject(Struct, frozen=True, gc=False):
    """A value of some TL constructor or function.

    The repr omits fields at their defaults and masks secrets (codes, keys, phone numbers ...): it may be logged.

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
        cls = type(self)
        secret = cls.SECRET
        shown = []
        fields = cls.__struct_fields__
        first_default = len(fields) - len(cls.__struct_defaults__)
        for index, name in enumerate(fields):
            value = getattr(self, name)
            if index >= first_default and value is cls.__struct_defaults__[index - first_default]:
                continue
            shown.append(f"{name}={'***' if name in secret and value is not None else repr(value)}")
        return f"{cls.__name__}({', '.join(shown)})"


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
        return f"Unknown(id=0x{self.id:08x}, data=<{len(self.data)} bytes>)"


class LazyModule:
    """A module for annotations, imported when one of them is evaluated, as by `inspect.signature`."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> object:
        return getattr(import_module(self._module), name)


Value = Any
"""A decoded field: int, float, str, bytes, bool, list or TLObject. The codec is checked by tests, not by types."""

__all__ = ["UNSET", "Function", "LazyModule", "TLObject", "Unknown", "Value", "X"]
