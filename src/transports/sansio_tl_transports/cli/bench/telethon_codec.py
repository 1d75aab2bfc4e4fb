"""Telethon's codec on the same bytes, if Telethon is installed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol


class CannotCompareError(Exception):
    """Telethon cannot decode and encode these bytes; the text says why, and has nothing of them."""


class _Value(Protocol):
    def __bytes__(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class TelethonCodec:
    """Telethon as it reads an answer and writes a request."""

    version: str
    layer: int
    _reader: Callable[[bytes], Any] = field(repr=False)

    @classmethod
    def find(cls) -> TelethonCodec | None:
        """The installed Telethon; None if there is none."""
        try:
            import telethon
            from telethon.extensions import BinaryReader
            from telethon.tl.alltlobjects import LAYER
        except ImportError:
            return None
        return cls(telethon.__version__, LAYER, BinaryReader)

    def operations(self, data: bytes) -> tuple[Callable[[], object], Callable[[], bytes]]:
        """Decoding and encoding of these bytes. Raises CannotCompareError."""
        try:
            reader = self._reader(data)
            value: _Value = reader.tgread_object()
            read = reader.tell_position()
        except Exception as error:  # noqa: BLE001  each of its own
            unknown = getattr(error, "invalid_constructor_id", None)
            reason = type(error).__name__ if unknown is None else f"unknown constructor {unknown:08x}"
            raise CannotCompareError(f"cannot decode it: {reason}") from None
        if read != len(data):
            raise CannotCompareError(f"reads only {read:,} of {len(data):,} bytes")
        if isinstance(value, list):
            raise CannotCompareError("has no encoder for a bare vector")
        try:
            again = bytes(value)
        except Exception as error:  # noqa: BLE001
            raise CannotCompareError(f"cannot encode it: {type(error).__name__}") from None
        if again != data:
            raise CannotCompareError(f"encodes it to other bytes ({len(again):,} instead of {len(data):,})")
        return lambda: self._reader(data).tgread_object(), lambda: bytes(value)
