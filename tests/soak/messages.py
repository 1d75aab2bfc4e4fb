"""Messages between the processes of the soak: JSON lines on standard output, commands on standard input."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable

import msgspec

REPORT_INTERVAL = 5.0
"""Seconds between two reports of a process."""


class Listening(msgspec.Struct, frozen=True, tag=True):
    """The proxy is ready."""

    port: int


class ProxyReport(msgspec.Struct, frozen=True, tag=True):
    """What the proxy has done so far."""

    links: int
    """Opened connections."""
    alive: int
    """Connections that there are now."""
    carried: int
    """Bytes, both ways, of the connections that are over."""
    faults: dict[str, int]
    """Name of the fault -> how often."""


class Tally(msgspec.Struct, tag=True):
    """What the clients of one process have seen so far."""

    ready: int = 0
    """Clients that are logged in."""
    calls: int = 0
    answered: int = 0
    """Calls with the answer that is theirs."""
    foreign: int = 0
    """Calls that were answered with something else."""
    refused: int = 0
    """Calls that were answered with an unexpected error."""
    unknown: int = 0
    """Calls that ended with an unknown outcome."""
    lost: int = 0
    """Calls that were not answered in all the time that there was."""
    doubled: int = 0
    """Answers without a waiter: there had been one already."""
    waiting: int = 0
    """Calls that are unanswered now."""
    links_lost: int = 0
    latencies: dict[int, int] = {}
    """Answers by how long they took: `bucket_of`."""


class Ending(msgspec.Struct, frozen=True, tag=True):
    """The last message of a process of clients."""

    made: list[int]
    """How many calls each client has made."""
    troubles: list[tuple[int, str, str]]
    """Calls that were not answered as they should: number, what became of it, why."""


Message = Listening | ProxyReport | Tally | Ending


def send(message: Message) -> None:
    """Write one line."""
    sys.stdout.buffer.write(msgspec.json.encode(message) + b"\n")
    sys.stdout.buffer.flush()


def read_commands(on_line: Callable[[str | None], object]) -> None:
    """Call `on_line` with each line of the standard input, and with None at its end, in a thread of its own."""

    def listen() -> None:
        for line in sys.stdin:
            on_line(line.strip())
        on_line(None)

    threading.Thread(target=listen, name="standard input", daemon=True).start()
