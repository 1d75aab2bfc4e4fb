"""Combinators to the Python functions that decode and encode them.

For each combinator two functions: `d_SentCode(b, p, d)` reads the fields from position p of the bytes b, with d levels
of nesting left, and returns the value and the next position; `e_SentCode(o, w)` passes the bytes of o to w. Runs of
fields of fixed width go through one `struct.Struct`; short strings are sliced in place; boxed fields go through the
table of their type (see `tables`). A constructor that is used bare somewhere has a third function, `f_Name`, which
writes its fields without its id. The same text serves the shipped modules and schemas compiled at run time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sansio_tl.tl.codegen.emit_decoding import Decoding
from sansio_tl.tl.codegen.emit_encoding import Encoding
from sansio_tl.tl.codegen.emit_parts import Needs, class_local
from sansio_tl.tl.model import Combinator, Declarations
from sansio_tl.tl.type_graph import is_cyclic


@dataclass
class CodecEmitter:
    """Writes the functions of one combinator after the other."""

    schema: Declarations
    cyclic: frozenset[str]
    needs: Needs = field(default_factory=Needs)

    def functions(self, c: Combinator) -> list[str]:
        """The functions of a combinator, two blank lines before each."""
        decoding = Decoding(self.schema, self.needs, c).lines(cyclic=is_cyclic(c, self.cyclic))
        lines = ["", "", *decoding, "", "", *Encoding(self.schema, self.needs, c).lines()]
        if self.is_bare(c):
            lines += ["", "", *Encoding(self.schema, self.needs, c).lines(bare=True)]
        return lines

    def is_bare(self, c: Combinator) -> bool:
        return not c.is_function and c.name in self.schema.bare

    def names(self, c: Combinator) -> list[str]:
        """The class and its functions, in the order of `tables.Codec`."""
        name = class_local(c)
        return [name, f"d_{name}", f"e_{name}", *([f"f_{name}"] if self.is_bare(c) else [])]
