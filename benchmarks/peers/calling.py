"""The measuring end of a client's process: calls a data center as often as ordered, and reports the CPU time.

Arguments of each such program: host and port of the data center, the file with its public key.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from resource import RUSAGE_SELF, getrusage
from typing import Any

from loop import Orders

PART = Random(46).randbytes(1 << 16)
"""A part of a file to send: 64 KiB that cannot be compressed."""
SMALL, ANSWER, REQUEST = "small", "64 KiB answer", "64 KiB request"
"""The calls: help.getNearestDc, upload.getFile and upload.saveFilePart."""
GZIPPED = 1
"""The `min_id` of a messages.getHistory whose answer is to be compressed."""
HISTORY = {
    "100 messages": (100, 0),
    "100 messages, gzipped": (100, GZIPPED),
    "1,600 messages": (1600, 0),
    "1,600 messages, gzipped": (1600, GZIPPED),
}
"""messages.getHistory: how many messages are asked for, about 62 KB and 1 MB, and `min_id`."""

Call = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Target:
    """The data center to call."""

    host: str
    port: int
    key: str

    @classmethod
    def from_arguments(cls) -> Target:
        host, port, key = sys.argv[1:4]
        return cls(host, int(port), Path(key).read_text(encoding="ascii"))


def cpu() -> float:
    """CPU seconds that this process has used."""
    usage = getrusage(RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def shares(calls: int, in_flight: int) -> list[int]:
    """The number of calls of each concurrent caller."""
    each, more = divmod(calls, in_flight)
    return [each + (number < more) for number in range(min(calls, in_flight))]


async def take_orders(orders: Orders, calls: Mapping[str, Call]) -> None:
    """Carry out orders, on asyncio."""
    while (order := await asyncio.to_thread(orders.next)) is not None:
        try:
            orders.reply(await _carry_out(order, calls[order["name"]]))
        except Exception as error:  # noqa: BLE001
            orders.fail(error)


async def _carry_out(order: dict[str, Any], call: Call) -> dict[str, Any]:
    async def call_repeatedly(number: int) -> None:
        for _ in range(number):
            await call()

    gc.collect()
    began = cpu()
    await asyncio.gather(*map(call_repeatedly, shares(order["loops"], int(order["op"]))))
    return {"seconds": cpu() - began}
