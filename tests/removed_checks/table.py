"""The table: every check of docs/checks.toml, and what the source looks like without it.

A file of `diffs` holds one mutant after another, each with its changes:

    HS1: the nonce in resPQ                     the check, and what was removed
    @@ _on_res_pq                               the name of the function where it is
     answer = _decode(body, types...)           a line that stays; it is there to name the place
    -check_nonce(answer.nonce, ...)             a line that goes
    +pass                                       a line that comes

The name is the end of the qualified name of a function, a class, a module, or a constant. The lines that stay and go
are Python, compared as `fragment` says, and stand exactly once in everything of that name: so as a rule no class and no
module need be written, and both can be renamed. A check that is made in several places has a
mutant for each; one that is made twice over, by something fast and by something thorough, loses both at once. A check
that is no single place of the source (the same events however the bytes are cut) is broken where it can break.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.removed_checks import fragment
from tests.repository.scan import is_generated

SOURCE = Path(__file__).resolve().parents[2] / "src" / "sansio_tl"
_REMOVED = Path(__file__).resolve().parent / "diffs"
_ORDER = ("handshake", "framing", "envelope", "session", "service", "codec", "login")
_HEADING = re.compile(r"([A-Z]+\d+): (.+)")


class StaleError(Exception):
    """The lines of a mutant do not stand exactly once where they should: the table has to follow the source."""


class Edit(NamedTuple):
    """One change of the source."""

    place: str
    """The end of a qualified name."""
    old: str
    """Stands exactly once in what is so named."""
    new: str

    def apply(self, texts: Mapping[Path, str]) -> tuple[Path, str]:
        """The file that changes, and its changed text. Raises StaleError."""
        old, new = fragment.read(self.old), fragment.read(self.new)
        found = {
            (path, place.nodes): place
            for path, text in texts.items()
            for node in _named(self.place, path, text)
            for place in fragment.find(old, new, node)
        }
        if len(found) != 1:
            raise StaleError(f"{len(found)} times in {self.place}, not once:\n{self.old}")
        [((path, _), place)] = found.items()
        return path, fragment.replace(texts[path], place, new)


class Mutant(NamedTuple):
    """The source without one check in one place."""

    check: str
    without: str
    """What was removed."""
    edits: tuple[Edit, ...]

    def __str__(self) -> str:
        return f"{self.check}: {self.without} ({', '.join(dict.fromkeys(edit.place for edit in self.edits))})"

    def apply(self, texts: Mapping[Path, str]) -> dict[Path, str]:
        """Those of the files that change, as they become. Raises StaleError."""
        changed: dict[Path, str] = {}
        for edit in self.edits:
            path, text = edit.apply({**texts, **changed})
            changed[path] = text
        return changed


def written_by_hand(source: Path = SOURCE) -> dict[Path, str]:
    """The modules of the package at `source` that are not generated."""
    texts = {path: path.read_text() for path in source.rglob("*.py")}
    return {path: text for path, text in texts.items() if not is_generated(text)}


def read(text: str) -> Iterator[Mutant]:
    """The mutants of a file. Raises ValueError where it is not written as it should be."""
    for block in text.strip("\n").split("\n\n"):
        heading, *edits = block.split("\n@@ ")
        named = _HEADING.fullmatch(heading)
        if named is None or not edits:
            raise ValueError(f"no mutant: {block}")
        yield Mutant(named[1], named[2], tuple(map(_edit, edits)))


def _edit(text: str) -> Edit:
    place, *lines = text.split("\n")
    kinds = {line[:1] for line in lines}
    if not kinds <= {" ", "-", "+"} or not kinds & {"-", "+"}:
        raise ValueError(f"no change: {text}")
    old = "".join(f"{line[1:]}\n" for line in lines if line[0] != "+")
    new = "".join(f"{line[1:]}\n" for line in lines if line[0] != "-")
    return Edit(place, old, new)


def _named(place: str, path: Path, text: str) -> Iterator[ast.AST]:
    """What has a qualified name in the file that ends so."""
    same_last = _names(path, text).get(place.rpartition(".")[2], ())
    return (node for name, node in same_last if name.endswith(f".{place}"))


@cache
def _names(path: Path, text: str) -> dict[str, list[tuple[str, ast.AST]]]:
    """The qualified name of all that has one, by the last part of it."""
    module = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
    by_last: dict[str, list[tuple[str, ast.AST]]] = defaultdict(list)
    for name, node in _inside(module, ast.parse(text)):
        by_last[name.rpartition(".")[2]].append((name, node))
    return by_last


def _inside(name: str, node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    yield name, node
    in_function = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield from _inside(f"{name}.{child.name}", child)
            case ast.Assign(targets=[ast.Name(id=own)]) | ast.AnnAssign(target=ast.Name(id=own)) if not in_function:
                yield f"{name}.{own}", child
            case _:
                pass


MUTANTS: tuple[Mutant, ...] = tuple(
    mutant for name in _ORDER for mutant in read((_REMOVED / f"{name}.diff").read_text())
)
