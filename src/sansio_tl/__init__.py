"""A pure sans-IO engine for Telegram's MTProto 2.0 and TL: bytes in, events out; requests in, bytes out.

`encode` and `decode` turn TL values into bytes and back; `types` and `functions` hold the values of API layer `LAYER`;
`Schema.parse` makes the same for any other layer. Everything is imported when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sansio_tl import errors as errors
    from sansio_tl import events as events
    from sansio_tl import functions as functions
    from sansio_tl import types as types
    from sansio_tl.codec import decode as decode
    from sansio_tl.codec import decode_result as decode_result
    from sansio_tl.codec import encode as encode
    from sansio_tl.codec import encode_result as encode_result
    from sansio_tl.codec import from_json as from_json
    from sansio_tl.codec import to_json as to_json
    from sansio_tl.codec.schema import Schema as Schema
    from sansio_tl.limits import Limits as Limits
    from sansio_tl.tl.errors import DecodeError as DecodeError
    from sansio_tl.tl.errors import EncodeError as EncodeError
    from sansio_tl.tl.errors import SchemaError as SchemaError
    from sansio_tl.tl.objects import Function as Function
    from sansio_tl.tl.objects import TLObject as TLObject
    from sansio_tl.tl.objects import Unknown as Unknown

__version__ = "0.1.0"
LAYER = 229
"""The layer of the shipped API schema."""

_NAMES = {
    "codec": ("decode", "decode_result", "encode", "encode_result", "from_json", "to_json"),
    "codec.schema": ("Schema",),
    "limits": ("Limits",),
    "tl.errors": ("DecodeError", "EncodeError", "SchemaError"),
    "tl.objects": ("Function", "TLObject", "Unknown"),
}
"""Module -> what of it stands here."""
_HOME = {name: module for module, names in _NAMES.items() for name in names}
_MODULES = frozenset({"errors", "events", "functions", "types"})

__all__ = ["LAYER", "__version__", *_HOME, *_MODULES]  # noqa: PLE0604  names, all of them

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name in _MODULES:
            return import_module(f"sansio_tl.{name}")
        if name in _HOME:
            value = getattr(import_module(f"sansio_tl.{_HOME[name]}"), name)
            globals()[name] = value
            return value
        raise AttributeError(f"module 'sansio_tl' has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *_HOME, *_MODULES})
