"""The tables of the shipped schema: each generated module of functions is imported on the first use of a member."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from sansio_tl.codec.index import MODULE_OF
from sansio_tl.tl.naming import class_name, split
from sansio_tl.tl.objects import TLObject
from sansio_tl.tl.tables import Codec, Tables

PACKAGE = "sansio_tl"


@cache
def _module(path: str) -> tuple[dict[bytes, Codec], dict[type, Codec]]:
    """The codecs of a module (`types.auth`) by id bytes and by class."""
    codecs: list[Codec] = import_module(f"{PACKAGE}.codec.{path}").CODECS
    return {c.cls.ID.to_bytes(4, "little"): c for c in codecs}, {c.cls: c for c in codecs}


class BuiltinCodecSource:
    """Finds codecs in the generated modules; the `CodecSource` of the shipped tables."""

    def by_key(self, key: bytes) -> Codec:
        return _module(MODULE_OF[int.from_bytes(key, "little")])[0][key]

    def by_class(self, cls: type) -> Codec:
        return _module(MODULE_OF[getattr(cls, "ID", -1)])[1][cls]

    def by_name(self, name: str) -> Codec:
        return self.by_class(named(name, "types"))


def named(name: str, package: str) -> type[TLObject]:
    """The class with this TL name in `types` or `functions`. Raises ImportError or AttributeError if there is none."""
    namespace = split(name)[0]
    module = import_module(f"{PACKAGE}.{package}{'.' if namespace else ''}{namespace}")
    cls: type[TLObject] = getattr(module, class_name(name))
    return cls


tables = Tables(BuiltinCodecSource())
decoders = tables.decoders
encoders = tables.encoders
bare_decoders = tables.bare_decoders
bare_encoders = tables.bare_encoders
