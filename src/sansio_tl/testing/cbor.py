"""The part of CBOR (RFC 8949) that passkeys need: integers, byte strings, texts, lists and maps of definite length."""

from __future__ import annotations

from typing import Any

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _LIST, _MAP = range(6)
_MAX_DEPTH = 8


class CborError(ValueError):
    """Invalid CBOR, or a part of it that passkeys do not need."""


def encode(value: Any) -> bytes:
    """Encode a value."""
    match value:
        case int() if value >= 0:
            return _head(_UNSIGNED, value)
        case int():
            return _head(_NEGATIVE, -1 - value)
        case bytes():
            return _head(_BYTES, len(value)) + value
        case str():
            data = value.encode()
            return _head(_TEXT, len(data)) + data
        case list():
            return _head(_LIST, len(value)) + b"".join(map(encode, value))
        case dict():
            return _head(_MAP, len(value)) + b"".join(encode(key) + encode(item) for key, item in value.items())
        case _:
            raise CborError(f"cannot encode {type(value).__name__} as CBOR")


def decode(data: bytes) -> Any:
    """Decode a single value. Raises CborError."""
    value, end = decode_prefix(data)
    if end != len(data):
        raise CborError("unexpected bytes after the value")
    return value


def decode_prefix(data: bytes, at: int = 0, depth: int = 0) -> tuple[Any, int]:
    """Decode the value at `at`; returns it and its end. Raises CborError."""
    if depth > _MAX_DEPTH:
        raise CborError("nested too deeply")
    kind, number, at = _read_head(data, at)
    match kind:
        case 0:
            return number, at
        case 1:
            return -1 - number, at
        case 2 | 3:
            return _read_string(data, at, number, text=kind == _TEXT)
        case 4 | 5:
            return _read_items(data, at, number, depth, pairs=kind == _MAP)
        case _:
            raise CborError(f"unsupported major type {kind}")


def _head(kind: int, number: int) -> bytes:
    if number < 24:
        return bytes([kind << 5 | number])
    for code, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << 8 * size:
            return bytes([kind << 5 | code]) + number.to_bytes(size, "big")
    raise CborError("the number has more than 64 bits")


def _read_head(data: bytes, at: int) -> tuple[int, int, int]:
    if at >= len(data):
        raise CborError("the data ends inside a value")
    kind, code = data[at] >> 5, data[at] & 31
    at += 1
    if code < 24:
        return kind, code, at
    if code > 27:
        raise CborError("indefinite lengths are not supported")
    size = 1 << code - 24
    if at + size > len(data):
        raise CborError("the data ends inside a value")
    return kind, int.from_bytes(data[at : at + size], "big"), at + size


def _read_string(data: bytes, at: int, size: int, *, text: bool) -> tuple[bytes | str, int]:
    if size > len(data) - at:
        raise CborError("the data ends inside a value")
    content = data[at : at + size]
    try:
        return content.decode() if text else content, at + size
    except UnicodeDecodeError:
        raise CborError("a text is not UTF-8") from None


def _read_items(data: bytes, at: int, count: int, depth: int, *, pairs: bool) -> tuple[Any, int]:
    if count > len(data) - at:
        raise CborError("the data ends inside a value")
    items = []
    for _ in range(2 * count if pairs else count):
        item, at = decode_prefix(data, at, depth + 1)
        items.append(item)
    if not pairs:
        return items, at
    if not all(isinstance(key, int | str) for key in items[::2]):
        raise CborError("invalid map key: expected a number or a text")
    return dict(zip(items[::2], items[1::2], strict=True)), at
