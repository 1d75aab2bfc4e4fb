"""Lines on standard output for a program or person who may not read them."""

from __future__ import annotations

import io
import os
import queue
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from sansio_tl_transports.cli.terminal import print_error

_MAX_PENDING: Final = 1 << 20
"""Characters of lines that wait to be read; more than the 64 KiB of a pipe."""
_LAST_SECONDS: Final = 2.0
"""How long the end waits for the rest to be read."""


class LineWriter:
    """Writes lines in a thread, so that an unread output delays nothing else.

    Lines beyond `max_pending` characters are dropped; a line with their number follows when others fit again. When the
    output fails, this is printed on standard error, and all later lines are dropped.
    """

    def __init__(self, dropped_line: Callable[[int], str], *, max_pending: int = _MAX_PENDING) -> None:
        """`dropped_line` makes the line about a number of dropped ones."""
        self._dropped_line = dropped_line
        self._max_pending = max_pending
        self._write = _writer_of_stdout()
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self.pending = 0
        """Characters that are not written yet; with the lock, as all below."""
        self._dropped = 0
        self._failed = False
        # A daemon: it may wait for a reader for ever. It holds no lock of the interpreter's own streams meanwhile.
        self._thread = threading.Thread(target=self._run, name="sansio-tl output", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            if self._dropped:
                self._lines.put(self._dropped_line(self._dropped))
            self._lines.put(None)
        self._thread.join(_LAST_SECONDS)

    def write(self, line: str) -> None:
        """Write one line, or drop it. Never waits and never raises."""
        with self._lock:
            size = len(line) + 1
            if self._failed:
                return
            if self.pending + size > self._max_pending:
                self._dropped += 1
                return
            if self._dropped:
                self._put(self._dropped_line(self._dropped))
                self._dropped = 0
            self._put(line)

    def _put(self, line: str) -> None:
        self.pending += len(line) + 1
        self._lines.put(line)

    def _run(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                self._write(line)
            except OSError as error:
                with self._lock:
                    self._failed = True
                print_error(f"cannot write to standard output: {error.strerror}. Nothing is printed any more")
                return
            with self._lock:
                self.pending -= len(line) + 1


def _writer_of_stdout() -> Callable[[str], None]:
    """What writes a line past the buffer of `sys.stdout`, whose lock a thread that waits would hold at exit."""
    stream = sys.stdout
    stream.flush()
    try:
        number = stream.fileno()
    except io.UnsupportedOperation:  # in memory

        def write_in_memory(line: str) -> None:
            stream.write(f"{line}\n")
            stream.flush()

        return write_in_memory

    def write(line: str) -> None:
        rest = memoryview(f"{line}{os.linesep}".encode(stream.encoding, "backslashreplace"))
        while rest:
            rest = rest[os.write(number, rest) :]

    return write
