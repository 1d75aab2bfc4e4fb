"""An index of a schema: methods, constructors and types, and their relations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources

from sansio_tl import LAYER, SchemaError
from sansio_tl.tl.model import Boxed, Combinator, Declarations, Type, Vector
from sansio_tl.tl.naming import class_name, split
from sansio_tl.tl.parser import parse
from sansio_tl_transports.cli.inspect.usage_error import UsageError

_PYTHON = re.compile(r"^(?:sansio_tl\.)?(functions|types)\.")
"""What precedes a name in a program."""
_COMBINATOR = re.compile(r"^([\w.]+)#[0-9a-f]+ ", re.MULTILINE)
_BUILT_IN = frozenset({"Bool", "X", "boolFalse", "boolTrue", "vector"})
"""Names of the schema that need no description: truth values, vectors and the type variable."""
_RESULT = re.compile(r"= ([\w.]+);$", re.MULTILINE)
_TYPE = re.compile(r"\bType(?=[A-Z])")
_RARE = 16
"""Fields of more methods than this do not count as a relation."""


class UnknownNameError(UsageError):
    """The schema has nothing with this name."""


@dataclass(frozen=True)
class SchemaIndex:
    """The declarations of a schema and the relations between them."""

    declarations: Declarations

    @classmethod
    @cache
    def shipped(cls) -> SchemaIndex:
        """The API of layer `LAYER` and MTProto's own service schema."""
        folder = resources.files("sansio_tl.schema")
        texts = [folder.joinpath(name).read_text(encoding="utf-8") for name in ("api.tl", "mtproto.tl")]
        declarations = parse(texts[0]) + parse(texts[1], "mtproto.")
        return cls(Declarations(declarations.combinators, LAYER))

    @classmethod
    def of_text(cls, text: str, name: str) -> SchemaIndex:
        """Another schema. Raises UsageError for an invalid one."""
        try:
            return cls(parse(text))
        except SchemaError as error:
            raise UsageError(f"{name}, {error}") from None

    def find(self, name: str) -> Combinator | str:
        """Find a combinator or the name of a type, by exact name, or by name without case, namespace and underscores.

        Raises UnknownNameError when there is none, UsageError when there is more than one.
        """
        if (python := _PYTHON.match(name)) is not None:
            name = name[python.end() :]
            for each in self.declarations.combinators:
                if each.is_function == (python[1] == "functions") and class_of(each) == name:
                    return each
            name = _TYPE.sub("", name)
        exact = [c for c in self.declarations.combinators if name in (c.name, f"{c.id:08x}", f"0x{c.id:08x}")]
        if exact:
            return exact[0]
        if name in self.types:
            return name
        loose = _loose(name)
        for spelling in (_loose, lambda full: _loose(split(full)[1])):
            found: list[Combinator | str] = [c for c in self.declarations.functions if spelling(c.name) == loose]
            found = found or [c for c in self.declarations.constructors if spelling(c.name) == loose]
            found = found or [kind for kind in self.types if spelling(kind) == loose]
            if len(found) == 1:
                return found[0]
            if found:
                names = ", ".join(one if isinstance(one, str) else one.name for one in found[:8])
                raise UsageError(f"{name} is ambiguous: {names}")
        raise UnknownNameError(f"unknown name {name} in layer {self.declarations.layer}")

    @cached_property
    def types(self) -> dict[str, tuple[Combinator, ...]]:
        """Each boxed type with its constructors."""
        return self.declarations.members

    @cached_property
    def names(self) -> list[str]:
        """All names, methods first."""
        functions = [c.name for c in self.declarations.functions]
        return [*functions, *(c.name for c in self.declarations.constructors), *self.types]

    def returning(self, kind: str) -> list[Combinator]:
        """The methods that return this type, alone or in a vector."""
        return [c for c in self.declarations.functions if kind in named_types(c.result)]

    def taking(self, kind: str) -> list[Combinator]:
        """What has a field of this type."""
        return [c for c in self.declarations.combinators if any(kind in named_types(f.type) for f in c.fields)]

    def related(self, method: Combinator) -> Iterator[tuple[Combinator, str]]:
        """Related methods and the reason: they take a field of its result, or return its parameter or result type."""
        found: set[str] = {method.name}
        mine = {f.name for f in method.values}
        given = {f.name for kind in named_types(method.result) for c in self.types.get(kind, ()) for f in c.values}
        for other in self.declarations.functions:
            if other.name in found:
                continue
            common = [f.name for f in other.values if f.name in given and self._is_specific(f.name)]
            if common and split(other.name)[0] in _NEIGHBOURS.get(split(method.name)[0], (split(method.name)[0],)):
                found.add(other.name)
                yield other, f"takes the {' and '.join(common)} of the answer"
        for other in self.declarations.functions:
            results = {f.name for kind in named_types(other.result) for c in self.types.get(kind, ()) for f in c.values}
            common = sorted(name for name in mine & results if self._is_specific(name))
            if other.name not in found and common:
                found.add(other.name)
                yield other, f"its answer gives the {' and '.join(common)}"
        for kind in named_types(method.result):
            for other in self.returning(kind):
                if other.name not in found and len(self.returning(kind)) <= _RARE:
                    found.add(other.name)
                    yield other, f"returns {kind} too"

    def _is_specific(self, field: str) -> bool:
        return field != "api_hash" and field.endswith(("hash", "token", "bytes")) and self._uses[field] <= _RARE

    @cached_property
    def _uses(self) -> Counter[str]:
        return Counter(f.name for c in self.declarations.functions for f in c.values)


_NEIGHBOURS = {"auth": ("auth", "account"), "account": ("account", "auth")}


def shipped_names() -> list[str]:
    """The names of the API and its types. The schema is searched, not parsed: a shell waits for them at each Tab."""
    text = resources.files("sansio_tl.schema").joinpath("api.tl").read_text(encoding="utf-8")
    combinators, kinds = _COMBINATOR.findall(text), _RESULT.findall(text)
    return [name for name in dict.fromkeys((*combinators, *kinds)) if name not in _BUILT_IN]


def named_types(kind: Type) -> tuple[str, ...]:
    """The boxed types in a type: `Vector<User>` has User."""
    match kind:
        case Vector(item):
            return named_types(item)
        case Boxed(name):
            return (name,)
        case _:
            return ()


def class_of(combinator: Combinator) -> str:
    """The namespace and the class in Python."""
    return ".".join(filter(None, (split(combinator.name)[0], class_name(combinator.name))))


def _loose(name: str) -> str:
    return name.replace("_", "").lower()
