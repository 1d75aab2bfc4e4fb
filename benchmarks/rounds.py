"""Measuring: every peer in turn, round after round, so that disturbances of the machine affect all of them.

Times are CPU time of the peer's process: other load on the machine only makes the measurement longer.

One sample is as many calls as take about `sample` seconds. A round takes one sample of each peer, in another order each
time, while all other processes wait. Reported is the median of the rounds, with its quartiles; a ratio of two peers is
the median of the ratios that they have in each round, because a machine that is slow for a while is slow for both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from benchmarks.workers import Worker


@dataclass(frozen=True, slots=True)
class Care:
    """The number of rounds and the length of samples."""

    rounds: int
    sample: float
    """Seconds."""


FULL = Care(rounds=25, sample=0.02)
QUICK = Care(rounds=3, sample=0.002)


def measure(
    workers: Mapping[str, Worker], name: str, op: str, care: Care, *, collector: bool
) -> Iterator[dict[str, Any]]:
    """Time one operation on one workload with all workers that have it loaded."""
    loops = {peer: _calibrate(worker, name, op, care.sample, collector=collector) for peer, worker in workers.items()}
    samples: dict[str, list[float]] = {peer: [] for peer in workers}
    order = list(workers)
    for _ in range(care.rounds):
        for peer in order:
            seconds = workers[peer].time(name, op, loops[peer], collector=collector)
            samples[peer].append(seconds / loops[peer])
        order.append(order.pop(0))
    for peer, times in samples.items():
        about = {"peer": peer, "workload": name, "op": op, "gc": collector, "loops": loops[peer]}
        yield {**about, **summary(times), "samples": [float(f"{time:.4g}") for time in times]}


def summary(times: Sequence[float]) -> dict[str, Any]:
    """Median and quartiles."""
    low, _, high = quantiles(times, n=4) if len(times) > 1 else (times[0], times[0], times[0])
    return {"median": median(times), "low": low, "high": high, "rounds": len(times)}


def _calibrate(worker: Worker, name: str, op: str, sample: float, *, collector: bool) -> int:
    """How many calls make a sample. The calls made to find out are the warm-up."""
    loops, spent = 1, 0.0
    while True:
        seconds = worker.time(name, op, loops, collector=collector)
        spent += seconds
        if seconds >= sample / 2 or loops >= 1 << 22:
            break
        loops *= 2
    while spent < sample * 5:  # V8 compiles what is called often
        spent += max(worker.time(name, op, loops, collector=collector), 1e-6)
    return max(1, round(loops * sample / max(seconds, 1e-9)))
