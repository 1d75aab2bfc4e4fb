"""Reads a line that the user types, so that Ctrl-C always ends the prompt, and secrets are not shown.

`input` and `getpass` can lose a Ctrl-C that comes between the prompt and the read: they look for signals only when the
system call is interrupted. Here a signal is input, too: its handler writes to a pipe that is waited for.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import select
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Final

INTERRUPTED: Final = 130
"""Exit status after Ctrl-C, as of a program that SIGINT ends."""


def read_line(prompt: str, *, hidden: bool) -> str:
    """Print the prompt, and read one line. Raises EOFError at the end of the input, KeyboardInterrupt at Ctrl-C."""
    if not sys.stdin.isatty():
        return input(prompt)
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        return getpass.getpass(prompt) if hidden else input(prompt)
    complete = False
    try:
        with _echo(visible=not hidden), _signals() as signals:
            sys.stdout.write(prompt)  # once nothing typed is shown any more
            sys.stdout.flush()
            _wait(signals)
            line = sys.stdin.readline()
        complete = line.endswith("\n") and not hidden
    finally:
        if not complete:  # the line break was not echoed
            sys.stdout.write("\n")
            sys.stdout.flush()
    if not line:
        raise EOFError
    return line.rstrip("\n")


def discard_typed_ahead() -> None:
    """Drop what was typed and not read: else the shell would read it, and it may be a secret."""
    if sys.platform == "win32" or not sys.stdin.isatty():
        return
    import termios

    with contextlib.suppress(OSError, termios.error):
        if os.tcgetpgrp(sys.stdin.fileno()) != os.getpgrp():
            return  # in the background: what is typed is for others, and the system would stop this process
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


if sys.platform != "win32":
    import termios

    def _wait(signals: int) -> None:
        """Wait until a line has been typed. Signal handlers, which may raise, run between two waits."""
        typed = sys.stdin.fileno()
        while typed not in select.select([typed, signals], [], [])[0]:
            os.read(signals, 64)

    @contextlib.contextmanager
    def _echo(*, visible: bool) -> Iterator[None]:
        """Show what is typed, or not."""
        if visible:
            yield
            return
        typed = sys.stdin.fileno()
        before = termios.tcgetattr(typed)
        without = before.copy()
        without[3] &= ~termios.ECHO
        termios.tcsetattr(typed, termios.TCSADRAIN, without)
        try:
            yield
        finally:
            termios.tcsetattr(typed, termios.TCSADRAIN, before)

    @contextlib.contextmanager
    def _signals() -> Iterator[int]:
        """The descriptor of a pipe to which each signal writes a byte."""
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        try:
            yield reader
        finally:
            signal.set_wakeup_fd(before)
            os.close(reader)
            os.close(writer)
