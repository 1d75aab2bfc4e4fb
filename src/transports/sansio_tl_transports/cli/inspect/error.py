"""Descriptions of RPC errors."""

from __future__ import annotations

import re

from sansio_tl import errors
from sansio_tl.errors import RpcError
from sansio_tl_transports.cli.inspect.output import FAINT, HEAD, NAME, TYPE, VALUE, WARN, Output
from sansio_tl_transports.cli.inspect.schema_index import SchemaIndex

MANY = 24
"""Length at which lists are cut; `--all` prints them in full."""
_TEXT = re.compile(r"(?:(-?\d{3}) )?([A-Z0-9]+(?:_\w+)+)")
_KINDS = (errors.RpcError, errors.KnownRpcError)


def find_error(name: str) -> type[RpcError] | None:
    """Find an error by the server's text, by its documented name, or by its class; None for none.

    FLOOD_WAIT_30, 420 FLOOD_WAIT_30, FLOOD_WAIT_X, FLOOD_WAIT, FloodWait and errors.FloodWait are the same.
    """
    if (text := _TEXT.fullmatch(name)) is not None:
        known = errors.class_of_name(text[2]) or errors.class_of_name(f"{text[2]}_X")
        if known is None:
            parsed = errors.parse(int(text[1] or 400), text[2])
            known = None if parsed.name == parsed.text else errors.class_of_name(parsed.name)
        return known
    named = getattr(errors, name.removeprefix("errors."), None)
    if isinstance(named, type) and issubclass(named, RpcError) and named not in _KINDS:
        return named
    return None


def describe_error(
    output: Output, index: SchemaIndex, error: type[RpcError], *, everything: bool, given: str = ""
) -> None:
    """Print the description of an error, with the values of the server's text if that is `given`."""
    output.line((error.name or error.__name__, WARN), "  ", ("error", FAINT))
    if sentence := sentence_of(error, given):
        output.text(sentence)
    output.head("Codes")
    for code in error.codes:
        output.line("  ", (str(code), VALUE), "  ", errors.class_of_code(code).__name__)
    if error.values:
        output.head("Values")
        output.table(((name, NAME), (kind.__name__, TYPE)) for name, kind in error.values.items())
    output.head("What to do")
    output.text(error.hint, indent=2)
    if error.name:
        output.head("Raised by")
        _methods(output, index, error, everything=everything)
    output.head("In Python")
    output.line("  except ", (f"errors.{error.__name__}", HEAD), " as error: ...", *_values(error))


def sentence_of(error: type[RpcError], given: str = "") -> str:
    """The meaning of the error, with its values, or with X in place of each one that is not given."""
    if error.values and (text := _TEXT.fullmatch(given)) is not None:
        parsed = errors.parse(int(text[1] or error.codes[0]), text[2])
        if isinstance(parsed, error):
            return parsed.message
    return re.sub(r"\{\w+\}", "X", getattr(error, "sentence", ""))


def _methods(output: Output, index: SchemaIndex, error: type[RpcError], *, everything: bool) -> None:
    names = [method.name for method in index.declarations.functions if error in errors.errors_of(method.name)]
    if error in errors.ANY_METHOD:
        output.line("  any method")
    shown = names if everything else names[:MANY]
    for name in shown:
        output.line("  ", (name, NAME))
    if len(names) > len(shown):
        output.line((f"  and {len(names) - len(shown)} more (--all lists them)", FAINT))


def _values(error: type[RpcError]) -> list[str]:
    return [f"  # {', '.join(f'error.{name}' for name in error.values)}"] if error.values else []
