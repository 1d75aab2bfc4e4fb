"""`sansio-tl encode`: JSON to bytes, with suggestions for unknown names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sansio_tl import EncodeError, Unknown
from sansio_tl.tl.schema_codec import SchemaCodec
from sansio_tl_transports.cli.inspect.usage_error import UsageError, did_you_mean


def build(coder: SchemaCodec, text: str) -> bytes:
    """Encode a value given as JSON. Raises UsageError."""
    try:
        return coder.encode(coder.from_json(text))
    except EncodeError as error:
        raise UsageError(f"{error}{_suggestion(coder, text)}") from None


def _suggestion(coder: SchemaCodec, text: str) -> str:
    """A suggestion for the first name that the schema does not have."""
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError):
        return "" if text.lstrip()[:1] in ("{", "[") else ", and no file has this name"
    for value in _objects(plain):
        name = value.get("_")
        if not isinstance(name, str) or name == Unknown.NAME:
            continue
        entry = coder.registry.by_name(name) or coder.registry.function(name)
        if entry is None:
            return did_you_mean(name, (entry.combinator.name for entry in coder.registry.entries()))
        fields = entry.cls.__struct_fields__
        for key in value.keys() - {"_", *fields}:
            return did_you_mean(key, fields)
    return ""


def _objects(plain: Any) -> Iterator[dict[str, Any]]:
    if isinstance(plain, dict):
        yield plain
        plain = list(plain.values())
    if isinstance(plain, list):
        for item in plain:
            yield from _objects(item)
