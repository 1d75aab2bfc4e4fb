"""What there is to know of an error."""

from __future__ import annotations

import re

from sansio_tl import errors
from sansio_tl.errors import RpcError
from sansio_tl_transports.cli.inspect.output import FAINT, HEAD, NAME, TYPE, VALUE, WARN, Output
from sansio_tl_transports.cli.inspect.schema_index import Library

MANY = 24
"""A longer list is cut short; `--all` prints it whole."""
_TEXT = re.compile(r"(?:(-?\d{3}) )?([A-Z0-9]+(?:_\w+)+)")
_KINDS = (errors.RpcError, errors.KnownRpcError)


def find_error(name: str) -> type[RpcError] | None:
    """The error of a text as servers send it, of a name as documentation spells it, or of a class; None for none.

    FLOOD_WAIT_30, 420 FLOOD_WAIT_30, FLOOD_WAIT_X, FloodWait and errors.FloodWait are the same.
    """
    if (text := _TEXT.fullmatch(name)) is not None:
        known = errors.class_of_name(text[2])
        if known is None:
            parsed = errors.parse(int(text[1] or 400), text[2])
            known = None if parsed.name == parsed.text else errors.class_of_name(parsed.name)
        return known
    named = getattr(errors, name.removeprefix("errors."), None)
    if isinstance(named, type) and issubclass(named, RpcError) and named not in _KINDS:
        return named
    return None


def describe_error(paper: Output, library: Library, error: type[RpcError], *, everything: bool) -> None:
    """Print what is known of it."""
    paper.line((error.name or error.__name__, WARN), "  ", ("error", FAINT))
    if sentence := getattr(error, "sentence", ""):
        paper.line(sentence)
    paper.head("Codes")
    for code in error.codes:
        paper.line("  ", (str(code), VALUE), "  ", errors.class_of_code(code).__name__)
    if error.values:
        paper.head("Values")
        paper.table(((name, NAME), (kind.__name__, TYPE)) for name, kind in error.values.items())
    paper.head("What to do")
    paper.line("  ", error.hint)
    if error.name:
        paper.head("Raised by")
        _methods(paper, library, error, everything=everything)
    paper.head("In Python")
    paper.line("  except ", (f"errors.{error.__name__}", HEAD), " as error: ...", *_values(error))


def _methods(paper: Output, library: Library, error: type[RpcError], *, everything: bool) -> None:
    names = [method.name for method in library.declarations.functions if error in errors.errors_of(method.name)]
    if error in errors.ANY_METHOD:
        paper.line("  any method")
    shown = names if everything else names[:MANY]
    for name in shown:
        paper.line("  ", (name, NAME))
    if len(names) > len(shown):
        paper.line((f"  and {len(names) - len(shown)} more (--all lists them)", FAINT))


def _values(error: type[RpcError]) -> list[str]:
    return [f"  # {', '.join(f'error.{name}' for name in error.values)}"] if error.values else []
