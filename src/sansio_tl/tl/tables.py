"""Tables of decoders and encoders, one for each boxed type, filled on first use.

Decoding a boxed value is one dictionary look-up, `table[the 4 bytes of the id](bytes, position, depth)`; encoding one
is `table[class](value, write)`. A table starts empty. The first miss finds the function (imports its module, or
compiles it), checks that the constructor belongs to the type, and stores it. So nothing is loaded before it is needed,
and a value of a wrong type is never accepted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, TypeAlias

from sansio_tl.tl.gzip_packed import GZIP_PACKED
from sansio_tl.tl.objects import TLObject

Decoder: TypeAlias = Callable[[bytes, int, int], tuple[Any, int]]
"""(bytes, position, remaining depth) -> (value, position after it)."""
Write: TypeAlias = Callable[[bytes], object]
"""Receives the next bytes of the output."""
Encoder: TypeAlias = Callable[[Any, Write], object]

ANYTHING = ""
"""The name of the table of all types, for fields of type Object and for queries."""


_GZIP_PACKED = GZIP_PACKED.to_bytes(4, "little")


class Codec(NamedTuple):
    """One constructor or function."""

    type_name: str
    """Its boxed type; a function has none."""
    cls: type[TLObject]
    decode: Decoder
    encode: Encoder
    encode_bare: Encoder | None = None
    """Encodes the fields without the id, if the constructor is used bare somewhere."""


class CodecSource(Protocol):
    """The source of functions. Both raise KeyError for what the schema lacks."""

    def by_key(self, key: bytes) -> Codec:
        """The codec of the constructor with these 4 id bytes."""
        ...

    def by_class(self, cls: type) -> Codec:
        """The codec of a class."""
        ...

    def by_name(self, name: str) -> Codec:
        """The codec of the constructor of this name."""
        ...


class DecoderTable(dict[bytes, Decoder]):
    """The decoders of one boxed type by id bytes. `["..."]` raises KeyError for ids outside the type."""

    def __init__(self, type_name: str, source: CodecSource) -> None:
        super().__init__()
        self.type_name = type_name
        self.source = source

    def __missing__(self, key: bytes) -> Decoder:
        if key == _GZIP_PACKED:
            raise KeyError(key)  # replaced by its content; the interpreting decoder unpacks it
        codec = self.source.by_key(key)
        if self.type_name not in (codec.type_name, ANYTHING):
            raise KeyError(key)
        self[key] = codec.decode
        return codec.decode


class EncoderTable(dict[type, Encoder]):
    """The encoders of one boxed type by class. Raises KeyError for classes outside the type."""

    def __init__(self, type_name: str, source: CodecSource) -> None:
        super().__init__()
        self.type_name = type_name
        self.source = source

    def __missing__(self, cls: type) -> Encoder:
        codec = self.source.by_class(cls)
        if self.type_name not in (codec.type_name, ANYTHING):
            raise KeyError(cls)
        self[cls] = codec.encode
        return codec.encode


class BareDecoders(dict[str, Decoder]):
    """Decoders of bare constructors, by name."""

    def __init__(self, source: CodecSource) -> None:
        super().__init__()
        self.source = source

    def __missing__(self, name: str) -> Decoder:
        self[name] = decode = self.source.by_name(name).decode
        return decode


class BareEncoders(dict[type, Encoder]):
    """The encoder of the one class that is allowed where constructor `name` is declared bare."""

    def __init__(self, name: str, source: CodecSource) -> None:
        super().__init__()
        self.name = name
        self.source = source

    def __missing__(self, cls: type) -> Encoder:
        codec = self.source.by_name(self.name)
        if codec.cls is not cls or codec.encode_bare is None:
            raise KeyError(cls)
        self[cls] = codec.encode_bare
        return codec.encode_bare


class Tables:
    """All tables of one schema."""

    def __init__(self, source: CodecSource) -> None:
        self.source = source
        self._decoders: dict[str, DecoderTable] = {}
        self._encoders: dict[str, EncoderTable] = {}
        self.bare_decoders = BareDecoders(source)
        self._bare_encoders: dict[str, BareEncoders] = {}

    def decoders(self, type_name: str) -> DecoderTable:
        """The decoders of a boxed type (`""`: of all)."""
        table = self._decoders.get(type_name)
        if table is None:
            table = self._decoders[type_name] = DecoderTable(type_name, self.source)
        return table

    def encoders(self, type_name: str) -> EncoderTable:
        """The encoders of a boxed type (`""`: of all)."""
        table = self._encoders.get(type_name)
        if table is None:
            table = self._encoders[type_name] = EncoderTable(type_name, self.source)
        return table

    def bare_encoders(self, name: str) -> BareEncoders:
        """The encoder of a bare constructor."""
        table = self._bare_encoders.get(name)
        if table is None:
            table = self._bare_encoders[name] = BareEncoders(name, self.source)
        return table
