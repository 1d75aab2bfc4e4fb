"""The codec of the shipped schema: values to bytes and back.

The functions are generated, one module for each module of declarations, and imported on first use.
"""

from __future__ import annotations

from sansio_tl.codec.builtin import tables
from sansio_tl.codec.registry import ShippedRegistry
from sansio_tl.tl.implementation import IMPLEMENTATION
from sansio_tl.tl.schema_codec import SchemaCodec

coder = SchemaCodec(tables, ShippedRegistry())
"""The codec of the shipped schema."""

encode = coder.encode
decode = coder.decode
decode_prefix = coder.decode_prefix
encode_result = coder.encode_result
decode_result = coder.decode_result
to_json = coder.to_json
from_json = coder.from_json

__all__ = [
    "IMPLEMENTATION",
    "coder",
    "decode",
    "decode_prefix",
    "decode_result",
    "encode",
    "encode_result",
    "from_json",
    "to_json",
]
