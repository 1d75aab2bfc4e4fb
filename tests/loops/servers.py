"""Two data centers of `sansio-tl serve`, and a proxy that breaks a connection before a call is answered on it."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

HOME, OTHER = 2, 4
"""The data center that a client connects to first, and the one of the account."""
METHOD = "users.getUsers"
"""The method of the call whose connection is broken."""
_START_TIMEOUT = 60.0
_HOLD = 0.25
"""How long the proxy holds what a data center has sent: until then a request that it answers is recorded."""


class DataCenterProcess:
    """`sansio-tl serve` in a process of its own."""

    def __init__(self, dc_id: int, directory: Path) -> None:
        self.key, self._record = directory / f"{dc_id}.pem", directory / f"{dc_id}.jsonl"
        command = [sys.executable, "-u", "-m", "sansio_tl_transports.cli.main", "serve", "--dc-id", str(dc_id)]
        output = directory / f"{dc_id}.out"
        with output.open("w") as stdout:
            self._process = subprocess.Popen(
                [*command, "--public-key", self.key, "--record", self._record], stdout=stdout, stderr=stdout
            )
        give_up_at = time.monotonic() + _START_TIMEOUT
        while (found := re.search(r"listening on 127\.0\.0\.1:(\d+)", output.read_text())) is None:
            if self._process.poll() is not None or time.monotonic() > give_up_at:
                self.stop()
                raise RuntimeError(f"sansio-tl serve has not started: {output.read_text()}")
            time.sleep(0.05)
        self.address = ("127.0.0.1", int(found[1]))

    def executed(self) -> int:
        """How often it has executed the call so far."""
        if not self._record.exists():
            return 0
        return sum(f'"method": "{METHOD}"' in line for line in self._record.read_text().splitlines())

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class BreakingProxy:
    """Forwards connections to a data center, and closes the first one on which the call would be answered."""

    def __init__(self, data_center: DataCenterProcess) -> None:
        self.broken = 0
        self._data_center = data_center
        self._before = data_center.executed()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._listener.getsockname()
        self._sockets: list[socket.socket] = []
        self._start(self._accept)

    def stop(self) -> None:
        """Close everything."""
        for each in (self._listener, *self._sockets):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    @staticmethod
    def _start(target: Callable[..., None], *args: object) -> None:
        threading.Thread(target=target, args=args, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._data_center.address)
                self._sockets += [client, server]
                self._start(self._forward, client, server, False)
                self._start(self._forward, server, client, True)

    def _forward(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if answers and not self.broken:
                    time.sleep(_HOLD)
                    if self._data_center.executed() > self._before:
                        self.broken += 1
                        break
                target.sendall(data)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


def write_config(file: Path, home: DataCenterProcess, other: DataCenterProcess, proxy: BreakingProxy) -> None:
    """What a program of `tests.loops.programs` reads."""
    keys = [each.key.read_text() for each in (home, other)]
    addresses = {HOME: home.address, OTHER: proxy.address}
    file.write_text(json.dumps({"keys": keys, "addresses": addresses}))
