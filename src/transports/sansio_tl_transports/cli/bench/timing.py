"""Times operations in turn, round after round, so that disturbances of the machine affect all of them.

Times are CPU time of this process, without the garbage collector. One sample is as many calls as take about `SAMPLE`
seconds; a round takes one sample of each operation, in another order each time. Reported is the median of the rounds
with its quartiles. A ratio is the median of the ratios of each round: a machine that is slow for a while is slow for
both.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median, quantiles
from time import process_time

SAMPLE = 0.01
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds for one call, by round."""

    samples: tuple[float, ...]

    @property
    def median(self) -> float:
        """The median of the rounds."""
        return median(self.samples)

    @property
    def quartiles(self) -> tuple[float, float]:
        """The lower and the upper quartile."""
        if len(self.samples) == 1:
            return self.samples[0], self.samples[0]
        low, _, high = quantiles(self.samples, n=4)
        return low, high

    def ratio_to(self, other: Timing) -> float:
        """How many times longer this takes: the median over the rounds."""
        return median(mine / theirs for mine, theirs in zip(self.samples, other.samples, strict=True))


def time_all(operations: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Timing]:
    """The time of one call of each operation."""
    with _no_collector():
        loops = {name: _calibrate(call) for name, call in operations.items()}
        samples: dict[str, list[float]] = {name: [] for name in operations}
        order = list(operations)
        for _ in range(rounds):
            for name in order:
                samples[name].append(_run(operations[name], loops[name]) / loops[name])
            order.append(order.pop(0))
    return {name: Timing(tuple(times)) for name, times in samples.items()}


def _calibrate(call: Callable[[], object]) -> int:
    """How many calls make a sample. The calls made to find out are the warm-up."""
    loops = 1
    while (seconds := _run(call, loops)) < SAMPLE / 2:
        loops *= 2
    return max(1, round(loops * SAMPLE / max(seconds, 1e-9)))


def _run(call: Callable[[], object], loops: int) -> float:
    started = process_time()
    for _ in range(loops):
        call()
    return max(process_time() - started, 1e-9)


@contextmanager
def _no_collector() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
