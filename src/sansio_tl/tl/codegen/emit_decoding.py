"""Combinators to the functions that decode them."""

from __future__ import annotations

from sansio_tl.tl.codegen.emit_parts import Lines, local
from sansio_tl.tl.codegen.layout import WIDTH, call
from sansio_tl.tl.constants import FIXED, LAYOUT, NUMBERS
from sansio_tl.tl.model import Bare, Builtin, Field, Type, Vector


class Decoding(Lines):
    """Emits `d_Name`."""

    def lines(self, *, cyclic: bool) -> list[str]:
        """The function; `cyclic` values can contain themselves and count for the depth limit (TL4)."""
        c = self.c
        self.out += call(f"def d_{self.name}(", ["b: bytes", "p: int", "d: int"], f") -> tuple[{self.name}, int]:")
        if cyclic:
            self.add(1, "if not d:", f"    raise {self.needs.helper('FastPathError')}", "d -= 1")
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
        """Follows the formatter's style for a tuple whose call just fits."""
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
        if f.is_word and not self.c.announced[f.name]:
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
        least = self.schema.sizes.of(vector.item)
        head = self.needs.helper("vector_count" if vector.boxed else "bare_vector_count")
        n, x = f"n{depth or ''}", f"x{depth or ''}"
        self.add(indent, f"{n}, p = {head}(b, p, {least})")
        if isinstance(vector.item, Builtin) and vector.item.name in NUMBERS:
            code, size = LAYOUT[vector.item.name], FIXED[vector.item.name]
            self.add(indent, f'{name}, p = {self.needs.helper("read_numbers")}(b, p, {n}, "{code}", {size})')
            return
        self.add(indent, f"{name} = []", f"for _ in range({n}):")
        self.read(vector.item, x, indent + 1, depth + 1)
        self.add(indent + 1, f"{name}.append({x})")
