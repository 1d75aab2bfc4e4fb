"""The engine without sockets: the cost of a call at each end, and whether it grows with the number of calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.environments import OURS, Peer
from benchmarks.rounds import Care, measure, summary
from benchmarks.session.calls import CALLS
from benchmarks.workers import Worker

ENGINES = ("Connection", "Client")
COMPILED = "compiled "
LEAST = "hashes and cipher"
"""The part that no client can avoid: hashes and cipher of the sent and received bytes."""
SERIES: Mapping[str, str] = {
    "after": "calls made before",
    "beside": "calls in flight, unanswered",
    "at_once": "calls at once",
}
COUNTS = (100, 1_000, 10_000)
_COUNTED = 100
"""Calls that are measured where the series does not determine their number."""


def measure_alone(care: Care, top: int, progress: Callable[[str], None]) -> dict[str, Any]:
    """CPU seconds for each call: of both ends, and by the number of others up to `top`."""
    plain, compiled = (Peer(OURS, "sansio_tl", "alone.py", compiled=compiled) for compiled in (False, True))
    with Worker(plain) as worker, Worker(compiled) as faster:
        times: list[dict[str, Any]] = []
        for call in CALLS:
            for end in ("Connection", "Client", "Connection server", LEAST):
                progress(f"{call}, {end} alone")
                both = {"": worker, COMPILED: faster}
                times += measure(both if end != LEAST else {"": worker}, call, end, care, collector=True)
        growth = [
            _grow(worker, engine, series, count, care)
            for engine in ENGINES
            for series in SERIES
            for count in COUNTS
            if count <= top
        ]
    return {"alone": times, "growth": growth}


def _grow(worker: Worker, engine: str, series: str, count: int, care: Care) -> dict[str, Any]:
    plan: dict[str, Any] = {"name": "small", "calls": _COUNTED, series: count}
    if series == "at_once":
        plan = {"name": "small", "calls": count, "at_once": True}
    samples = [worker.ask(do="grow", kind=engine, plan=plan)["seconds"] for _ in range(care.rounds)]
    return {"engine": engine, "series": series, "count": count, **summary(samples)}
