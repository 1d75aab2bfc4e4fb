"""MessagePack by msgspec, for values of the same shapes: the practical limit for Python objects, in C throughout.

Each TL class becomes a Struct with the same fields, encoded as an array with a small number for its tag.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

import msgspec
from loop import serve

import sansio_tl
from sansio_tl.tl.objects import TLObject


class Shapes:
    """Struct classes for the TL classes that occur in one value, with the types that their fields hold in it."""

    def __init__(self, value: TLObject) -> None:
        self.made: dict[type, type] = {}
        self.samples: dict[type, dict[str, list[Any]]] = {}
        self._gather(value)
        for cls in self.samples:
            self._shape(cls)

    def convert(self, value: Any) -> Any:
        """The same value, made of the Struct classes."""
        if isinstance(value, list):
            return [self.convert(item) for item in value]
        if isinstance(value, TLObject):
            return self.made[type(value)](*[self.convert(getattr(value, name)) for name in value.__struct_fields__])
        return value

    def _gather(self, value: Any) -> None:
        if isinstance(value, list):
            for item in value:
                self._gather(item)
        elif isinstance(value, TLObject):
            fields = self.samples.setdefault(type(value), {name: [] for name in value.__struct_fields__})
            for name, values in fields.items():
                values.append(getattr(value, name))
                self._gather(values[-1])

    def _shape(self, cls: type) -> Any:
        if cls not in self.made:
            fields = [(name, self._type_of(values)) for name, values in self.samples[cls].items()]
            tag = len(self.made)
            self.made[cls] = msgspec.defstruct(
                cls.__name__, fields, array_like=True, tag_field="_", tag=tag, frozen=True, gc=False, bases=()
            )
        return self.made[cls]

    def _type_of(self, values: list[Any]) -> Any:
        lists = [item for value in values if isinstance(value, list) for item in value]
        plain = {type(value) for value in values if not isinstance(value, list)}
        members = [self._shape(cls) if issubclass(cls, TLObject) else cls for cls in plain]
        if any(isinstance(value, list) for value in values):
            members.append(list[self._type_of(lists) if lists else Any])  # type: ignore[misc]
        return reduce(or_, members)


if __name__ == "__main__":
    decoders: dict[bytes, Any] = {}
    encoder = msgspec.msgpack.Encoder()

    def to_native(data: bytes) -> bytes:
        value = sansio_tl.decode(data)
        shapes = Shapes(value)
        packed = encoder.encode(shapes.convert(value))
        decoders[packed] = msgspec.msgpack.Decoder(shapes.made[type(value)]).decode
        return packed

    class Decode:
        """Calls the decoder made for these bytes, found by their identity to cost next to nothing."""

        def __init__(self) -> None:
            self.last: bytes | None = None
            self.call: Any = None

        def __call__(self, data: bytes) -> Any:
            if data is not self.last:
                self.last, self.call = data, decoders[data]
            return self.call(data)

    serve({"version": msgspec.__version__, "layer": sansio_tl.LAYER}, Decode(), encoder.encode, to_native=to_native)
