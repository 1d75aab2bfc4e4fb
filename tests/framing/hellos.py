"""Reads a ClientHello by the fields of its profile, and says what was found in each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sansio_tl.framing.hello_profile import (
    Drawn,
    Extension,
    Field,
    Grease,
    HelloProfile,
    RandomBytes,
    Shuffled,
    TlsVector,
)

KEY_SIZES = {Drawn.X25519_KEY: 32, Drawn.ML_KEM_768_KEY: 1184}
Values = dict[str, list[bytes]]
"""By the place of a field: what it held, once for each time that it comes."""


class Reader:
    """Bytes that are read from the front."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def take(self, size: int) -> bytes:
        assert size <= len(self.data), "the bytes end too early"
        taken, self.data = self.data[:size], self.data[size:]
        return taken

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width), "big")

    def vector(self, width: int) -> Reader:
        return Reader(self.take(self.number(width)))

    def end(self) -> None:
        assert not self.data, f"{len(self.data)} bytes are left over"


def extensions_of(hello: bytes) -> list[tuple[int, bytes]]:
    """Numbers and contents, in the order of the hello; every length is checked."""
    return list(_extensions(_after_session_id(hello)[1]))


def cipher_suites_of(hello: bytes) -> bytes:
    return _after_session_id(hello)[0]


def _after_session_id(hello: bytes) -> tuple[bytes, Reader]:
    record = Reader(hello)
    assert record.take(3) == b"\x16\x03\x01"
    message = record.vector(2)
    record.end()
    assert message.take(1) == b"\x01"
    body = message.vector(3)
    message.end()
    assert body.take(2) == b"\x03\x03"
    body.take(32)
    assert len(body.vector(1).data) == 32
    suites = body.vector(2).data
    assert body.take(2) == b"\x01\x00"
    extensions = body.vector(2)
    body.end()
    return suites, extensions


def _extensions(data: Reader) -> Iterator[tuple[int, bytes]]:
    while data.data:
        yield data.number(2), data.vector(2).data


def is_grease(value: int) -> bool:
    return value & 0x0F0F == 0x0A0A and value >> 8 == value & 0xFF


def read(hello: bytes, profile: HelloProfile) -> Values:
    """What the variable fields of the profile hold. Fails unless the hello is one of that profile."""
    values: Values = {}
    suites = Reader(cipher_suites_of(hello))
    _read_fields(profile.cipher_suites, suites, "suites", values)
    suites.end()
    left = extensions_of(hello)
    for part in profile.extensions:
        if isinstance(part, Shuffled):
            found, left = left[: len(part.extensions)], left[len(part.extensions) :]
            values["order"] = [number.to_bytes(2, "big") for number, _ in found]
            known = {extension.number: extension for extension in part.extensions}
            assert set(known) == {number for number, _ in found}
            for number, data in found:
                _read_extension(known[number], number, data, values)
        else:
            (number, data), *left = left
            _read_extension(part, number, data, values)
    if profile.padded_size:
        ((number, data),) = left
        assert number == 0x15
        assert not any(data)
        assert len(hello) == profile.padded_size
    else:
        assert not left
    return values


def _read_extension(extension: Extension, number: int, data: bytes, values: Values) -> None:
    if isinstance(extension.number, Grease):
        assert is_grease(number)
        values.setdefault(extension.number.name, []).append(number.to_bytes(2, "big"))
    else:
        assert number == extension.number
    rest = Reader(data)
    _read_fields(extension.fields, rest, f"{number:04x}" if not is_grease(number) else "grease", values)
    rest.end()


def _read_fields(fields: Iterable[Field], data: Reader, place: str, values: Values) -> None:
    for index, field in enumerate(fields):
        here = f"{place}.{index}"
        match field:
            case bytes():
                assert data.take(len(field)) == field, here
            case Grease():
                value = data.take(2)
                assert is_grease(int.from_bytes(value, "big")), here
                values.setdefault(field.name, []).append(value)
            case Drawn.HOST:
                values.setdefault(here, []).append(data.take(len(data.data)))
            case Drawn():
                values.setdefault(here, []).append(data.take(KEY_SIZES[field]))
            case RandomBytes(sizes):
                size = len(data.data) if len(sizes) > 1 else sizes[0]
                assert size in sizes, here
                values.setdefault(here, []).append(data.take(size))
            case TlsVector(width, inner):
                part = data.vector(width)
                _read_fields(inner, part, here, values)
                part.end()
