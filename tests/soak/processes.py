"""The processes of the soak: their output is read in threads, and they follow commands."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import msgspec

from tests.soak.messages import Message


class Silent(Exception):
    """A process did not do in time what it had to."""


class Process:
    """One of them. `on_message` is called, in a thread, with each message."""

    def __init__(self, name: str, *command: str, on_message: Callable[[Any], object]) -> None:
        self.name = name
        self._on_message = on_message
        self._process = subprocess.Popen(
            (sys.executable, *command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.pid = self._process.pid
        self._thread = threading.Thread(target=self._read, name=name)
        self._thread.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._on_message(msgspec.json.decode(line, type=Message))

    def send(self, command: str) -> None:
        """Write a command to its standard input."""
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()

    def leave(self, seconds: float) -> None:
        """Close its input and wait for its end. Raises Silent when it does not come, or is not a good one."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            status = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Silent(f"{self.name} has not ended within {seconds:.0f} s") from None
        self._thread.join()
        if status:
            raise Silent(f"{self.name} has ended with status {status}")

    @property
    def running(self) -> bool:
        """Whether it is there."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        self._thread.join()


def first(messages: queue.Queue[Any], seconds: float, who: str) -> Any:
    """The next message; raises Silent when there is none in time."""
    try:
        return messages.get(timeout=seconds)
    except queue.Empty:
        raise Silent(f"{who} has sent nothing within {seconds:.0f} s") from None
