"""Descriptions of methods, constructors and types."""

from __future__ import annotations

from collections.abc import Iterable

from sansio_tl import errors
from sansio_tl.errors import RpcError
from sansio_tl.tl.model import Boxed, Combinator, Field, as_tl
from sansio_tl.tl.naming import class_name, field_name, split
from sansio_tl_transports.cli.inspect import descriptions
from sansio_tl_transports.cli.inspect.error import sentence_of
from sansio_tl_transports.cli.inspect.output import FAINT, HEAD, NAME, TYPE, VALUE, WARN, Output, Piece
from sansio_tl_transports.cli.inspect.schema_index import SchemaIndex, class_of, named_types

MANY = 24
"""Length at which lists are cut; `--all` prints them in full."""


class Describer:
    """Prints descriptions from a schema index. `everything` prints all lists in full."""

    def __init__(self, output: Output, index: SchemaIndex, *, everything: bool) -> None:
        self.output = output
        self.index = index
        self.everything = everything

    def describe(self, found: Combinator | str) -> None:
        """Print the description of a combinator or a type."""
        if isinstance(found, str):
            self._type(found)
        elif found.is_function:
            self._method(found)
        else:
            self._constructor(found)

    def _method(self, method: Combinator) -> None:
        self.output.line((method.name, NAME), "  ", ("method", FAINT))
        if method.name in descriptions.METHODS:
            self.output.text(descriptions.METHODS[method.name])
        self.output.head("TL")
        self.output.line("  ", method.text)
        self._fields("Parameters", method)
        self._result(method)
        self._errors(method)
        self._bots(method)
        self._related(method)
        self._python(method)

    def _constructor(self, constructor: Combinator) -> None:
        kind = constructor.result
        self.output.line((constructor.name, NAME), "  ", ("constructor of ", FAINT), (as_tl(kind), TYPE))
        self.output.head("TL")
        self.output.line("  ", constructor.text)
        self._fields("Fields", constructor)
        if isinstance(kind, Boxed):
            others = [c.name for c in self.index.types[kind.type] if c is not constructor]
            self._list(f"Other constructors of {kind.type}", others)
            self._uses_of(kind.type)
        self._python(constructor)

    def _type(self, kind: str) -> None:
        self.output.line((kind, NAME), "  ", ("type", FAINT))
        self.output.head("Constructors")
        for constructor in self.index.types[kind]:
            self.output.line("  ", constructor.text)
        self._uses_of(kind)
        namespace = split(kind)[0]
        self.output.head("In Python")
        self.output.line("  types.", f"{namespace}." if namespace else "", f"Type{class_name(kind)}")

    def _fields(self, title: str, combinator: Combinator) -> None:
        self.output.head(title)
        rows = [self._field(combinator, f) for f in combinator.fields if not f.is_word]
        if rows:
            self.output.table(rows)
        else:
            self.output.line("  none")

    def _field(self, combinator: Combinator, f: Field) -> tuple[Piece, ...]:
        together = next((group for group in combinator.groups if f in group), ())
        presence = f"{f.word}.{f.bit}" if f.word is not None else ""
        about = descriptions.of_field(combinator.name, f.name)
        others = [other.name for other in together if other is not f]
        if others:
            about = "; ".join(filter(None, (about, f"only together with {' and '.join(others)}")))
        return (f.name, NAME), (as_tl(f.type), TYPE), (presence, VALUE), about

    def _result(self, method: Combinator) -> None:
        self.output.head("Result")
        self.output.line("  ", (as_tl(method.result), TYPE))
        for kind in named_types(method.result):
            for constructor in self.index.types.get(kind, ()):
                self.output.line("    ", constructor.text)

    def _errors(self, method: Combinator) -> None:
        known = errors.errors_of(method.name)
        general = [error for error in errors.ANY_METHOD if error not in known]
        self.output.head("Possible errors")
        self._error_table(sorted(known, key=lambda error: error.name))
        if not known:
            self.output.line("  no specific error is known")
        if self.everything:
            self.output.head("Errors of any method")
            self._error_table(sorted(general, key=lambda error: error.name))
        else:
            self.output.line((f"  and {len(general)} errors of any method (--all lists them)", FAINT))

    def _error_table(self, classes: Iterable[type[RpcError]]) -> None:
        self.output.table(
            ((", ".join(map(str, error.codes)), VALUE), (error.name, WARN), f"{_sentence(error)} {error.hint}")
            for error in classes
        )

    def _bots(self, method: Combinator) -> None:
        self.output.head("Usable by bots")
        if errors.is_user_only(method.name):
            self.output.line("  no, only by users")
        elif errors.is_bot_only(method.name):
            self.output.line("  yes, only by bots")
        else:
            self.output.line("  yes")

    def _related(self, method: Combinator) -> None:
        related = list(self.index.related(method))
        if related:
            self.output.head("Related methods")
            shown = related if self.everything else related[:MANY]
            self.output.table(((other.name, NAME), descriptions.METHODS.get(other.name) or why) for other, why in shown)
            self._more(len(related) - len(shown))

    def _uses_of(self, kind: str) -> None:
        self._list("Returned by", [c.name for c in self.index.returning(kind)])
        self._list("Used in", [c.name for c in self.index.taking(kind)])

    def _list(self, title: str, names: list[str]) -> None:
        if not names:
            return
        self.output.head(title)
        shown = names if self.everything else names[:MANY]
        for name in shown:
            self.output.line("  ", (name, NAME))
        self._more(len(names) - len(shown))

    def _more(self, count: int) -> None:
        if count:
            self.output.line((f"  and {count} more (--all lists them)", FAINT))

    def _python(self, combinator: Combinator) -> None:
        self.output.head("In Python")
        required = ", ".join(f"{field_name(f.name)}=..." for f in combinator.required)
        self.output.line("  ", (python_name(combinator), HEAD), f"({required})")


def python_name(combinator: Combinator) -> str:
    """The class of a method or a constructor, as a program names it."""
    home = "functions" if combinator.is_function else "types"
    return f"{home}.{class_of(combinator)}"


def _sentence(error: type[RpcError]) -> str:
    """The meaning of an error, with X in place of its values."""
    return sentence_of(error) or f"{error.name.replace('_', ' ').capitalize()}."
