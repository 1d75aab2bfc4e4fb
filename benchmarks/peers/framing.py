"""The measuring end for framings: packets over a fresh connection, many at a time.

Needs nothing but the standard library. A peer provides functions that make a job: a function without arguments that is
called once and returns the number of packets that it has processed. Its preparation is not timed.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from time import process_time
from typing import Any, Protocol

from loop import Orders

SIZES = {"small": 88, "large": 24 + (512 << 10)}
"""Bytes of a packet: 24 of header, and what is encrypted."""
CHUNK = 1 << 16
"""Bytes of a large read."""
_COUNTS = {"small": 256, "large": 16}
_CHUNKED = {"small": 2048, "large": 16}

Job = Callable[[], int]


class Make(Protocol):
    """The jobs of a peer. Each method raises for an unsupported framing."""

    def write(self, framing: str, payload: bytes, count: int) -> Job:
        """A client writes packets, one after the other."""

    def written(self, framing: str, payload: bytes, count: int) -> list[bytes]:
        """The bytes that a client sends: first the opening with the first packet, then one packet each."""

    def read(self, framing: str, pieces: list[bytes]) -> Job:
        """A server reads these pieces."""

    def exchange(self, framing: str, payload: bytes, count: int) -> Job:
        """A client sends a packet, a server reads it and answers, the client reads that; a packet each way counts."""


def serve(about: dict[str, Any], make: Make) -> None:
    """Answer orders until stdin ends."""

    def time(order: dict[str, Any]) -> dict[str, Any]:
        framing, size, *many = order["name"].split("|")
        payload = bytes(range(1, 9)) + bytes(SIZES[size] - 8)
        op = order["op"]
        seconds = 0.0
        carried = 0
        for _ in range(order["loops"]):
            count = int(many[0]) if many else (_CHUNKED if op == "read chunks" else _COUNTS)[size]
            job = _job(make, op, framing, payload, count)
            began = process_time()
            done = job()
            seconds += process_time() - began
            if done != count:
                raise ValueError(f"{done} of {count} packets")
            carried = count
        return {"seconds": seconds, "carried": carried}

    def measured(order: dict[str, Any]) -> dict[str, Any]:
        gc.collect()
        gc.freeze()
        try:
            return time(order)
        finally:
            gc.unfreeze()

    Orders(about).run({"time": measured, "count": lambda order: {"count": time({**order, "loops": 1})["carried"]}})


def _job(make: Make, op: str, framing: str, payload: bytes, count: int) -> Job:
    if op == "write":
        return make.write(framing, payload, count)
    if op == "exchange":
        return make.exchange(framing, payload, count)
    pieces = make.written(framing, payload, count)
    if op == "read chunks":
        stream = b"".join(pieces)
        pieces = [stream[at : at + CHUNK] for at in range(0, len(stream), CHUNK)]
    elif op == "read at once":
        pieces = [b"".join(pieces)]
    return make.read(framing, pieces)
