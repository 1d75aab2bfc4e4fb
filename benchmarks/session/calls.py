"""Clients in processes of their own, and one embedded data center that all of them call over loopback."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

from benchmarks.environments import Peer
from benchmarks.rounds import Care, measure
from benchmarks.session.target import running_data_center
from benchmarks.workers import Worker

TELETHON = "telethon"
LOWER_BOUND = "lower bound"
"""Socket, hashes and cipher without a client: the CPU time of a large answer if the engine took none."""
ENGINES = ("compiled ", "")
KINDS = (
    "plain connection",
    *(f"{adapter} {what}" for adapter in ("asyncio", "trio", "sync") for what in ("connection", "account")),
)
"""`plain`: a `Connection` on a plain socket, without an adapter."""
OURS = tuple(engine + kind for kind in KINDS for engine in ENGINES)
TARGET = tuple(name for name in OURS if "plain" in name or "asyncio" in name)
"""The clients to which the goal applies."""
GOAL = 2.0
"""Target ratio of the CPU time of Telethon's asyncio client to that of these."""


def _ours(name: str) -> Peer:
    compiled, kind = name.startswith("compiled"), name.split()[-2:]
    title = "Connection on a plain socket" if kind[0] == "plain" else " ".join(kind)
    return Peer(name, f"{title}{', compiled' * compiled}", f"calls_{kind[0]}.py", compiled=compiled)


CALLERS: Mapping[str, Peer] = {
    TELETHON: Peer(TELETHON, "Telethon", "calls_telethon.py"),
    **{name: _ours(name) for name in OURS},
    LOWER_BOUND: Peer(LOWER_BOUND, "socket, hashes and cipher", "calls_minimum.py"),
}
CALLS: Mapping[str, str] = {
    "small": "help.getNearestDc and its answer, both of a few bytes",
    "64 KiB answer": "upload.getFile: a part of a file is fetched",
    "64 KiB request": "upload.saveFilePart: a part of a file is sent",
}
IN_FLIGHT = ("1", "100")
LOWER_BOUND_CALL = "64 KiB answer"
"""The call for which the lower bound is measured."""


def makes(caller: str, call: str) -> bool:
    """Whether this caller is measured with this call."""
    return caller != LOWER_BOUND or call == LOWER_BOUND_CALL


_WARM_UP = 2_500
"""Warm-up calls for each second of a sample: otherwise the imports of the first call would count as its cost."""


def measure_calls(care: Care, progress: Callable[[str], None]) -> dict[str, Any]:
    """CPU seconds for each call of each client, and the measured clients."""
    with ExitStack() as stack:
        target = stack.enter_context(running_data_center())
        workers = {
            name: stack.enter_context(Worker(peer, *target, name.rpartition(" ")[2])) for name, peer in CALLERS.items()
        }
        times: list[dict[str, Any]] = []
        for call in CALLS:
            for in_flight in IN_FLIGHT:
                progress(f"{call}, {in_flight} in flight")
                callers = {name: worker for name, worker in workers.items() if makes(name, call)}
                for worker in callers.values():
                    worker.time(call, in_flight, int(_WARM_UP * care.sample), collector=True)
                times += measure(callers, call, in_flight, care, collector=True)
        peers = {name: {"title": CALLERS[name].title, **worker.about} for name, worker in workers.items()}
    return {"peers": peers, "times": times}
