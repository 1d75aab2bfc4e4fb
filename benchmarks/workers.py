"""A peer's process, and the orders that are sent to it."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Sequence
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, Self

from benchmarks.environments import Peer, Unavailable


class PeerError(Exception):
    """A peer failed to carry out an order; the text is the reason."""


class Worker:
    """One running peer. Use as a context manager; starting raises Unavailable."""

    def __init__(self, peer: Peer, *arguments: str) -> None:
        self.peer = peer
        command, place = peer.command(*arguments)
        self._errors = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115  closed in __exit__; a pipe could fill up
        try:
            self._process = subprocess.Popen(
                command, cwd=place, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True
            )
        except FileNotFoundError as error:
            self._errors.close()
            raise Unavailable(f"{error.filename} does not exist") from None
        try:
            self.about: dict[str, Any] = self._reply()
        except PeerError as error:
            self._end()
            raise Unavailable(str(error)) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def load(self, name: str, data: bytes) -> str | None:
        """Let the peer decode and encode these bytes; returns a remark if its bytes differ. Raises PeerError."""
        remark: str | None = self.ask(do="load", name=name, data=base64.b64encode(data).decode())["remark"]
        return remark

    def load_many(self, name: str, parts: Sequence[bytes]) -> str | None:
        """The same of several values, of which each will be decoded and encoded once at a time."""
        many = [base64.b64encode(data).decode() for data in parts]
        remark: str | None = self.ask(do="load", name=name, many=many)["remark"]
        return remark

    def drop(self, name: str) -> None:
        """Let the peer drop a workload."""
        self.ask(do="drop", name=name)

    def time(self, name: str, op: str, loops: int, *, collector: bool) -> float:
        """Seconds for this many times."""
        seconds: float = self.ask(do="time", name=name, op=op, loops=loops, gc=collector)["seconds"]
        return seconds

    def hold(self, name: str, copies: int) -> float:
        """Bytes of memory that one decoded value keeps. Raises PeerError."""
        size: float = self.ask(do="hold", name=name, copies=copies)["bytes"]
        return size

    def ask(self, **order: object) -> dict[str, Any]:
        """Send an order and return its reply. Raises PeerError."""
        if self._process.stdin is None:
            raise TypeError("the process has no standard input")
        try:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise PeerError("it has ended") from None
        return self._reply()

    def _end(self) -> None:
        self._process.kill()
        self._process.communicate()
        self._errors.close()

    def _reply(self) -> dict[str, Any]:
        if self._process.stdout is None:
            raise TypeError("the process has no standard output")
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._errors.seek(0)
            errors = self._errors.read().strip().splitlines()
            raise PeerError(errors[-1][:300] if errors else f"it ended with status {self._process.returncode}")
        reply: dict[str, Any] = json.loads(line)
        if "error" in reply:
            raise PeerError(reply["error"])
        return reply
