"""A pure sans-IO engine for Telegram's MTProto 2.0 and its TL serialization: bytes in, events out; requests in, bytes out.

`encode` and `decode` turn TL values into bytes and back; `types` and `functions` hold the values of API layer `LAYER`;
`Schema.parse` makes the same for any other layer. Everything is imported when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sansio_tl import errors as errors
    from sansio_tl import functions as functions
    from sansio_tl import types as types
    from sansio_tl.codec import decode as decode
    from sansio_tl.codec import decode_result as decode_result
    from sansio_tl.codec import encode as encode
    from sansio_tl.codec import encode_result as encode_result

__version__ = "0.1.0"
LAYER = 229
"""The layer of the shipped API schema."""

_HOME = {
    "decode": "codec",
    "decode_result": "codec",
    "encode": "codec",
    "encode_result": "codec",
}
"""Public name -> the module that has it."""
_MODULES = frozenset({"errors", "functions", "types"})

__all__ = ["LAYER", "__version__", *_HOME, *_MODULES]

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
