"""The common part of both halves of the codec emitter: names in the emitted functions, and their globals."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sansio_tl.tl.model import Boxed, Combinator, Declarations, Type
from sansio_tl.tl.naming import class_name, field_name

RESERVED = re.compile(
    r"[bdopqvw]|[nx]\d*|range|type|[DEBuk]_\w+|BOOL|BARE|"
    "write_string|write_byte_string|raw_bytes|bool_bytes|long_bytes|long_text|"
    "(bare_)?vector_(count|head)|(read|pack)_numbers|set_bit"
)
"""Names that the functions use themselves: a field with such a name gets a trailing underscore."""
GLOBALS = frozenset({"BARE", "BOOL", "CODECS", "Codec", "FastPathError", "Write"})
"""Names that a class cannot have next to the functions: it gets a trailing underscore there."""


@dataclass
class Needs:
    """The globals of the emitted functions: helpers of `runtime`, and names with their definitions."""

    helpers: set[str] = field(default_factory=set)
    definitions: dict[str, str] = field(default_factory=dict)

    def helper(self, name: str) -> str:
        self.helpers.add(name)
        return name

    def define(self, name: str, definition: str) -> str:
        while self.definitions.setdefault(name, definition) != definition:
            name += "_"
        return name

    def unpack(self, layout: str) -> str:
        self.helpers.add("unpacker")
        return self.define(f"u_{layout}", f'unpacker("<{layout}")')

    def pack(self, layout: str) -> str:
        self.helpers.add("packer")
        return self.define(f"k_{layout}", f'packer("<{layout}")')

    def decoders(self, kind: Type) -> str:
        """The table that reads a boxed field."""
        name = kind.type if isinstance(kind, Boxed) else ""
        return self.define(f"D_{name.replace('.', '_') or 'Object'}", f'decoders("{name}")')

    def encoders(self, kind: Type) -> str:
        """The table that writes a boxed field."""
        name = kind.type if isinstance(kind, Boxed) else ""
        return self.define(f"E_{name.replace('.', '_') or 'Object'}", f'encoders("{name}")')

    def bare_encoders(self, name: str) -> str:
        return self.define(f"B_{name.replace('.', '_')}", f'bare_encoders("{name}")')

    def bare_decoders(self) -> str:
        return self.define("BARE", "bare_decoders")


def local(name: str) -> str:
    """The local variable of a field: no two fields have the same."""
    taken = name.endswith("_") or RESERVED.fullmatch(name)
    return f"{name}_" if taken else field_name(name)


def class_local(c: Combinator) -> str:
    """The global name of a class in the functions."""
    name = class_name(c.name)
    return f"{name}_" if name in GLOBALS else name


class Lines:
    """The lines of one function."""

    def __init__(self, schema: Declarations, needs: Needs, c: Combinator) -> None:
        self.schema, self.needs, self.c = schema, needs, c
        self.name = class_local(c)
        self.out: list[str] = []

    def add(self, indent: int, *lines: str) -> None:
        self.out += [" " * 4 * indent + line for line in lines]
