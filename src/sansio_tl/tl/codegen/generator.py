"""Schema text -> the source of every generated module. A pure function: it reads and writes no file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from sansio_tl.tl.codegen.emit_codec import CodecEmitter
from sansio_tl.tl.codegen.emit_parts import class_local
from sansio_tl.tl.codegen.emit_types import GENERATED, Emitter, Module, package_init
from sansio_tl.tl.codegen.layout import call, display
from sansio_tl.tl.errors import SchemaError
from sansio_tl.tl.model import Boxed, Combinator, Declarations, Field
from sansio_tl.tl.naming import alias_name, class_name
from sansio_tl.tl.parser import reject_duplicates
from sansio_tl.tl.type_graph import cyclic, is_cyclic

HELPERS_MODULE = "tl.runtime"


@dataclass(frozen=True)
class Generator:
    """Writes the package `package` for a schema.

    `exceptions` are the ids that are known not to be the CRC-32 of their declarations, by name.
    """

    package: str
    schema: Declarations
    exceptions: Mapping[str, int]
    is_secret: Callable[[Combinator, Field], bool]

    def sources(self) -> dict[str, str]:
        """Every generated file: path below the package -> text. Raises SchemaError for an id that does not verify."""
        verify(self.schema.combinators, self.exceptions)
        types = Emitter(self.package, self.schema, self.is_secret)
        reject_duplicates(self.schema.combinators)
        nested = cyclic(self.schema)
        sources = {}
        for module in types.modules.values():
            where = f"{module.package}/{module.name}.py"
            sources[where] = types.module(module)
            sources[f"codec/{where}"] = self.codec_module(module, nested)
        for name in ("types", "functions"):
            mods = [m for m in types.modules.values() if m.package == name]
            exports = {m.name: self.exports(m, types) for m in mods if m.is_root}
            sources[f"{name}/__init__.py"] = package_init(self.package, name, mods, exports)
            sources[f"codec/{name}/__init__.py"] = f'"""How {name} are read and written."""\n'
        sources["codec/index.py"] = self.index(types.modules.values(), nested)
        return sources

    def exports(self, module: Module, types: Emitter) -> list[str]:
        names = [class_name(c.name) for c in module.combinators]
        return sorted([*names, *(alias_name(name) for name in types.types_of(module))])

    def codec_module(self, module: Module, nested: frozenset[str]) -> str:
        """The functions of one module and the table that announces them."""
        emitter = CodecEmitter(self.schema, nested)
        body: list[str] = []
        for c in module.combinators:
            body += emitter.functions(c)
        needs = emitter.needs
        lines = [f'"""How the members of {module.path} are read and written.', "", GENERATED, '"""', ""]
        lines += ["# mypy: ignore-errors", "", "from __future__ import annotations", ""]
        imports = {
            f"{self.package}.{HELPERS_MODULE}": sorted(needs.helpers, key=_import_order),
            f"{self.package}.tl.tables": ["Codec", "Write"],
            f"{self.package}.{module.path}": sorted((_imported(c) for c in module.combinators), key=_import_order),
        }
        used = {definition.partition("(")[0] for definition in needs.definitions.values()}
        shipped = sorted(used & {"decoders", "encoders", "bare_decoders", "bare_encoders"})
        if shipped:
            imports[f"{self.package}.codec.builtin"] = shipped
        for source in sorted(imports):
            if imports[source]:
                lines += _import(source, imports[source])
        definitions = [f"{name} = {needs.definitions[name]}" for name in sorted(needs.definitions)]
        lines += ["", *definitions] if definitions else []
        lines += [*body, "", "", "CODECS = ["]
        for c in module.combinators:
            type_name = c.result.type if isinstance(c.result, Boxed) and not c.is_function else ""
            lines += call("Codec(", [f'"{type_name}"', *emitter.names(c)], "),", 4)
        return "\n".join([*lines, "]", ""])

    def index(self, mods: Collection[Module], nested: frozenset[str]) -> str:
        """The module of each id, and the ids that count for the depth limit."""
        lines = ['"""The module of each constructor and function, by id.', "", GENERATED, '"""', ""]
        lines += ["from __future__ import annotations", "", f"LAYER = {self.schema.layer}", "", "MODULE_OF = {"]
        for module in mods:
            for c in module.combinators:
                lines += [f'    0x{c.id:08X}: "{module.path}",  # {c.name}']
        lines += ["}", '"""Id -> module below `types` or `functions`."""', "", "NESTED = frozenset(", "    {"]
        for module in mods:
            for c in module.combinators:
                if is_cyclic(c, nested):
                    lines += [f"        0x{c.id:08X},  # {c.name}"]
        lines += ["    }", ")", '"""The ids of what can contain itself: they count against the depth limit (TL4)."""']
        return "\n".join([*lines, ""])


def verify(combinators: Collection[Combinator], exceptions: Mapping[str, int]) -> None:
    """Every declared id is the CRC-32 of its declaration, or a listed exception; no id stands for two things."""
    seen: dict[int, str] = {}
    for c in combinators:
        if c.id != c.crc and exceptions.get(c.name) != c.id:
            raise SchemaError(f"{c.name} declares the id {c.id:08x}, its text hashes to {c.crc:08x}", c.line)
        if c.id in seen:
            raise SchemaError(f"{c.name} has the id {c.id:08x} of {seen[c.id]}", c.line)
        seen[c.id] = c.name


def _imported(c: Combinator) -> str:
    name, local = class_name(c.name), class_local(c)
    return name if name == local else f"{name} as {local}"


def _import(source: str, names: list[str]) -> list[str]:
    return (
        display(f"from {source} import ", names, "")
        if _fits(source, names)
        else [
            f"from {source} import (",
            *(f"    {name}," for name in names),
            ")",
        ]
    )


def _fits(source: str, names: list[str]) -> bool:
    return len(f"from {source} import {', '.join(names)}") <= 120


def _import_order(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions, as import sorters do it."""
    if name.isupper() and len(name) > 1:
        return 0, name
    return (1, name) if name[0].isupper() else (2, name)
