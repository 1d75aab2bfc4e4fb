"""Numbers, defaults and what records hide are as they were declared: `declared.json` has them a second time.

A limit, the size of a field or the default of a parameter is stated in one place, and tests mostly take it from there:
they cannot see that it has become another one by mistake. Whoever changes one on purpose writes the table anew, and the
change shows in it:

    python -m tests.repository.test_declared
"""

from __future__ import annotations

import dataclasses
import inspect
import json
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import msgspec

from sansio_tl.tl.objects import TLObject
from tests.repository.test_reprs import modules

TABLE = Path(__file__).with_name("declared.json")
_LONG = 100
"""What takes as many characters is no number or default, but a table: others test it."""


def declared() -> dict[str, str]:
    """Everything that is declared with a value that can be written down, by its name."""
    found: dict[str, str] = {}
    for module in modules():
        for name, value in vars(module).items():
            if isinstance(value, type | FunctionType):
                if value.__module__ == module.__name__:
                    found |= {f"{module.__name__}:{where}": text for where, text in _of(name, value)}
            elif name.strip("_").isupper() and not isinstance(value, str) and (text := _written(value)) is not None:
                found |= {} if _is_imported(module, name) else {f"{module.__name__}:{name}": text}
    return found


def _is_imported(module: ModuleType, name: str) -> bool:
    return f"\n{name}" not in f"\n{inspect.getsource(module)}"


def _of(name: str, value: type | FunctionType) -> Iterator[tuple[str, str]]:
    """What a function or a class declares."""
    if isinstance(value, FunctionType):
        yield from _defaults(name, value)
        return
    if issubclass(value, TLObject):
        return
    yield from ((f"{name}.{field}", text) for field, text in _fields(value))
    for attribute, given in vars(value).items():
        function = given.__func__ if isinstance(given, classmethod | staticmethod) else given
        if attribute == "__init__" and dataclasses.is_dataclass(value):
            continue
        if isinstance(function, FunctionType) and function.__module__ == value.__module__:
            yield from _defaults(f"{name}.{attribute}", function)
        elif not attribute.startswith("_") and isinstance(given, int | float) and not isinstance(given, Enum):
            yield f"{name}.{attribute}", repr(given)


def _defaults(name: str, function: FunctionType) -> Iterator[tuple[str, str]]:
    for parameter in inspect.signature(function).parameters.values():
        if parameter.default is not parameter.empty and (text := _written(parameter.default)) is not None:
            yield f"{name}({parameter.name})", text


def _fields(cls: type) -> Iterator[tuple[str, str]]:
    """The fields of a record that have a default, or are hidden."""
    if dataclasses.is_dataclass(cls):
        for each in dataclasses.fields(cls):
            shown = "" if each.repr else "hidden"
            if each.default is not dataclasses.MISSING:
                shown = f"{shown} = {_written(each.default) or type(each.default).__name__}".strip()
            if shown:
                yield each.name, shown
    elif issubclass(cls, msgspec.Struct):
        defaults = cls.__struct_defaults__
        for name, value in zip(cls.__struct_fields__[-len(defaults) :], defaults, strict=False):
            yield name, f"= {_written(value) or type(value).__name__}"
    elif issubclass(cls, tuple):
        yield from (
            (name, f"= {_written(value) or type(value).__name__}")
            for name, value in getattr(cls, "_field_defaults", {}).items()
        )


def _written(value: Any) -> str | None:
    """The value as text; None for one that is not plain, or long."""
    match value:
        case Enum():
            return str(value)
        case None | bool() | int() | float() | str() | bytes():
            text = repr(value)
        case tuple() | list() | set() | frozenset():
            parts = [_written(part) for part in value]
            ordered = parts if isinstance(value, tuple | list) else sorted(map(str, parts))
            text = "?" * _LONG if None in parts else f"[{', '.join(map(str, ordered))}]"
        case _:
            return None
    return text if len(text) < _LONG else None


def test_what_is_declared_is_in_the_table() -> None:
    table, found = json.loads(TABLE.read_text()), declared()
    changed = {name: (table[name], found[name]) for name in table.keys() & found.keys() if table[name] != found[name]}
    assert not changed, "on purpose? python -m tests.repository.test_declared"
    assert len(table.keys() & found.keys()) > 0.9 * len(table.keys() | found.keys()), "the table is out of date"


if __name__ == "__main__":
    TABLE.write_text(json.dumps(dict(sorted(declared().items())), indent=0) + "\n")
