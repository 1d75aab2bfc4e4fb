"""Output and prompts of the commands: in color on a terminal, plain when piped. Passwords are not echoed while typed.

All output passes through this module. It escapes control characters, because names, messages, hints, device models,
URLs and error texts come from a server or from other users. It shortens long texts. On a terminal it breaks lines
between words.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import TypeVar

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from sansio_tl_transports._shared.escape_text import shortened, visible
from sansio_tl_transports.cli.terminal_input import read_line

T = TypeVar("T")

TRIES = 3
"""How often a prompt is repeated before the command fails."""

_CONTINUED = "    "
"""Indent of each line but the first: text from a server must not look like output of the command."""


class Failure(Exception):
    """The command failed; the text has the reason and the next step. Exit status 1."""


class InvalidInput(Exception):
    """What the user typed cannot be used; the text says what is expected. It is asked for again."""


class Terminal:
    """Standard output and input."""

    def __init__(self) -> None:
        self._out = Console(highlight=False, markup=False, soft_wrap=True)

    def print(self, text: str, style: str = "") -> None:
        """Print text; its line breaks are kept, and the lines after the first are indented."""
        self._out.print(Text(_lines(text, self._out), style))

    def draw(self, picture: str) -> None:
        """Print a QR code without escaping. Only for text that the command itself has made."""
        sys.stdout.write(picture)
        sys.stdout.flush()

    def why_not_drawn(self, picture: str) -> str | None:
        """Why the picture cannot be shown here; None if it can."""
        try:
            picture.encode(sys.stdout.encoding or "ascii")
        except UnicodeEncodeError:
            return f"The encoding of the output, {sys.stdout.encoding}, has no characters for a QR code."
        width = max(map(cell_len, picture.splitlines()), default=0)
        if self._out.is_terminal and width > self._out.width:
            return f"A QR code is {width} columns wide, the terminal {self._out.width}."
        return None

    def ask(self, question: str, *, hidden: bool = False) -> str:
        """Read one line from the user; blanks around it are dropped unless it is hidden: those of a password count.

        Raises EOFError at the end of the input.
        """
        line = read_line(f"{visible(shortened(question))}: ", hidden=hidden)
        return line if hidden else line.strip()

    def ask_until_valid(self, question: str, check: Callable[[str], T], *, hidden: bool = False) -> T:
        """Ask until `check` accepts the input, and return its value. `check` raises InvalidInput.

        Raises Failure after `TRIES` invalid inputs.
        """
        for _ in range(TRIES):
            try:
                return check(self.ask(question, hidden=hidden))
            except InvalidInput as error:
                self.print(str(error), "yellow")
        raise Failure("too many invalid inputs: start the command again")

    def confirm(self, question: str) -> bool:
        """Ask for yes or no; no is the default."""
        return self.ask_until_valid(f"{question} [y/N]", _yes_or_no)


def echo(text: str) -> None:
    """Print one line on standard output, at once."""
    sys.stdout.write(f"{visible(shortened(text))}\n")
    sys.stdout.flush()


def echo_data(text: str) -> None:
    """Print data for programs on standard output, whole and unchanged. Only for text without control characters."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def print_json(value: object) -> None:
    """Print a value as JSON on standard output. It is ASCII: JSON escapes control characters."""
    sys.stdout.write(f"{json.dumps(value, indent=2)}\n")
    sys.stdout.flush()


def print_error(text: str) -> None:
    """Print why the command failed, or a warning, on standard error."""
    sys.stdout.flush()
    sys.stderr.write(_lines(f"sansio-tl: {text}", Console(stderr=True)) + "\n")
    sys.stderr.flush()


def _lines(text: str, console: Console) -> str:
    """The text with visible control characters and indented lines, wrapped between words on a terminal."""
    lines = [visible(line) for line in shortened(text).split("\n")]
    if console.is_terminal:
        width = max(20, console.width - len(_CONTINUED))
        lines = [each for line in lines for each in wrapped(line, width)]
    return f"\n{_CONTINUED}".join(lines)


def wrapped(line: str, width: int) -> list[str]:
    """The line in parts of at most `width` cells, broken at blanks only: addresses and paths stay whole."""
    parts = [""]
    for number, word in enumerate(line.split(" ")):
        longer = f"{parts[-1]} {word}" if number else word
        if cell_len(longer) <= width or not parts[-1].strip():
            parts[-1] = longer
        else:
            parts.append(word)
    return parts


def _yes_or_no(typed: str) -> bool:
    if typed.lower() in {"y", "yes"}:
        return True
    if typed.lower() in {"", "n", "no"}:
        return False
    raise InvalidInput("Type y for yes or n for no.")
