"""Schema text to tokens. Comments (`// ...`, `/* ... */`) and blanks are skipped; every token has its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from sansio_tl.tl.errors import SchemaError


class Token(NamedTuple):
    """A word or sign of TL text, with its position."""

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
    |(?P<name>[A-Za-z]\w*(?:\.\w+)*)
    |(?P<number>\d+)
    |(?P<id>\#[0-9A-Fa-f]+(?![0-9A-Za-z_]))
    |(?P<sign>[#:;=?%!<>{}()\[\]*,])
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_NAMES = "a name begins with an ASCII letter and continues with ASCII letters, digits and underscores"
"""According to the TL grammar. Python identifies other names whose normal forms (NFKC) are equal."""
_LAYER = re.compile(r"//[ \t]*LAYER[ \t]+([0-9]+)[ \t\r]*$", re.MULTILINE)
_MAX_LAYER_DIGITS = 9
"""A layer is a 32-bit number."""


def tokens(text: str) -> Iterator[Token]:
    """All tokens of a schema text. Raises SchemaError at the first invalid character."""
    at, line = 0, 1
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            rule = f": {_NAMES}" if text[at].isalpha() or text[at] == "_" else ""
            raise SchemaError(f"unexpected character {text[at]!r}{rule}", line)
        kind = match.lastgroup or ""
        if kind != "blank":
            yield Token(match[0] if kind == "sign" else kind, match[0], line, at, match.end())
        line += match[0].count("\n")
        at = match.end()


def layer_of(text: str) -> int | None:
    """The number of the last `// LAYER n` comment. Raises SchemaError if it has too many digits."""
    found = None
    for found in _LAYER.finditer(text):  # noqa: B007  the last one counts
        pass
    if found is None:
        return None
    if len(found[1]) > _MAX_LAYER_DIGITS:
        raise SchemaError(
            f"invalid layer: expected at most {_MAX_LAYER_DIGITS} digits", text.count("\n", 0, found.start()) + 1
        )
    return int(found[1])
