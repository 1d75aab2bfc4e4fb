"""The public names with their signatures, as text. `make api` writes them to tests/repository/api.txt.

A change of the public interface shows in the diff of that file. Listed are the names in `__all__` of each module below,
and of classes the fields, members, methods and attributes. What a class inherits from a public class is listed there.
"""

from __future__ import annotations

import ast
import dataclasses
import enum
import inspect
import textwrap
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType, UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

from public_modules import MODULES

SNAPSHOT = Path(__file__).with_name("api.txt")
ADAPTERS = tuple(f"sansio_tl_transports.{name}" for name in ("asyncio", "sync", "trio"))
STABLE = tuple(public.name for public in MODULES if public.stability == "stable")
"""What the version policy covers."""
OURS = frozenset({"sansio_tl", "sansio_tl_transports"})
ADVANCED = tuple(public.name for public in MODULES if public.stability == "advanced")
"""May change in any release, and then shows in the diff."""


def text() -> str:
    """The whole snapshot."""
    known = {id(getattr(import_module(module), name)) for module in (*STABLE, *ADVANCED) for name in public(module)}
    described: dict[int, str] = {}
    lines = []
    for module in (*STABLE, *ADVANCED):
        lines += [f"# {module}{' (advanced)' if module in ADVANCED else ''}", ""]
        for name in public(module):
            value = getattr(import_module(module), name)
            if isinstance(value, type) and id(value) in described:
                lines.append(f"{name}: see {described[id(value)]}")
                continue
            described[id(value)] = f"{module}.{name}"
            lines += describe(name, value, known)
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def public(module: str) -> list[str]:
    """The names in `__all__`."""
    names: list[str] = import_module(module).__all__
    return sorted(names)


def describe(name: str, value: Any, known: set[int]) -> list[str]:
    """A class with all that it shows, a function with its signature, or a constant."""
    if isinstance(value, type):
        return [_class_line(name, value, known), *(f"    {line}" for line in _members(value, known))]
    if inspect.isroutine(value):
        return [f"{_def(value)} {name}{signature(value)}"]
    if isinstance(value, ModuleType):
        return [f"module {name}"]
    if isinstance(value, UnionType) or get_origin(value) is Union:
        return [f"{name} = {' | '.join(sorted(_shown(each) for each in get_args(value)))}"]
    if isinstance(value, int):
        return [f"{name} = {value!r}"]
    return [f"{name}: {type(value).__name__}"]


def signature(function: Callable[..., Any]) -> str:
    """As it stands in the source."""
    found = inspect.signature(function)
    parameters = [
        each.replace(annotation=_Bare.of(each.annotation), default=_Bare.of(each.default))
        for each in found.parameters.values()
    ]
    return str(found.replace(parameters=parameters, return_annotation=_Bare.of(found.return_annotation)))


class _Bare:
    """What stands in a signature: an annotation without quotes, or a default without its address."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text

    @classmethod
    def of(cls, value: Any) -> Any:
        if value is inspect.Signature.empty:
            return value
        return cls(value if isinstance(value, str) and value else _shown(value))


def _shown(value: Any) -> str:
    """A class or function by its name, everything else as Python shows it."""
    return getattr(value, "__qualname__", None) or repr(value)


def _def(function: Any) -> str:
    return "async def" if inspect.iscoroutinefunction(function) else "def"


def _class_line(name: str, cls: type, known: set[int]) -> str:
    bases = [base.__name__ for base in cls.__mro__[1:] if id(base) in known or base in {Exception, enum.Enum}]
    return f"class {name}({', '.join(bases)})" if bases else f"class {name}"


def _members(cls: type, known: set[int]) -> Iterator[str]:
    """Fields in order, then the rest: of the class itself, and of its bases that are not listed."""
    fields: dict[str, str] = {}
    others: dict[str, str] = {}
    for each in cls.__mro__:
        if each is cls or (id(each) not in known and each.__module__.partition(".")[0] in OURS):
            fields |= {name: line for name, line in _fields(each).items() if name not in fields}
            others = _attributes(each) | _methods(each) | others
    is_record = issubclass(cls, enum.Enum | msgspec.Struct) or dataclasses.is_dataclass(cls)
    if not is_record and "__init__" in others:
        yield others["__init__"]
    yield from (line for name, line in fields.items() if not name.startswith("_"))
    yield from (line for name, line in sorted(others.items()) if name not in fields and not name.startswith("_"))


def _fields(cls: type) -> dict[str, str]:
    """Fields of a record or members of an enum -> how they are shown."""
    if issubclass(cls, enum.Enum):
        return {each.name: f"{each.name} = {each.value!r}" for each in cls}
    types = inspect.get_annotations(cls)
    defaults: dict[str, Any] = {}
    if issubclass(cls, msgspec.Struct):
        names, given = cls.__struct_fields__, cls.__struct_defaults__
        defaults = dict(zip(names, (*[msgspec.NODEFAULT] * (len(names) - len(given)), *given), strict=True))
    elif "__dataclass_fields__" in vars(cls):
        defaults = {each.name: _default(each) for each in _own(cls)}
    return {name: _field(name, types[name], default) for name, default in defaults.items() if name in types}


def _own(cls: Any) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(cls)


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return _Bare(f"{_shown(field.default_factory)}()")
    return msgspec.NODEFAULT if field.default is dataclasses.MISSING else field.default


def _field(name: str, annotation: Any, default: Any) -> str:
    shown = annotation if isinstance(annotation, str) else _shown(annotation)
    if factory := getattr(default, "factory", None):  # of msgspec
        return f"{name}: {shown} = {_shown(factory)}()"
    return f"{name}: {shown}" if default is msgspec.NODEFAULT else f"{name}: {shown} = {_shown(default)}"


def _methods(cls: type) -> dict[str, str]:
    found = {}
    for name, value in vars(cls).items():
        match value:
            case classmethod() | staticmethod():
                found[name] = f"@{type(value).__name__} {_def(value.__func__)} {name}{signature(value.__func__)}"
            case property(fget=getter) if getter is not None:
                found[name] = f"{name}: {_Bare.of(inspect.signature(getter).return_annotation)}  # property"
            case _ if inspect.isfunction(value):
                found[name] = f"{_def(value)} {name}{signature(value)}"
    return found


def _attributes(cls: type) -> dict[str, str]:
    """What the methods set on the object, and what the body of the class defines."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                found.setdefault(name, f"{name}  # attribute")
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation) if node in tree.body:  # type: ignore[attr-defined]
                found[name] = f"{name}: {ast.unparse(annotation)}"
    return found


if __name__ == "__main__":
    SNAPSHOT.write_text(text(), encoding="utf-8")
