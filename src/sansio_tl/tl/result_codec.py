"""How results of functions are decoded and encoded on the fast path.

Most functions return a value of a boxed type, and its tables do it. Others return a Bool or a vector, for which there
are no generated functions: these are made here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sansio_tl.tl.constants import BOOL, FALSE, FIXED, LAYOUT, NUMBERS, TRUE, VECTOR
from sansio_tl.tl.runtime import (
    FastPathError,
    bare_vector_count,
    bare_vector_head,
    bool_bytes,
    fixed,
    get_bytes,
    pack_numbers,
    packer,
    raw_bytes,
    read_numbers,
    unpacker,
    vector_count,
    vector_head,
    write_byte_string,
    write_string,
)
from sansio_tl.tl.tables import ANYTHING, Decoder, Encoder, Tables, Write

if TYPE_CHECKING:
    from sansio_tl.tl.model import Combinator, Type
    from sansio_tl.tl.registry import Registry

_VECTOR_KEY = VECTOR.to_bytes(4, "little")


class Results:
    """The decoders and encoders of results in one schema, made on first use."""

    def __init__(self, tables: Tables, registry: Registry) -> None:
        self._tables = tables
        self._registry = registry

    def decoders(self, kind: Type) -> Mapping[bytes, Decoder]:
        """By the 4 bytes that a result begins with: its constructor id, a vector's or a Bool's.

        Results of other types (built-in ones, bare vectors) do not begin with an id: the mapping is empty, and the
        interpreting codec decodes them. No schema of Telegram has such functions.
        """
        from sansio_tl.tl.model import AnyType, Boxed, Builtin, Vector

        match kind:
            case Boxed(name):
                return self._tables.decoders(name)
            case AnyType():
                return self._tables.decoders(ANYTHING)
            case Vector(_, True):
                decode = self._decoder(kind)
                return {_VECTOR_KEY: lambda b, p, d: decode(b, p - 4, d)}
            case Builtin("Bool"):
                return {TRUE: lambda _b, p, _d: (True, p), FALSE: lambda _b, p, _d: (False, p)}
            case _:
                return {}

    def encoder(self, kind: Type) -> Encoder:
        """Encodes a result of that type."""
        from sansio_tl.tl.model import AnyType, Bare, Boxed, Builtin, Vector

        match kind:
            case Boxed(name):
                return self._boxed_encoder(name)
            case AnyType():
                return self._boxed_encoder(ANYTHING)
            case Bare(name):
                bare = self._tables.bare_encoders(name)
                return lambda value, w: bare[type(value)](value, w)
            case Vector():
                return self._vector_encoder(kind.item, boxed=kind.boxed)
            case Builtin(name):
                return _builtin_encoder(name)
            case _:
                return _no_encoder

    def _decoder(self, kind: Type) -> Decoder:
        from sansio_tl.tl.model import AnyType, Bare, Boxed, Builtin, Vector

        match kind:
            case Boxed(name):
                return self._boxed_decoder(name)
            case AnyType():
                return self._boxed_decoder(ANYTHING)
            case Bare(name):
                bare = self._tables.bare_decoders
                return lambda b, p, d: bare[name](b, p, d)  # noqa: PLW0108  looked up when it is used
            case Vector():
                return self._vector_decoder(kind.item, boxed=kind.boxed)
            case Builtin(name):
                return _builtin_decoder(name)
            case _:
                return _no_decoder

    def _boxed_decoder(self, type_name: str) -> Decoder:
        table = self._tables.decoders(type_name)
        return lambda b, p, d: table[b[p : p + 4]](b, p + 4, d)

    def _boxed_encoder(self, type_name: str) -> Encoder:
        table = self._tables.encoders(type_name)
        return lambda value, w: table[type(value)](value, w)

    def _vector_decoder(self, item: Type, *, boxed: bool) -> Decoder:
        from sansio_tl.tl.model import Builtin, LeastSizes

        head = vector_count if boxed else bare_vector_count
        if isinstance(item, Builtin) and item.name in NUMBERS:
            code: Any = LAYOUT[item.name]
            size = FIXED[item.name]

            def decode_numbers(b: bytes, p: int, _d: int) -> tuple[Any, int]:
                n, p = head(b, p, size)
                return read_numbers(b, p, n, code, size)

            return decode_numbers

        decode_item = self._decoder(item)
        least = LeastSizes(self._constructor).of(item)

        def decode_items(b: bytes, p: int, d: int) -> tuple[Any, int]:
            n, p = head(b, p, least)
            items = []
            for _ in range(n):
                value, p = decode_item(b, p, d)
                items.append(value)
            return items, p

        return decode_items

    def _vector_encoder(self, item: Type, *, boxed: bool) -> Encoder:
        from sansio_tl.tl.model import Builtin

        head = vector_head if boxed else bare_vector_head
        if isinstance(item, Builtin) and item.name in NUMBERS:
            code = LAYOUT[item.name]

            def encode_numbers(value: Any, w: Write) -> None:
                items = fixed(value)
                w(head(items))
                w(pack_numbers(items, code))

            return encode_numbers

        encode_item = self.encoder(item)

        def encode_items(value: Any, w: Write) -> None:
            items = fixed(value)
            w(head(items))
            for each in items:
                encode_item(each, w)

        return encode_items

    def _constructor(self, name: str) -> Combinator | None:
        entry = self._registry.by_name(name)
        return None if entry is None else entry.combinator


def _builtin_decoder(name: str) -> Decoder:
    match name:
        case "string":
            return _decode_string
        case "bytes":
            return lambda b, p, _d: get_bytes(b, p)
        case "Bool":
            return lambda b, p, _d: (BOOL[b[p : p + 4]], p + 4)
        case _:
            read, size = unpacker("<" + LAYOUT[name]), FIXED[name]
            return lambda b, p, _d: (read(b, p)[0], p + size)


def _builtin_encoder(name: str) -> Encoder:
    match name:
        case "string":
            return write_string
        case "bytes":
            return write_byte_string
        case "Bool":
            return lambda value, w: w(bool_bytes(value))
        case "int128" | "int256":
            size = FIXED[name]
            return lambda value, w: w(raw_bytes(value, size))
        case _:
            pack = packer("<" + LAYOUT[name])
            return lambda value, w: w(pack(value))


def _decode_string(b: bytes, p: int, _d: int) -> tuple[str, int]:
    data, p = get_bytes(b, p)
    return data.decode(), p


def _no_decoder(_b: bytes, _p: int, _d: int) -> tuple[Any, int]:
    raise FastPathError


def _no_encoder(_value: Any, _w: Write) -> None:
    raise FastPathError
