"""Output and prompts of the commands: in color on a terminal, plain when piped. Secrets are not echoed while typed.

All output passes through this module. It escapes control characters, because names, messages, hints, device models,
URLs and error texts come from a server or from other users. It shortens long texts.
"""

from __future__ import annotations

import getpass
import sys

from rich.console import Console
from rich.text import Text

from sansio_tl_transports._shared.escape_text import shortened, visible

_CONTINUED = "    "
"""Indent of each line but the first: text from a server must not look like output of the command."""


class Failure(Exception):
    """The command failed; the text has the reason and the next step. Exit status 1."""


class Terminal:
    """Standard output and input."""

    def __init__(self) -> None:
        self._out = Console(highlight=False, markup=False, soft_wrap=True)

    def print(self, text: str, style: str = "") -> None:
        """Print text; its line breaks are kept, and the lines after the first are indented."""
        self._out.print(Text(_lines(text), style))

    def draw(self, picture: str) -> None:
        """Print a QR code without escaping. Only for text that the command itself has made."""
        sys.stdout.write(picture)
        sys.stdout.flush()

    def ask(self, question: str, *, hidden: bool = False) -> str:
        """Read one line from the user, stripped. Raises EOFError at the end of the input."""
        prompt = f"{visible(shortened(question))}: "
        if hidden and sys.stdin.isatty():
            return getpass.getpass(prompt).strip()
        return input(prompt).strip()


def echo(text: str) -> None:
    """Print one line on standard output, at once."""
    sys.stdout.write(f"{visible(shortened(text))}\n")
    sys.stdout.flush()


def print_error(text: str) -> None:
    """Print why the command failed on standard error."""
    sys.stdout.flush()
    sys.stderr.write(f"sansio-tl: {_lines(text)}\n")
    sys.stderr.flush()


def _lines(text: str) -> str:
    return f"\n{_CONTINUED}".join(visible(line) for line in shortened(text).split("\n"))
