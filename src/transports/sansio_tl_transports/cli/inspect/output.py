"""Standard output of the commands: in colour on a terminal, plain when piped, without line wrapping."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from sansio_tl_transports._shared.escape_text import visible

NAME = "bold cyan"
TYPE = "green"
VALUE = "yellow"
FAINT = "bright_black"
HEAD = "bold"
WARN = "red"

Piece = str | tuple[str, str]
"""A text, or a text and its style."""


class Output:
    """Standard output. `Console` omits colours when it is not a terminal, or when NO_COLOR is set."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, markup=False, soft_wrap=True)

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
        """Rows of cells; every column but the last is as wide as its widest cell."""
        rows = list(rows)
        if not rows:
            return
        widths = [max(len(_words(row[column])) for row in rows) for column in range(len(rows[0]) - 1)]
        for row in rows:
            pieces: list[Piece] = [" " * indent]
            for cell, width in zip(row, (*widths, 0), strict=True):
                pieces += [cell, " " * (width - len(_words(cell)) + 2 if width else 0)]
            self.line(*pieces)


def _visible(piece: Piece) -> Piece:
    return visible(piece) if isinstance(piece, str) else (visible(piece[0]), piece[1])


def _words(piece: Piece) -> str:
    return piece if isinstance(piece, str) else piece[0]
