"""Reads the files to measure: a TL object or function, binary, in hex, in base64, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sansio_tl import DecodeError, EncodeError, Function, Unknown
from sansio_tl.tl.schema_codec import SchemaCodec
from sansio_tl_transports.cli.inspect.encode import build
from sansio_tl_transports.cli.inspect.inputs import from_content
from sansio_tl_transports.cli.inspect.usage_error import UsageError


@dataclass(frozen=True, slots=True)
class Payload:
    """One file, and how it is decoded and encoded."""

    name: str
    kind: str
    """The constructor, or the method whose result it is."""
    data: bytes = field(repr=False)
    decode: Callable[[], object] = field(repr=False)
    encode: Callable[[], bytes] = field(repr=False)


def read(path: Path, coder: SchemaCodec, result_of: type[Function[Any]] | None) -> Payload:
    """The payload in a file. Raises UsageError when it cannot be read or decoded, or encodes to other bytes."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    if content.lstrip()[:1] == b"[" and _is_json(content):
        raise UsageError(f"{path}: a vector must be binary, hex or base64, not JSON")
    data = _encoded(path, content, coder) if content.lstrip()[:1] == b"{" else from_content(content, str(path))
    try:
        payload = _payload(path, data, coder, result_of)
        again = payload.encode()
    except DecodeError as error:
        raise UsageError(f"{path}: cannot be decoded: {error}{_advice(data, result_of)}") from None
    except EncodeError as error:
        raise UsageError(f"{path}: cannot be encoded again: {error}") from None
    if again != data:
        raise UsageError(
            f"{path}: its value encodes to other bytes ({len(again):,} instead of {len(data):,}), as when parts of it"
            " are gzip_packed: measure what `sansio-tl decode --json` and `encode --out` make of it"
        )
    return payload


def _payload(path: Path, data: bytes, coder: SchemaCodec, result_of: type[Function[Any]] | None) -> Payload:
    if result_of is not None:
        value: Any = coder.decode_result(result_of, data)
        return Payload(
            path.name,
            f"result of {result_of.NAME}",
            data,
            lambda: coder.decode_result(result_of, data),
            lambda: coder.encode_result(result_of, value),
        )
    value = coder.decode(data)
    if isinstance(value, Unknown):
        reason = f"the schema has no constructor with the id {value.id:08x}{_advice(data, result_of)}"
        raise UsageError(f"{path}: cannot be decoded: {reason}")
    return Payload(path.name, value.NAME, data, lambda: coder.decode(data), lambda: coder.encode(value))


def _encoded(path: Path, content: bytes, coder: SchemaCodec) -> bytes:
    try:
        return build(coder, content.decode("utf-8"))
    except UnicodeDecodeError:
        return content  # bytes that happen to begin like JSON
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except ValueError:
        return False
    return True


def _advice(data: bytes, result_of: type[Function[Any]] | None) -> str:
    if result_of is None and data[:4] == b"\x15\xc4\xb5\x1c":
        return ". It is a vector, which does not name its item type: give --result-of METHOD"
    if result_of is None and len(data) >= 24 and len(data) % 16 == 8:
        return ". If it is an encrypted message, decrypt it with `sansio-tl decode --auth-key`, and measure its body"
    return ""
