"""A user at a terminal, for `sansio-tl` in a process of its own."""

from __future__ import annotations

import os
import struct
import subprocess
from pathlib import Path

import pytest

from tests.helpers.processes import COMMAND

fcntl = pytest.importorskip("fcntl", reason="terminals are POSIX")
pty = pytest.importorskip("pty", reason="terminals are POSIX")
termios = pytest.importorskip("termios", reason="terminals are POSIX")


def _control() -> None:
    """Make standard input the controlling terminal, so that Ctrl-C is a signal."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """A user at a terminal: reads until something is asked, then types."""

    def __init__(self, *arguments: str, directory: Path, columns: int = 80, command: tuple[str, ...] = COMMAND) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "NO_COLOR": ""}
        environment.pop("NO_COLOR")
        environment.pop("COLUMNS", None)
        self.process = subprocess.Popen(
            (*command, *arguments),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=directory,
            env=environment,
            start_new_session=True,
            preexec_fn=_control,  # noqa: PLW1509  this process has one thread, or only readers of pipes
        )
        os.close(slave)
        self.screen = ""

    def read_until(self, text: str) -> None:
        while text not in self.screen:
            self.screen += os.read(self._master, 65536).decode()

    def type(self, text: str) -> None:
        os.write(self._master, f"{text}\n".encode())

    def press_ctrl_c(self) -> None:
        os.write(self._master, b"\x03")

    def read_to_the_end(self) -> int:
        try:
            while data := os.read(self._master, 65536):
                self.screen += data.decode()
        except OSError:  # how Linux says that the other end is closed
            pass
        os.close(self._master)
        return self.process.wait()
