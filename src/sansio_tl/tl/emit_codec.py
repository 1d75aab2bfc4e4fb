"""Combinators to the Python functions that read and write them.

For each combinator two functions: `d_SentCode(b, p, d)` reads the fields from position p of the bytes b, with d levels
of nesting left, and returns the value and the next position; `e_SentCode(o, w)` hands the bytes of o to w. Runs of
fields of fixed width go through one `struct.Struct`; short strings are cut out in place; boxed fields go through the
table of their type (see `tables`). A constructor that stands bare somewhere has a third function, `f_Name`, which
writes its fields without its id. The same text serves the shipped modules and schemas compiled at run time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sansio_tl.tl.graph import FIXED, is_cyclic, least_size
from sansio_tl.tl.layout import WIDTH, call
from sansio_tl.tl.model import Bare, Boxed, Builtin, Combinator, Declarations, Field, Type, Vector
from sansio_tl.tl.naming import class_name, field_name

LAYOUT = {"int": "i", "long": "q", "double": "d", "#": "I", "int128": "16s", "int256": "32s"}
NUMBERS = {"int": ("i", 4), "long": ("q", 8), "double": ("d", 8)}
RESERVED = re.compile(
    r"[bdopqvw]|[nx]\d*|range|type|[DEBuk]_\w+|BOOL|BARE|"
    "put_text|put_bytes|raw_bytes|bool_bytes|long_bytes|long_text|"
    "(bare_)?vector_(count|head)|(read|pack)_numbers|set_bit"
)
"""Names that the functions use themselves: a field of such a name becomes a local with a trailing underscore."""
GLOBALS = frozenset({"BARE", "BOOL", "CODECS", "Codec", "Refused", "Write"})
"""Names that a class cannot have among the functions: it gets a trailing underscore there."""


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


@dataclass
class CodecEmitter:
    """Writes the functions of one combinator after the other."""

    schema: Declarations
    cyclic: frozenset[str]
    needs: Needs = field(default_factory=Needs)

    def functions(self, c: Combinator) -> list[str]:
        """The functions of a combinator, two blank lines before each."""
        lines = ["", "", *_Decoding(self, c).lines(), "", "", *_Encoding(self, c).lines()]
        if self.is_bare(c):
            lines += ["", "", *_Encoding(self, c, bare=True).lines()]
        return lines

    def is_bare(self, c: Combinator) -> bool:
        return not c.is_function and c.name in self.schema.bare

    def names(self, c: Combinator) -> list[str]:
        """The class and its functions, in the order of `tables.Codec`."""
        name = class_local(c)
        return [name, f"d_{name}", f"e_{name}", *([f"f_{name}"] if self.is_bare(c) else [])]


def local(name: str) -> str:
    """The local variable of a field."""
    name = field_name(name)
    return f"{name}_" if RESERVED.fullmatch(name) else name


def class_local(c: Combinator) -> str:
    """The global by which the functions know a class."""
    name = class_name(c.name)
    return f"{name}_" if name in GLOBALS else name


class _Writer:
    """Lines with indentation."""

    def __init__(self, emitter: CodecEmitter, c: Combinator) -> None:
        self.emitter, self.c, self.needs = emitter, c, emitter.needs
        self.name = class_local(c)
        self.out: list[str] = []

    def add(self, indent: int, *lines: str) -> None:
        self.out += [" " * 4 * indent + line for line in lines]


class _Decoding(_Writer):
    """`d_Name`."""

    def lines(self) -> list[str]:
        c = self.c
        self.out += call(f"def d_{self.name}(", ["b: bytes", "p: int", "d: int"], f") -> tuple[{self.name}, int]:")
        if is_cyclic(c, self.emitter.cyclic):
            self.add(1, "if not d:", f"    raise {self.needs.helper('Refused')}", "d -= 1")
        fields = [f for f in c.fields if not f.is_true]
        at, skipped = 0, 0
        while at < len(fields):
            run = self.run(fields, at)
            if run:
                width = self.read_run(fields[at : at + run])
                at += run
                if at == len(fields):
                    skipped = width
                else:
                    self.add(1, f"p += {width}")
            else:
                self.read_field(fields[at])
                at += 1
        values = [self.value(f) for f in c.values]
        self.out += call(f"return {self.name}(", values, ")", 4)
        self.out[-1] += f", p + {skipped}" if skipped else ", p"
        if len(self.out[-1]) > WIDTH:
            self.split_return(values, skipped)
        return self.out

    def split_return(self, values: list[str], skipped: int) -> None:
        """The formatter's way with a tuple whose call only just fits."""
        tail = f"), p + {skipped}" if skipped else "), p"
        self.out.pop()
        self.out += call(f"return {self.name}(", values, tail, 4)

    def run(self, fields: list[Field], at: int) -> int:
        """How many fields from `at` on have a fixed width."""
        n = 0
        while at + n < len(fields) and fields[at + n].word is None and self.layout(fields[at + n].type):
            n += 1
        return n

    def layout(self, kind: Type) -> str | None:
        return LAYOUT.get(kind.name) if isinstance(kind, Builtin) else None

    def read_run(self, run: list[Field]) -> int:
        layout = "".join(self.layout(f.type) or "" for f in run)
        names = [self.target(f) for f in run]
        unpack = self.needs.unpack(layout)
        if len(names) == 1:
            self.add(1, f"({names[0]},) = {unpack}(b, p)")
        else:
            self.read_many(names, f" = {unpack}(b, p)")
        return sum(FIXED[f.type.name] for f in run if isinstance(f.type, Builtin))

    def read_many(self, names: list[str], source: str) -> None:
        line = ", ".join(names) + source
        if len(line) + 4 <= WIDTH:
            self.add(1, line)
        else:
            self.add(1, "(", *(f"    {name}," for name in names), f"){source}")

    def target(self, f: Field) -> str:
        if f.is_word and not any(g.word == f.name for g in self.c.fields):
            return "_"
        return local(f.name)

    def value(self, f: Field) -> str:
        return f"{local(f.word)} & {1 << f.bit} != 0" if f.is_true and f.word else local(f.name)

    def read_field(self, f: Field) -> None:
        name = local(f.name)
        if f.word is None:
            self.read(f.type, name, 1)
            return
        self.add(1, f"if {local(f.word)} & {1 << f.bit}:")
        self.read(f.type, name, 2)
        self.add(1, "else:", f"    {name} = None")

    def read(self, kind: Type, name: str, indent: int, depth: int = 0) -> None:
        """Statements that read a value of `kind` at p into `name` and move p."""
        needs = self.needs
        match kind:
            case Builtin("string" | "bytes" as builtin):
                decode, long = (".decode()", "long_text") if builtin == "string" else ("", "long_bytes")
                self.add(
                    indent,
                    "n = b[p]",
                    "if n < 254:",
                    "    q = p + 1 + n",
                    f"    {name} = b[p + 1 : q]{decode}",
                    "    p = q + 3 & -4",
                    "else:",
                    f"    {name}, p = {needs.helper(long)}(b, p)",
                )
            case Builtin("Bool"):
                self.add(indent, f"{name} = {needs.helper('BOOL')}[b[p : p + 4]]", "p += 4")
            case Builtin("int128" | "int256" as builtin):
                self.add(indent, f"{name} = b[p : p + {FIXED[builtin]}]", f"p += {FIXED[builtin]}")
            case Builtin(builtin):
                self.add(indent, f"({name},) = {needs.unpack(LAYOUT[builtin])}(b, p)", f"p += {FIXED[builtin]}")
            case Vector():
                self.read_vector(kind, name, indent, depth)
            case Bare(constructor):
                self.add(indent, f'{name}, p = {needs.bare_decoders()}["{constructor}"](b, p, d)')
            case _:
                self.add(indent, f"{name}, p = {needs.decoders(kind)}[b[p : p + 4]](b, p + 4, d)")

    def read_vector(self, vector: Vector, name: str, indent: int, depth: int) -> None:
        least = least_size(vector.item, self.emitter.schema)
        head = self.needs.helper("vector_count" if vector.boxed else "bare_vector_count")
        n, x = f"n{depth or ''}", f"x{depth or ''}"
        self.add(indent, f"{n}, p = {head}(b, p, {least})")
        if isinstance(vector.item, Builtin) and vector.item.name in NUMBERS:
            code, size = NUMBERS[vector.item.name]
            self.add(indent, f'{name}, p = {self.needs.helper("read_numbers")}(b, p, {n}, "{code}", {size})')
            return
        self.add(indent, f"{name} = []", f"for _ in range({n}):")
        self.read(vector.item, x, indent + 1, depth + 1)
        self.add(indent + 1, f"{name}.append({x})")


class _Encoding(_Writer):
    """`e_Name`, or `f_Name` for the fields alone."""

    def __init__(self, emitter: CodecEmitter, c: Combinator, bare: bool = False) -> None:
        super().__init__(emitter, c)
        self.bare = bare

    def lines(self) -> list[str]:
        c = self.c
        unused = not c.values
        letter = "f" if self.bare else "e"
        self.out += call(
            f"def {letter}_{self.name}(", [f"{'_' if unused else 'o'}: {self.name}", "w: Write"], ") -> None:"
        )
        for word in (f for f in c.fields if f.is_word):
            self.compute_word(word)
        fields = [f for f in c.fields if not f.is_true]
        layout, values = ("", []) if self.bare else ("I", [f"0x{c.id:08X}"])
        for f in fields:
            width = LAYOUT.get(f.type.name) if isinstance(f.type, Builtin) else None
            if f.word is None and width and "s" not in width:
                layout += width
                values.append(self.run_value(f))
                continue
            self.flush(layout, values)
            layout, values = "", []
            self.write_field(f)
        self.flush(layout, values)
        if len(self.out) == 1:
            self.add(1, "pass")
        return self.out

    def run_value(self, f: Field) -> str:
        if not f.is_word:
            return f"o.{field_name(f.name)}"
        return local(f.name) if any(g.word == f.name for g in self.c.fields) else "0"

    def flush(self, layout: str, values: list[str]) -> None:
        """Write a run of fixed-width fields."""
        if layout == "I" and values[0].startswith("0x"):
            key = "".join(f"\\x{byte:02x}" for byte in int(values[0], 16).to_bytes(4, "little"))
            self.add(1, f'w(b"{key}")')
        elif layout:
            self.write_run(self.needs.pack(layout), values)

    def write_run(self, pack: str, values: list[str]) -> None:
        line = f"w({pack}({', '.join(values)}))"
        if len(line) + 4 <= WIDTH:
            self.add(1, line)
        else:
            self.out += ["    w(", *call(f"{pack}(", values, ")", 8), "    )"]

    def compute_word(self, word: Field) -> None:
        """The flag word: which optional fields are there."""
        announced = [f for f in self.c.fields if f.word == word.name]
        if not announced:
            return
        name = local(word.name)
        self.add(1, f"{name} = 0")
        for bit in dict.fromkeys(f.bit for f in announced):
            group = [f for f in announced if f.bit == bit]
            for f in group:
                if not f.is_true:
                    self.add(1, f"{local(f.name)} = o.{field_name(f.name)}")
            if len(group) > 1:
                self.refuse_half(group)
            self.set_bit(name, group[0], 1 << bit)

    def set_bit(self, word: str, f: Field, mask: int) -> None:
        if f.is_true:
            value = f"o.{field_name(f.name)}"
            self.add(1, f"if {value} is not False:", f"    {word} |= {self.needs.helper('set_bit')}({value}, {mask})")
        else:
            self.add(1, f"if {local(f.name)} is not None:", f"    {word} |= {mask}")

    def refuse_half(self, group: list[Field]) -> None:
        """Fields that share a bit are there together or not at all (TL10)."""
        first, *others = (
            f"(o.{field_name(f.name)} is False)" if f.is_true else f"({local(f.name)} is None)" for f in group
        )
        for other in others:
            self.add(1, f"if {first} is not {other}:", f"    raise {self.needs.helper('Refused')}")

    def write_field(self, f: Field) -> None:
        if f.word is None:
            self.write(f.type, f"o.{field_name(f.name)}", 1)
            return
        self.add(1, f"if {local(f.name)} is not None:")
        self.write(f.type, local(f.name), 2)

    def write(self, kind: Type, value: str, indent: int, depth: int = 0) -> None:
        """Statements that write `value`, a value of `kind`."""
        needs = self.needs
        match kind:
            case Builtin("string"):
                self.add(indent, f"{needs.helper('put_text')}({value}, w)")
            case Builtin("bytes"):
                self.add(indent, f"{needs.helper('put_bytes')}({value}, w)")
            case Builtin("Bool"):
                self.add(indent, f"w({needs.helper('bool_bytes')}({value}))")
            case Builtin("int128" | "int256" as builtin):
                self.add(indent, f"w({needs.helper('raw_bytes')}({value}, {FIXED[builtin]}))")
            case Builtin(builtin):
                self.add(indent, f"w({needs.pack(LAYOUT[builtin])}({value}))")
            case Vector():
                self.write_vector(kind, value, indent, depth)
            case _:
                table = needs.bare_encoders(kind.constructor) if isinstance(kind, Bare) else needs.encoders(kind)
                if not value.isidentifier():
                    self.add(indent, f"v = {value}")
                    value = "v"
                self.add(indent, f"{table}[type({value})]({value}, w)")

    def write_vector(self, vector: Vector, value: str, indent: int, depth: int) -> None:
        if not value.isidentifier():
            self.add(indent, f"v = {value}")
            value = "v"
        head = self.needs.helper("vector_head" if vector.boxed else "bare_vector_head")
        self.add(indent, f"w({head}({value}))")
        if isinstance(vector.item, Builtin) and vector.item.name in NUMBERS:
            code, _ = NUMBERS[vector.item.name]
            self.add(indent, f'w({self.needs.helper("pack_numbers")}({value}, "{code}"))')
            return
        x = f"x{depth or ''}"
        self.add(indent, f"for {x} in {value}:")
        self.write(vector.item, x, indent + 1, depth + 1)
