"""The floor, for values of ours: their objects are created by `floor.c`, which is given as the first argument compiled.

Decoding stands for creating the objects of the value from a recorded program; encoding for one bytes object of the
size of the message and a copy of the content. A schema of another layer is given as a file, the second argument.
"""

from __future__ import annotations

import base64
import sys
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from loop import Orders, timed, timed_once

import sansio_tl
from sansio_tl import Schema


class Floor:
    """Carries out orders, in place of `loop.serve`: nothing is called from Python but the two functions in C."""

    def __init__(self, extension: Any, schema: Schema | None) -> None:
        self._record, self._make, self._copy = extension.Program, extension.make, extension.copy
        self._decode = sansio_tl.decode if schema is None else schema.decode
        self._encode = sansio_tl.encode if schema is None else schema.encode
        self._loaded: dict[str, list[tuple[Any, bytes]]] = {}

    def load(self, order: dict[str, Any]) -> dict[str, Any]:
        """Record one value, or `many`."""
        parts = order.get("many") or [order["data"]]
        self._loaded[order["name"]] = [self.recorded(base64.b64decode(data)) for data in parts]
        return {"remark": None}

    def recorded(self, data: bytes) -> tuple[Any, bytes]:
        """The program of a value, and the bytes to be copied. Raises ValueError if it does not create that value."""
        value = self._decode(data)
        program = self._record(value)
        for _ in range(2):
            made = self._make(program)
            if made != value or self._encode(made) != self._encode(value):
                raise ValueError("the program makes another value")
        copied = self._copy(data)
        if copied != data or copied is data:
            raise ValueError("the copy is none")
        return program, data

    def time(self, order: dict[str, Any]) -> dict[str, Any]:
        """As `loop.serve` does it. Several values are created once each; what is copied is kept likewise."""
        loaded, loops, collector = self._loaded[order["name"]], order["loops"], order["gc"]
        which, call = (0, self._make) if order["op"] == "decode" else (1, self._copy)
        arguments = [each[which] for each in loaded]
        if len(arguments) > 1:
            return {"seconds": timed_once(call, None, arguments, loops, collector=collector)}
        return {"seconds": timed(call, arguments[0], loops, collector=collector)}


def load_extension(library: str) -> Any:
    """The compiled extension module. Raises ImportError."""
    spec = spec_from_file_location("floor", library)
    if not isinstance(spec, ModuleSpec) or spec.loader is None:
        raise ImportError(f"{library} is no extension module")
    extension = module_from_spec(spec)
    spec.loader.exec_module(extension)
    return extension


def main() -> None:
    library, *schemas = sys.argv[1:]
    schema = Schema.parse(Path(schemas[0]).read_text(encoding="utf-8")) if schemas else None
    floor = Floor(load_extension(library), schema)
    layer = sansio_tl.LAYER if schema is None else schema.layer
    Orders({"version": sansio_tl.__version__, "layer": layer}).run({"load": floor.load, "time": floor.time})


if __name__ == "__main__":
    main()
