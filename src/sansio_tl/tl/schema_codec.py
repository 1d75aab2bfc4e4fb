"""The codec of one schema: the fast functions first, the interpreting codec when they fail.

The fast path is optimistic. After any exception in it, and if it does not end at the end of the input, the interpreting
codec processes the same input and decides: it returns the value or reports what is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, overload

from sansio_tl.errors.protocol import LocalProtocolError
from sansio_tl.limits import Limits
from sansio_tl.tl.errors import DecodeError, EncodeError
from sansio_tl.tl.gzip_packed import GZIP_PACKED, inflate
from sansio_tl.tl.objects import Function, TLObject, Unknown
from sansio_tl.tl.runtime import FastPathError, get_bytes
from sansio_tl.tl.tables import ANYTHING, DecoderTable, Tables

if TYPE_CHECKING:
    from sansio_tl.tl.interpreted_decoder import TraceEntry
    from sansio_tl.tl.model import Type
    from sansio_tl.tl.registry import Registry

R = TypeVar("R")
Buffer: TypeAlias = bytes | bytearray | memoryview
_LIMITS = Limits()
_LONE_BOOL = "a Bool, which is allowed only where its type is declared"
_GZIP_KEY = GZIP_PACKED.to_bytes(4, "little")


class SchemaCodec:
    """Encodes and decodes the values of a schema, given its tables and, for the interpreting codec, its
    declarations.
    """

    def __init__(self, tables: Tables, registry: Registry) -> None:
        self.tables = tables
        self.registry = registry
        self._decoders = tables.decoders(ANYTHING)
        self._encoders = tables.encoders(ANYTHING)
        self._results: dict[type, DecoderTable] = {}
        """The decoder of a function's result by its class, if it does not depend on the function's fields."""

    def encode(self, value: TLObject) -> bytes:
        """The bytes of a boxed value. Raises EncodeError, which names the invalid field (TL10)."""
        parts: list[bytes] = []
        try:
            self._encoders[type(value)](value, parts.append)
            return b"".join(parts)
        except Exception:  # noqa: BLE001, S110  the interpreting encoder decides
            pass  # called outside the handler, so that its error keeps no context, which may hold a secret
        return self._write(None, value)

    def decode(self, data: Buffer, limits: Limits = _LIMITS) -> TLObject:
        """The boxed value in `data`, unpacked if it is packed.

        A constructor that the schema lacks is returned as `Unknown`. Raises DecodeError.
        """
        if type(data) is not bytes:
            data = _bytes(data)
        try:
            inner, depth = _unpack(data, limits) if data[:4] == _GZIP_KEY else (data, limits.max_depth)
            value, end = self._decoders[inner[:4]](inner, 4, depth)
            if end == len(inner):
                return value  # type: ignore[no-any-return]
        except Exception:  # noqa: BLE001, S110  the interpreting decoder decides
            pass
        value = self._read(None, data, limits)
        if isinstance(value, TLObject):
            return value
        raise DecodeError("TL9", f"found {_LONE_BOOL}", offset=0, path="input")

    def decode_prefix(self, data: Buffer, limits: Limits = _LIMITS) -> tuple[TLObject, int]:
        """The boxed value at the beginning of `data` and its size in bytes, whatever follows. Raises DecodeError."""
        from sansio_tl.tl.interpreted_decoder import InterpretedDecoder
        from sansio_tl.tl.model import AnyType

        reader = InterpretedDecoder(_bytes(data), self.registry, limits)
        value = reader.first(AnyType())
        if isinstance(value, TLObject):
            return value, reader.at
        raise DecodeError("TL9", f"found {_LONE_BOOL}", offset=0, path="input")

    @overload
    def decode_result(self, function: Function[R], data: Buffer, limits: Limits = ..., *, start: int = 0) -> R: ...
    @overload
    def decode_result(
        self, function: type[Function[R]], data: Buffer, limits: Limits = ..., *, start: int = 0
    ) -> R: ...
    def decode_result(self, function: Any, data: Buffer, limits: Limits = _LIMITS, *, start: int = 0) -> Any:
        """The answer to `function`, unpacked if it is packed. Generic functions have their query's type.

        It begins at `start` and fills the rest of `data`; offsets in errors count from there.

        Raises DecodeError; UnknownConstructorError (TL3) keeps the bytes of the unknown constructor.
        """
        if type(data) is not bytes:
            data = _bytes(data)
        decoders = self._results.get(type(function)) or self._result_decoders(function)
        if decoders is not None:
            try:
                key, at, depth = data[start : start + 4], start + 4, limits.max_depth
                inner = data
                if key == _GZIP_KEY:
                    inner, depth = _unpack(data[start:], limits)
                    key, at = inner[:4], 4
                value, end = decoders[key](inner, at, depth)
                if end == len(inner):
                    return value
            except Exception:  # noqa: BLE001, S110  the interpreting decoder decides
                pass
        return self._read(self.result_type(function), data[start:], limits)

    def encode_result(self, function: Function[Any] | type[Function[Any]], value: object) -> bytes:
        """The bytes of a result of `function`: the inverse of `decode_result`. Raises EncodeError."""
        kind = self.result_type(function)
        name = getattr(kind, "type", None)
        if name is not None:
            parts: list[bytes] = []
            try:
                self.tables.encoders(name)[type(value)](value, parts.append)
                return b"".join(parts)
            except Exception:  # noqa: BLE001, S110  the interpreting encoder decides
                pass
        return self._write(kind, value)

    def result_type(self, function: Function[Any] | type[Function[Any]]) -> Type:
        """The result type of a function: that of the innermost query, if functions are nested."""
        from sansio_tl.tl.model import AnyType, TypeVariable

        while True:
            entry = self.registry.by_class(function if isinstance(function, type) else type(function))
            if entry is None or not entry.combinator.is_function:
                raise LocalProtocolError(f"{function!r} is no function of this schema")
            result = entry.combinator.result
            if not isinstance(result, TypeVariable):
                return result
            queries = [f.name for f in entry.combinator.fields if f.type == result]
            if isinstance(function, type) or not queries:
                return AnyType()
            function = getattr(function, queries[-1])

    def trace(self, data: Buffer, kind: Type | None = None, limits: Limits = _LIMITS) -> list[TraceEntry]:
        """A description of each piece of `data`, in order. Raises DecodeError like `decode`."""
        steps: list[TraceEntry] = []
        self._read(kind, _bytes(data), limits, steps)
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

    def _result_decoders(self, function: Any) -> DecoderTable | None:
        """The decoder of a function's result; None if that is no boxed value."""
        name = getattr(self.result_type(function), "type", None)
        if name is None:
            return None
        decoders = self.tables.decoders(name)
        if not isinstance(function, type) and self.result_type(type(function)) == self.result_type(function):
            self._results[type(function)] = decoders
        return decoders

    # The interpreting codec

    def _read(self, kind: Type | None, data: bytes, limits: Limits, trace: list[TraceEntry] | None = None) -> Any:
        from sansio_tl.tl.interpreted_decoder import InterpretedDecoder
        from sansio_tl.tl.model import AnyType

        return InterpretedDecoder(data, self.registry, limits, trace).whole(AnyType() if kind is None else kind)

    def _write(self, kind: Type | None, value: object) -> bytes:
        from sansio_tl.tl.interpreted_encoder import InterpretedEncoder
        from sansio_tl.tl.model import AnyType

        if kind is None and isinstance(value, bool):
            raise EncodeError(f"expected a TL value, found {_LONE_BOOL}", "value")
        return InterpretedEncoder(self.registry).whole(AnyType() if kind is None else kind, value)


def _bytes(data: object) -> bytes:
    """Any buffer as bytes."""
    if isinstance(data, bytes):
        return data
    if isinstance(data, bytearray | memoryview):
        return bytes(data)
    raise LocalProtocolError(f"expected bytes, found {type(data).__name__}")


def _unpack(data: bytes, limits: Limits) -> tuple[bytes, int]:
    """The content of gzip_packed (TL8), however often it was packed, and the remaining depth (MS15, TL4)."""
    depth, inflatable = limits.max_depth, limits.max_inflated_size
    while data[:4] == _GZIP_KEY:
        packed, end = get_bytes(data, 4)
        if end != len(data) or not depth:
            raise FastPathError
        data = inflate(packed, inflatable, limits.max_inflate_ratio)
        inflatable -= len(data)
        depth -= 1
    return data, depth


__all__ = ["SchemaCodec", "Unknown"]
