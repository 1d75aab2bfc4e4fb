"""`sansio-tl` in processes of its own."""

from __future__ import annotations

import contextlib
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

COMMAND = (sys.executable, "-W", "error", "-m", "sansio_tl_transports.cli.main")


class ServeProcess:
    """A running `sansio-tl serve`."""

    def __init__(self, process: subprocess.Popen[str], public_key: Path) -> None:
        self.process = process
        self.public_key = public_key
        self.lines: list[str] = []
        self._new: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        found = self.wait_for(r"listening on ((\S+):(\d+))")
        self.address, self.host, self.port = found[1], found[2], int(found[3])

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._new.put(line.rstrip("\n"))

    def wait_for(self, pattern: str) -> re.Match[str]:
        """The next line that is all of this pattern."""
        while True:
            line = self._new.get(timeout=60)
            self.lines.append(line)
            if (found := re.fullmatch(pattern, line)) is not None:
                return found

    def code_for(self, number: str) -> str:
        """The next code that is sent to a number."""
        return self.wait_for(rf"code (.+) for \{number} by [a-z ]+")[1]

    def end(self) -> None:
        self.process.terminate()
        self._reader.join()
        while not self._new.empty():
            self.lines.append(self._new.get())


@contextlib.contextmanager
def serve_process(directory: Path, *options: str) -> Iterator[ServeProcess]:
    """Run `sansio-tl serve` on a port of the system's choice, with its key in `directory`."""
    public_key = directory / "dc.pem"
    command = (*COMMAND, "serve", "--public-key", str(public_key), *options)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            server = ServeProcess(process, public_key)
            yield server
            server.end()
            assert process.wait(30) == 0, server.lines
            assert server.lines[-1] == "closed"
        finally:
            process.kill()


def run(*arguments: str, typed: str = "", directory: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with what a user types piped in."""
    return subprocess.run(
        (*COMMAND, *arguments), input=typed, capture_output=True, text=True, check=False, cwd=directory, timeout=120
    )
