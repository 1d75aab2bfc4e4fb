"""Standard output of the commands: in colour and broken between words on a terminal, plain when piped.

Lines of TL are never broken, so that they can be copied.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from sansio_tl_transports._shared.escape_text import visible
from sansio_tl_transports.cli.terminal import wrapped

NAME = "bold cyan"
TYPE = "green"
VALUE = "yellow"
FAINT = "bright_black"
HEAD = "bold"
WARN = "red"

NARROW = 32
"""Cells below which the last column of a table goes to lines of its own."""

Piece = str | tuple[str, str]
"""A text, or a text and its style."""


class Output:
    """Standard output. `Console` omits colours when it is not a terminal, or when NO_COLOR is set."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, markup=False, soft_wrap=True)

    def line(self, *pieces: Piece) -> None:
        """One line made of pieces."""
        text = Text.assemble(*(_visible(piece) for piece in pieces))
        text.rstrip()
        self._console.print(text)

    def head(self, title: str) -> None:
        """A title with an empty line before it."""
        self.line()
        self.line((title, HEAD))

    def table(self, rows: Iterable[tuple[Piece, ...]], indent: int = 2) -> None:
        """Rows of cells; every column but the last is as wide as its widest cell.

        On a terminal the last column is broken between words, or begins on a line of its own if it has no room.
        """
        rows = list(rows)
        if not rows:
            return
        widths = [max(len(_words(row[column])) for row in rows) for column in range(len(rows[0]) - 1)]
        start = indent + sum(width + 2 for width in widths if width)
        room = self._console.width - start if self._console.is_terminal else 0
        for row in rows:
            pieces: list[Piece] = [" " * indent]
            for cell, width in zip(row[:-1], widths, strict=True):
                pieces += [cell, " " * (width - len(_words(cell)) + 2 if width else 0)]
            text, style = _words(row[-1]), "" if isinstance(row[-1], str) else row[-1][1]
            if not room:
                self.line(*pieces, row[-1])
            elif room >= NARROW or len(text) <= room:
                first, *rest = wrapped(text, room)
                self.line(*pieces, (first, style))
                for part in rest:
                    self.line(" " * start, (part, style))
            else:
                self.line(*pieces)
                self.text(text, indent=indent + 4)

    def text(self, text: str, indent: int = 0) -> None:
        """A text, broken between words on a terminal."""
        width = max(1, self._console.width - indent)
        for part in wrapped(text, width) if self._console.is_terminal else (text,):
            self.line(" " * indent, part)


def _visible(piece: Piece) -> Piece:
    return visible(piece) if isinstance(piece, str) else (visible(piece[0]), piece[1])


def _words(piece: Piece) -> str:
    return piece if isinstance(piece, str) else piece[0]
