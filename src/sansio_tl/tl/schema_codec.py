"""The codec of one schema: in C where that is installed, in Python else.

`encode`, `decode`, `encode_result` and `decode_result` are attributes, so that a caller calls the compiled codec and
nothing in between. Everything else is the interpreting codec's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar, overload

from sansio_tl.limits import Limits
from sansio_tl.tl import implementation
from sansio_tl.tl.errors import DecodeError
from sansio_tl.tl.objects import Function, TLObject, Unknown
from sansio_tl.tl.pure_codec import DEFAULT_LIMITS, LONE_BOOL, Buffer, PureCodec, as_bytes
from sansio_tl.tl.tables import Tables

if TYPE_CHECKING:
    from sansio_tl.tl.interpreted_decoder import TraceEntry
    from sansio_tl.tl.model import Type
    from sansio_tl.tl.registry import Registry

R = TypeVar("R")


class Encode(Protocol):
    """`encode`."""

    def __call__(self, value: TLObject) -> bytes: ...


class Decode(Protocol):
    """`decode`."""

    def __call__(self, data: Buffer, limits: Limits = ...) -> TLObject: ...


class EncodeResult(Protocol):
    """`encode_result`."""

    def __call__(self, function: Function[Any] | type[Function[Any]], value: object) -> bytes: ...


class DecodeResult(Protocol):
    """`decode_result`."""

    @overload
    def __call__(self, function: Function[R], data: Buffer, limits: Limits = ..., *, start: int = 0) -> R: ...
    @overload
    def __call__(self, function: type[Function[R]], data: Buffer, limits: Limits = ..., *, start: int = 0) -> R: ...


class SchemaCodec:
    """Encodes and decodes the values of a schema, given its tables and, for the interpreting codec, its
    declarations.
    """

    def __init__(self, tables: Tables, registry: Registry) -> None:
        self.tables = tables
        self.registry = registry
        self.pure = PureCodec(tables, registry)
        """The codec in Python. The compiled one leaves to it what is unusual."""
        codec = self.pure if implementation.Walker is None else implementation.compiled(self.pure)
        self.encode: Encode = codec.encode
        self.decode: Decode = codec.decode
        self.encode_result: EncodeResult = codec.encode_result
        self.decode_result: DecodeResult = codec.decode_result

    def decode_prefix(self, data: Buffer, limits: Limits = DEFAULT_LIMITS) -> tuple[TLObject, int]:
        """The boxed value at the beginning of `data` and its size in bytes, whatever follows. Raises DecodeError."""
        from sansio_tl.tl.interpreted_decoder import InterpretedDecoder
        from sansio_tl.tl.model import AnyType

        reader = InterpretedDecoder(as_bytes(data), self.registry, limits)
        value = reader.first(AnyType())
        if isinstance(value, TLObject):
            return value, reader.at
        raise DecodeError("TL9", f"found {LONE_BOOL}", offset=0, path="input")

    def result_type(self, function: Function[Any] | type[Function[Any]]) -> Type:
        """The result type of a function: that of the innermost query, if functions are nested."""
        return self.pure.result_type(function)

    def trace(self, data: Buffer, kind: Type | None = None, limits: Limits = DEFAULT_LIMITS) -> list[TraceEntry]:
        """A description of each piece of `data`, in order. Raises DecodeError like `decode`."""
        steps: list[TraceEntry] = []
        self.pure.read(kind, as_bytes(data), limits, steps)
        return steps

    def to_json(self, value: TLObject, indent: int | None = None) -> str:
        """A value as JSON text without loss, secrets included: `_` names the constructor, bytes are base64.

        Raises EncodeError.
        """
        from sansio_tl.tl.json_codec import to_json

        return to_json(value, self.registry, indent)

    def from_json(self, text: str | bytes) -> TLObject:
        """The value of a text that `to_json` wrote. Raises EncodeError, which names the invalid field."""
        from sansio_tl.tl.json_codec import from_json

        return from_json(text, self.registry)


__all__ = ["SchemaCodec", "Unknown"]
