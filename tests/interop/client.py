"""A third-party client in another process, driven by commands; it reports their results."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from sansio_tl.crypto.rsa import RsaPublicKey
from tests.interop.client_environments import Place

Answer = dict[str, Any]


class Client:
    """The running program."""

    def __init__(self, name: str, process: subprocess.Popen[str]) -> None:
        self.name = name
        self.code = ""
        """The code that its user has to type next."""
        self._process = process

    def do(self, what: str, **wish: Any) -> Answer:
        """Let it do one thing. RPC errors come as `{"error": ..., "code": ...}`; anything else ends the test."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps({"do": what} | wish) + "\n")
            self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"{self.name} ended with status {self._process.wait(30)} while it was to {what}"
        answer: Answer = json.loads(line)
        return answer


@contextlib.contextmanager
def running(
    place: Place, data_centers: dict[int, tuple[str, int]], key: RsaPublicKey, framing: str, *, dc: int = 2, **more: Any
) -> Iterator[Client]:
    """Start a client and lead it to data center `dc`; it knows where the others are.

    Skips the test if it is not installed.
    """
    if not place.ready:
        pytest.skip(f"{place.name} is not installed: make interop-deps")
    host, port = data_centers[dc]
    server: dict[str, Any] = {
        "host": host,
        "port": port,
        "dc": dc,
        "data_centers": data_centers,
        "framing": framing,
        "secret": None,
        "pem": key.to_pem(),
        "n": key.n,
        "e": key.e,
        "fingerprint": key.fingerprint,
    }
    if place.on_node:  # numbers of JavaScript have 53 bits
        server |= {name: str(server[name]) for name in ("n", "e", "fingerprint")}
    pipe = subprocess.PIPE
    command = place.command(json.dumps(server | more))
    with subprocess.Popen(command, cwd=place.directory, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield Client(place.name, process)
        finally:
            process.kill()
