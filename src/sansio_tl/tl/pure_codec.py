"""The codec in Python: the generated functions first, the interpreting codec when they fail.

The fast path is optimistic. After any exception in it, and if it does not end at the end of the input, the interpreting
codec processes the same input and decides: it returns the value or reports what is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, overload

from sansio_tl.errors.protocol import LocalProtocolError
from sansio_tl.limits import Limits
from sansio_tl.tl.errors import DecodeError, EncodeError
from sansio_tl.tl.gzip_packed import GZIP_PACKED, inflate
from sansio_tl.tl.objects import Function, TLObject
from sansio_tl.tl.result_codec import Results
from sansio_tl.tl.runtime import FastPathError, get_bytes
from sansio_tl.tl.tables import ANYTHING, Decoder, Encoder, Tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sansio_tl.tl.interpreted_decoder import TraceEntry
    from sansio_tl.tl.model import Type
    from sansio_tl.tl.registry import Registry

R = TypeVar("R")
Buffer: TypeAlias = bytes | bytearray | memoryview
DEFAULT_LIMITS = Limits()
LONE_BOOL = "a Bool, which is allowed only where its type is declared"
_GZIP_KEY = GZIP_PACKED.to_bytes(4, "little")


class PureCodec:
    """Encodes and decodes the values of a schema, given its tables and, for the interpreting codec, its
    declarations.
    """

    def __init__(self, tables: Tables, registry: Registry) -> None:
        self.registry = registry
        self.interpreted = 0
        """How many calls the generated functions left to the interpreting codec."""
        self._decoders = tables.decoders(ANYTHING)
        self._encoders = tables.encoders(ANYTHING)
        self._results = Results(tables, registry)
        self._result_decoders: dict[type, Mapping[bytes, Decoder]] = {}
        """How a function's result is decoded, by its class, if that does not depend on the function's fields."""
        self._result_encoders: dict[type, Encoder] = {}

    def encode(self, value: TLObject) -> bytes:
        """The bytes of a boxed value. Raises EncodeError, which names the invalid field (TL10)."""
        parts: list[bytes] = []
        try:
            self._encoders[type(value)](value, parts.append)
            return b"".join(parts)
        except Exception:  # noqa: BLE001, S110  the interpreting encoder decides
            pass  # called outside the handler, so that its error keeps no context, which may hold a secret
        return self._write(None, value)

    def decode(self, data: Buffer, limits: Limits = DEFAULT_LIMITS) -> TLObject:
        """The boxed value in `data`, unpacked if it is packed.

        A constructor that the schema lacks is returned as `Unknown`. Raises DecodeError.
        """
        if type(data) is not bytes:
            data = as_bytes(data)
        try:
            inner, depth = unpack(data, limits) if data[:4] == _GZIP_KEY else (data, limits.max_depth)
            value, end = self._decoders[inner[:4]](inner, 4, depth)
            if end == len(inner):
                return value  # type: ignore[no-any-return]
        except Exception:  # noqa: BLE001, S110  the interpreting decoder decides
            pass
        self.interpreted += 1
        value = self.read(None, data, limits)
        if isinstance(value, TLObject):
            return value
        raise DecodeError("TL9", f"found {LONE_BOOL}", offset=0, path="input")

    @overload
    def decode_result(self, function: Function[R], data: Buffer, limits: Limits = ..., *, start: int = 0) -> R: ...
    @overload
    def decode_result(
        self, function: type[Function[R]], data: Buffer, limits: Limits = ..., *, start: int = 0
    ) -> R: ...
    def decode_result(self, function: Any, data: Buffer, limits: Limits = DEFAULT_LIMITS, *, start: int = 0) -> Any:
        """The answer to `function`, unpacked if it is packed. Generic functions have their query's type.

        It begins at `start` and fills the rest of `data`; offsets in errors count from there.

        Raises DecodeError; UnknownConstructorError (TL3) keeps the bytes of the unknown constructor.
        """
        if type(data) is not bytes:
            data = as_bytes(data)
        cls = function if isinstance(function, type) else type(function)
        decoders = self._result_decoders.get(cls)
        if decoders is None:
            decoders = self._results.decoders(self.result_type(function))
            if not self.is_generic(function):
                self._result_decoders[cls] = decoders
        try:
            key, at, depth = data[start : start + 4], start + 4, limits.max_depth
            inner = data
            if key == _GZIP_KEY:
                inner, depth = unpack(data[start:], limits)
                key, at = inner[:4], 4
            value, end = decoders[key](inner, at, depth)
            if end == len(inner):
                return value
        except Exception:  # noqa: BLE001, S110  the interpreting decoder decides
            pass
        self.interpreted += 1
        return self.read(self.result_type(function), data[start:], limits)

    def encode_result(self, function: Function[Any] | type[Function[Any]], value: object) -> bytes:
        """The bytes of a result of `function`: the inverse of `decode_result`. Raises EncodeError."""
        cls = function if isinstance(function, type) else type(function)
        encoder = self._result_encoders.get(cls)
        if encoder is None:
            encoder = self._results.encoder(self.result_type(function))
            if not self.is_generic(function):
                self._result_encoders[cls] = encoder
        parts: list[bytes] = []
        try:
            encoder(value, parts.append)
            return b"".join(parts)
        except Exception:  # noqa: BLE001, S110  the interpreting encoder decides
            pass
        return self._write(self.result_type(function), value)

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

    def is_generic(self, function: Function[Any] | type[Function[Any]]) -> bool:
        """Whether the result type of a function depends on its query."""
        from sansio_tl.tl.model import TypeVariable

        entry = self.registry.by_class(function if isinstance(function, type) else type(function))
        return entry is not None and isinstance(entry.combinator.result, TypeVariable)

    # The interpreting codec

    def read(self, kind: Type | None, data: bytes, limits: Limits, trace: list[TraceEntry] | None = None) -> Any:
        """What the interpreting decoder makes of `data`; None: any boxed value."""
        from sansio_tl.tl.interpreted_decoder import InterpretedDecoder
        from sansio_tl.tl.model import AnyType

        return InterpretedDecoder(data, self.registry, limits, trace).whole(AnyType() if kind is None else kind)

    def _write(self, kind: Type | None, value: object) -> bytes:
        from sansio_tl.tl.interpreted_encoder import InterpretedEncoder
        from sansio_tl.tl.model import AnyType

        self.interpreted += 1
        if kind is None and isinstance(value, bool):
            raise EncodeError(f"expected a TL value, found {LONE_BOOL}", "value")
        return InterpretedEncoder(self.registry).whole(AnyType() if kind is None else kind, value)


def as_bytes(data: object) -> bytes:
    """Any buffer as bytes, without the methods of a subclass."""
    if type(data) is bytes:
        return data
    if isinstance(data, bytes | bytearray | memoryview):
        return memoryview(data).tobytes()
    raise LocalProtocolError(f"expected bytes, found {type(data).__name__}")


def unpack(data: bytes, limits: Limits) -> tuple[bytes, int]:
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
