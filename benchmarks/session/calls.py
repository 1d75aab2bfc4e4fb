"""Clients in processes of their own, and one embedded data center that all of them call over loopback."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from tempfile import NamedTemporaryFile
from typing import Any

from benchmarks.environments import Peer
from benchmarks.rounds import Care, measure
from benchmarks.workers import Worker

TELETHON = "telethon"
FLOOR = "floor link"
"""No client, but a socket, hashes and the cipher: what is left of a large answer when the engine costs nothing."""
ENGINES = ("compiled ", "")
KINDS = (
    "plain link",
    *(f"{adapter} {what}" for adapter in ("asyncio", "trio", "sync") for what in ("link", "account")),
)
"""`plain`: a `Connection` on a plain socket, without an adapter."""
OURS = tuple(engine + kind for kind in KINDS for engine in ENGINES)
TARGET = tuple(name for name in OURS if "plain" in name or "asyncio" in name)
"""Whom the goal is about."""
GOAL = 2.0
"""How many times less CPU than Telethon's asyncio client these are meant to take."""


def _ours(name: str) -> Peer:
    compiled, kind = name.startswith("compiled"), name.split()[-2:]
    title = "Connection on a plain socket" if kind[0] == "plain" else " ".join(kind)
    return Peer(name, f"{title}{', compiled' * compiled}", f"calls_{kind[0]}.py", compiled=compiled)


CALLERS: Mapping[str, Peer] = {
    TELETHON: Peer(TELETHON, "Telethon", "calls_telethon.py"),
    **{name: _ours(name) for name in OURS},
    FLOOR: Peer(FLOOR, "socket, hashes and cipher", "calls_floor.py"),
}
CALLS: Mapping[str, str] = {
    "small": "help.getNearestDc and its answer, both of a few bytes",
    "64 KiB answer": "upload.getFile: a part of a file is fetched",
    "64 KiB request": "upload.saveFilePart: a part of a file is sent",
}
IN_FLIGHT = ("1", "100")
FLOOR_IS_OF = "64 KiB answer"
"""Of what the floor is measured."""


def makes(caller: str, call: str) -> bool:
    """Whether this caller makes such calls."""
    return caller != FLOOR or call == FLOOR_IS_OF


_WARM_UP = 2_500
"""Calls for each second of a sample, before it is found out how many make one: what the first one imports would be
taken for its cost.
"""


def measure_calls(care: Care, tell: Callable[[str], None]) -> dict[str, Any]:
    """CPU seconds for each call of each client, and who was measured."""
    with ExitStack() as stack:
        data_center = stack.enter_context(Worker(Peer("data_center", "an embedded data center", "data_center.py")))
        key = stack.enter_context(NamedTemporaryFile("w", encoding="ascii"))
        key.write(data_center.about["key"])
        key.flush()
        host, port = data_center.about["address"]
        workers = {
            name: stack.enter_context(Worker(peer, host, str(port), key.name, name.rpartition(" ")[2]))
            for name, peer in CALLERS.items()
        }
        times: list[dict[str, Any]] = []
        for call in CALLS:
            for in_flight in IN_FLIGHT:
                tell(f"{call}, {in_flight} in flight")
                callers = {name: worker for name, worker in workers.items() if makes(name, call)}
                for worker in callers.values():
                    worker.time(call, in_flight, int(_WARM_UP * care.sample), collector=True)
                times += measure(callers, call, in_flight, care, collector=True)
        peers = {name: {"title": CALLERS[name].title, **worker.about} for name, worker in workers.items()}
    return {"peers": peers, "times": times}
