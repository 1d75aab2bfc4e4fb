"""Reading a line from a terminal: what is shown, what ends the prompt, and what is put back afterwards."""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sansio_tl_transports.cli.terminal_input import discard_typed_ahead, read_line

if sys.platform == "win32":
    pytest.skip("terminals of POSIX", allow_module_level=True)

import termios


def open_handles() -> int:
    """How many file descriptors this process has."""
    return len([*Path("/dev/fd").iterdir()])


class UserAtTerminal:
    """Standard input and output. `act` is what the user does at the prompt."""

    def __init__(self) -> None:
        self.keyboard, screen = os.openpty()
        self.input = os.fdopen(screen, encoding="utf-8")
        self.written: list[str] = []
        self.act: Callable[[], object] = lambda: None
        self.echoes: list[bool] = []
        """Whether typed characters were shown when something was written."""

    def read(self, *, hidden: bool) -> str:
        """`read_line` with these; pytest has an output of its own for each phase of a test."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdin", self.input)
            patch.setattr(sys, "stdout", self)
            return read_line("Text: ", hidden=hidden)

    def discard(self) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdin", self.input)
            discard_typed_ahead()

    def write(self, text: str) -> None:
        self.written.append(text)
        self.echoes.append(self.echo)
        if len(self.written) == 1:
            self.act()

    def flush(self) -> None:
        """Everything is written at once."""

    @property
    def echo(self) -> bool:
        return bool(termios.tcgetattr(self.input)[3] & termios.ECHO)

    def type(self, text: str) -> None:
        os.write(self.keyboard, text.encode())


@pytest.fixture
def user() -> Iterator[UserAtTerminal]:
    made = UserAtTerminal()
    with made.input:
        yield made
    os.close(made.keyboard)


@pytest.mark.parametrize("hidden", [False, True])
def test_line_is_read_and_shown_unless_it_is_hidden(user: UserAtTerminal, hidden: bool) -> None:
    before = termios.tcgetattr(user.input)
    user.act = lambda: user.type(" a line \n")
    assert user.read(hidden=hidden) == " a line "
    assert user.written == ["Text: ", *(["\n"] if hidden else [])], "who sees nothing sees no line break either"
    assert user.echoes[0] is not hidden
    assert termios.tcgetattr(user.input) == before


@pytest.mark.parametrize("hidden", [False, True])
def test_end_of_the_input_ends_the_line_of_the_prompt(user: UserAtTerminal, hidden: bool) -> None:
    user.act = lambda: user.type("\x04")
    with pytest.raises(EOFError):
        user.read(hidden=hidden)
    assert user.written == ["Text: ", "\n"]
    assert user.echo


@pytest.mark.parametrize("hidden", [False, True])
def test_signal_that_raises_ends_the_prompt_and_puts_everything_back(user: UserAtTerminal, hidden: bool) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    user.act = interrupt
    opened = open_handles()
    with pytest.raises(KeyboardInterrupt):
        user.read(hidden=hidden)
    assert user.written == ["Text: ", "\n"]
    assert user.echo
    assert open_handles() == opened


def test_signal_that_does_not_raise_leaves_the_prompt(user: UserAtTerminal) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = signal.set_wakeup_fd(writer)
    handler = signal.signal(signal.SIGUSR1, lambda *_: user.type("a line\n"))
    try:
        user.act = lambda: signal.raise_signal(signal.SIGUSR1)
        assert user.read(hidden=False) == "a line"
        assert signal.set_wakeup_fd(writer) == writer, "what others wait for is put back"
        assert select.select([reader], [], [], 0)[0] == []
    finally:
        signal.set_wakeup_fd(before)
        signal.signal(signal.SIGUSR1, handler)
        os.close(reader)
        os.close(writer)


@pytest.mark.parametrize("in_background", [False, True])
def test_what_was_typed_ahead_is_dropped_in_the_foreground_only(
    user: UserAtTerminal, in_background: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "tcgetpgrp", lambda _: os.getpgrp() + in_background)
    user.type("a secret\n")
    user.discard()
    left = select.select([user.input], [], [], 0)[0]
    assert bool(left) is in_background


def test_terminal_of_another_session_keeps_what_was_typed(user: UserAtTerminal) -> None:
    user.type("a line\n")
    user.discard()  # the system does not say who is in the foreground there
    assert user.input.readline() == "a line\n"
