"""The table: every check of docs/checks.toml, and what the source looks like without it.

A file of `removed` holds one mutant after another, each in the manner of a diff:

    HS1: the nonce in resPQ                     the check, and in words what has gone
    @@ mtproto/handshake_client.py              a file under src/sansio_tl, and of it one place that changes
             answer = _decode(body, types...)   a line that stays; it is there to name the place
    -        check_nonce(answer.nonce, ...)     a line that goes
    +        pass                               a line that comes

The lines that stay and go stand in the file together exactly once. A check that is made in several places has a mutant
for each; one that is made twice over, by something fast and by something thorough, loses both at once. A check that is
no single place of the source (the same events however the bytes are cut) is broken where it can break.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(__file__).resolve().parents[2] / "src" / "sansio_tl"
_REMOVED = Path(__file__).resolve().parent / "removed"
_ORDER = ("handshake", "framing", "envelope", "session", "service", "codec", "login")
_HEADING = re.compile(r"([A-Z]+\d+): (.+)")


class StaleError(Exception):
    """The lines of a mutant do not stand in their file exactly once: the table has to follow the source."""


class Edit(NamedTuple):
    """One change of the source, in whole lines."""

    file: str
    """Relative to src/sansio_tl."""
    old: str
    """Stands in the file exactly once."""
    new: str

    def apply(self, text: str) -> str:
        """The changed text of the file. Raises StaleError."""
        old, new = "\n" + self.old, "\n" + self.new
        if (times := f"\n{text}".count(old)) != 1:
            raise StaleError(f"{times} times in {self.file}, not once:\n{self.old}")
        return f"\n{text}".replace(old, new)[1:]


class Mutant(NamedTuple):
    """The source without one check in one place."""

    check: str
    without: str
    """What has gone, in words."""
    edits: tuple[Edit, ...]

    def __str__(self) -> str:
        return f"{self.check}: {self.without} ({', '.join(dict.fromkeys(edit.file for edit in self.edits))})"

    def apply(self, source: Path) -> dict[Path, str]:
        """The changed files under `source`. Raises StaleError."""
        changed: dict[Path, str] = {}
        for edit in self.edits:
            path = source / edit.file
            changed[path] = edit.apply(changed.get(path) or path.read_text())
        return changed


def read(text: str) -> Iterator[Mutant]:
    """The mutants of a file. Raises ValueError where it is not written as it should be."""
    for block in text.strip("\n").split("\n\n"):
        heading, *files = block.split("\n@@ ")
        named = _HEADING.fullmatch(heading)
        if named is None or not files:
            raise ValueError(f"no mutant: {block}")
        yield Mutant(named[1], named[2], tuple(map(_edit, files)))


def _edit(text: str) -> Edit:
    file, *lines = text.split("\n")
    kinds = {line[:1] for line in lines}
    if not kinds <= {" ", "-", "+"} or not kinds & {"-", "+"}:
        raise ValueError(f"no change: {text}")
    old = "".join(f"{line[1:]}\n" for line in lines if line[0] != "+")
    new = "".join(f"{line[1:]}\n" for line in lines if line[0] != "-")
    return Edit(file, old, new)


MUTANTS: tuple[Mutant, ...] = tuple(
    mutant for name in _ORDER for mutant in read((_REMOVED / f"{name}.diff").read_text())
)
