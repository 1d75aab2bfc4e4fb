"""Schema text to tokens. Comments (`// ...`, `/* ... */`) and blanks vanish; every token remembers its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from sansio_tl.tl.errors import SchemaError


class Token(NamedTuple):
    """A word or sign of TL text, with its place."""

    kind: str
    """"name", "id" (#hex right after a name), "section", or the sign itself."""
    text: str
    line: int
    start: int
    end: int


_TOKEN = re.compile(
    r"""
    (?P<blank>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<section>---\w+---)
    |(?P<name>[A-Za-z_]\w*(?:\.\w+)*)
    |(?P<number>\d+)
    |(?P<id>\#[0-9A-Fa-f]+(?![0-9A-Za-z_]))
    |(?P<sign>[#:;=?%!<>{}()\[\]*,])
    """,
    re.VERBOSE | re.DOTALL,
)
_LAYER = re.compile(r"//[ \t]*LAYER[ \t]+(\d+)[ \t\r]*$", re.MULTILINE)


def tokens(text: str) -> Iterator[Token]:
    """All tokens of a schema text. Raises SchemaError at the first character that is none."""
    at, line = 0, 1
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise SchemaError(f"unexpected character {text[at]!r}", line)
        kind = match.lastgroup or ""
        if kind != "blank":
            yield Token(match[0] if kind == "sign" else kind, match[0], line, at, match.end())
        line += match[0].count("\n")
        at = match.end()


def layer_of(text: str) -> int | None:
    """The number of the last `// LAYER n` comment."""
    found = _LAYER.findall(text)
    return int(found[-1]) if found else None
