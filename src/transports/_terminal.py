"""What a command says and asks: in colour on a terminal, plain when piped. Secrets do not show while they are typed."""

from __future__ import annotations

import getpass
import sys

from rich.console import Console


class Failure(Exception):
    """The command cannot do what was asked; the text says why and what to do next. Exit status 1."""


class Terminal:
    """One conversation."""

    def __init__(self) -> None:
        self._out = Console(highlight=False, markup=False, soft_wrap=True)

    def say(self, text: str, style: str = "") -> None:
        """Tell the person something."""
        self._out.print(text, style=style)

    def draw(self, picture: str) -> None:
        """Show a picture that is made of text."""
        sys.stdout.write(picture)
        sys.stdout.flush()

    def ask(self, question: str, *, hidden: bool = False) -> str:
        """One line from the person, without the spaces around it. Raises EOFError when there will be none."""
        if hidden and sys.stdin.isatty():
            return getpass.getpass(f"{question}: ").strip()
        return input(f"{question}: ").strip()
