"""Clients in processes of their own, and one embedded data centre that all of them call over loopback."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from tempfile import NamedTemporaryFile
from typing import Any

from benchmarks.environments import Peer
from benchmarks.rounds import Care, measure
from benchmarks.workers import Worker

TELETHON = "telethon"
TARGET = tuple(f"{engine}asyncio {what}" for engine in ("compiled ", "") for what in ("link", "account"))
"""Whom the goal is about."""
OURS = (*TARGET, *(f"{adapter} {what}" for adapter in ("trio", "sync") for what in ("link", "account")))
GOAL = 2.0
"""How many times less CPU than Telethon our asyncio adapter is meant to take."""
CALLERS: Mapping[str, Peer] = {
    TELETHON: Peer(TELETHON, "Telethon", "calls_telethon.py"),
    **{
        name: Peer(name, f"sansio_tl, {name}", f"calls_{name.split()[-2]}.py", compiled=name.startswith("compiled"))
        for name in OURS
    },
}
CALLS: Mapping[str, str] = {
    "small": "help.getNearestDc and its answer, both of a few bytes",
    "64 KiB answer": "upload.getFile: a part of a file is fetched",
    "64 KiB request": "upload.saveFilePart: a part of a file is sent",
}
IN_FLIGHT = ("1", "100")
_WARM_UP = 200
"""Calls before it is found out how many make a sample: what the first one imports would be taken for its cost."""


def measure_calls(care: Care, tell: Callable[[str], None]) -> dict[str, Any]:
    """CPU seconds for each call of each client, and who was measured."""
    with ExitStack() as stack:
        centre = stack.enter_context(Worker(Peer("centre", "an embedded data centre", "centre.py")))
        key = stack.enter_context(NamedTemporaryFile("w", encoding="ascii"))
        key.write(centre.about["key"])
        key.flush()
        host, port = centre.about["address"]
        workers = {
            name: stack.enter_context(Worker(peer, host, str(port), key.name, name.rpartition(" ")[2]))
            for name, peer in CALLERS.items()
        }
        times: list[dict[str, Any]] = []
        for call in CALLS:
            for in_flight in IN_FLIGHT:
                tell(f"{call}, {in_flight} in flight")
                for worker in workers.values():
                    worker.time(call, in_flight, _WARM_UP, collector=True)
                times += measure(workers, call, in_flight, care, collector=True)
        peers = {name: {"title": CALLERS[name].title, **worker.about} for name, worker in workers.items()}
    return {"peers": peers, "times": times}
