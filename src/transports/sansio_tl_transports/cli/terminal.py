"""What a command prints and asks: in color on a terminal, plain when piped. Secrets are not echoed while typed.

Everything is printed through this module, and it makes control characters visible: names, messages, hints, device
models, URLs and error texts come from a server, or from people that a server speaks for. What is long is cut.
"""

from __future__ import annotations

import getpass
import sys

from rich.console import Console
from rich.text import Text

from sansio_tl_transports._shared.visible import shortened, visible

_CONTINUED = "    "
"""In front of each line but the first: text from a server with line breaks must not look like lines of ours."""


class Failure(Exception):
    """The command cannot do what was asked; the text says why and what to do next. Exit status 1."""


class Terminal:
    """One conversation."""

    def __init__(self) -> None:
        self._out = Console(highlight=False, markup=False, soft_wrap=True)

    def say(self, text: str, style: str = "") -> None:
        """Print text; its line breaks are kept, and what follows one is indented."""
        self._out.print(Text(_lines(text), style))

    def draw(self, picture: str) -> None:
        """Show a picture that is made of text. It is written as it is: it must be of our own making."""
        sys.stdout.write(picture)
        sys.stdout.flush()

    def ask(self, question: str, *, hidden: bool = False) -> str:
        """One line from the user, without the spaces around it. Raises EOFError when there will be none."""
        prompt = f"{visible(shortened(question))}: "
        if hidden and sys.stdin.isatty():
            return getpass.getpass(prompt).strip()
        return input(prompt).strip()


def echo(text: str) -> None:
    """Print one line on standard output, at once."""
    sys.stdout.write(f"{visible(shortened(text))}\n")
    sys.stdout.flush()


def complain(text: str) -> None:
    """Print why the command failed on standard error."""
    sys.stdout.flush()
    sys.stderr.write(f"sansio-tl: {_lines(text)}\n")
    sys.stderr.flush()


def _lines(text: str) -> str:
    return f"\n{_CONTINUED}".join(visible(line) for line in shortened(text).split("\n"))
