"""Searches methods, constructors, types and errors by words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sansio_tl.errors.generated.index import SPELLINGS
from sansio_tl_transports.cli.inspect import descriptions
from sansio_tl_transports.cli.inspect.error import find_error, sentence_of
from sansio_tl_transports.cli.inspect.output import FAINT, NAME, WARN, Output
from sansio_tl_transports.cli.inspect.schema_index import SchemaIndex

MANY = 24
"""Results of a kind that are shown; `--all` shows all."""


class Found(NamedTuple):
    """A result of a search."""

    kind: str
    name: str
    text: str


def error_names() -> list[str]:
    """The documented names of the known errors, and their classes."""
    return [*SPELLINGS, *sorted({location.partition(".")[2] for location in SPELLINGS.values()})]


def search(index: SchemaIndex, words: Sequence[str], *, with_errors: bool = True) -> list[Found]:
    """What has all of these words in its name or its description; names come before descriptions.

    Those with a description, which belong to logins, come first.
    """
    wanted = [word.lower() for word in words]
    by_name: list[Found] = []
    by_text: list[Found] = []
    for found in _everything(index, with_errors=with_errors):
        name, text = found.name.lower(), found.text.lower()
        if all(word in name for word in wanted):
            by_name.append(found)
        elif all(word in name or word in text for word in wanted):
            by_text.append(found)
    return sorted(by_name, key=lambda found: not found.text) + by_text


def print_found(output: Output, results: Sequence[Found], *, everything: bool) -> None:
    """Print the results by their kinds."""
    for kind in dict.fromkeys(each.kind for each in results):
        of_kind = [each for each in results if each.kind == kind]
        shown = of_kind if everything else of_kind[:MANY]
        output.head(f"{kind.capitalize()}s" if len(of_kind) > 1 else kind.capitalize())
        output.table(((each.name, WARN if kind == "error" else NAME), each.text) for each in shown)
        if len(of_kind) > len(shown):
            output.line((f"  and {len(of_kind) - len(shown)} more (--all lists them)", FAINT))


def _everything(index: SchemaIndex, *, with_errors: bool) -> Iterator[Found]:
    for method in index.declarations.functions:
        yield Found("method", method.name, descriptions.METHODS.get(method.name, ""))
    for name in SPELLINGS if with_errors else ():
        error = find_error(name)
        yield Found("error", name, "" if error is None else sentence_of(error))
    for constructor in index.declarations.constructors:
        yield Found("constructor", constructor.name, "")
    for kind in index.types:
        yield Found("type", kind, "")
