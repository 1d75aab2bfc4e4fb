"""Combinators to the functions that encode them."""

from __future__ import annotations

from sansio_tl.tl.codegen.emit_parts import Lines, local
from sansio_tl.tl.codegen.layout import WIDTH, call
from sansio_tl.tl.constants import FIXED, LAYOUT, NUMBERS
from sansio_tl.tl.model import Bare, Builtin, Field, Type, Vector
from sansio_tl.tl.naming import field_name


class Encoding(Lines):
    """Emits `e_Name`, or `f_Name` for the fields alone."""

    def lines(self, *, bare: bool = False) -> list[str]:
        """The function; `bare` leaves the id out."""
        c = self.c
        unused = not c.values
        letter = "f" if bare else "e"
        self.out += call(
            f"def {letter}_{self.name}(", [f"{'_' if unused else 'o'}: {self.name}", "w: Write"], ") -> None:"
        )
        for word in (f for f in c.fields if f.is_word):
            self.compute_word(word)
        fields = [f for f in c.fields if not f.is_true]
        layout, values = ("", []) if bare else ("I", [f"0x{c.id:08X}"])
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
        return local(f.name) if self.c.announced[f.name] else "0"

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
        """The flag word: which optional fields are present."""
        announced = self.c.announced[word.name]
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
                self.reject_partial(group)
            self.set_bit(name, group[0], 1 << bit)

    def set_bit(self, word: str, f: Field, mask: int) -> None:
        if f.is_true:
            value = f"o.{field_name(f.name)}"
            self.add(1, f"if {value} is not False:", f"    {word} |= {self.needs.helper('set_bit')}({value}, {mask})")
        else:
            self.add(1, f"if {local(f.name)} is not None:", f"    {word} |= {mask}")

    def reject_partial(self, group: list[Field]) -> None:
        """Fields that share a bit are all present or all absent (TL10)."""
        first, *others = (
            f"(o.{field_name(f.name)} is False)" if f.is_true else f"({local(f.name)} is None)" for f in group
        )
        for other in others:
            self.add(1, f"if {first} is not {other}:", f"    raise {self.needs.helper('FastPathError')}")

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
                self.add(indent, f"{needs.helper('write_string')}({value}, w)")
            case Builtin("bytes"):
                self.add(indent, f"{needs.helper('write_byte_string')}({value}, w)")
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
        items = value if value.isidentifier() else "v"
        self.add(indent, f"{items} = {self.needs.helper('fixed')}({value})")
        value = items
        head = self.needs.helper("vector_head" if vector.boxed else "bare_vector_head")
        self.add(indent, f"w({head}({value}))")
        if isinstance(vector.item, Builtin) and vector.item.name in NUMBERS:
            code = LAYOUT[vector.item.name]
            self.add(indent, f'w({self.needs.helper("pack_numbers")}({value}, "{code}"))')
            return
        x = f"x{depth or ''}"
        self.add(indent, f"for {x} in {value}:")
        self.write(vector.item, x, indent + 1, depth + 1)
