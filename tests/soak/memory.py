"""Resource usage of processes from /proc, and whether it stays constant."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

PAGE = os.sysconf("SC_PAGE_SIZE")
TICK = os.sysconf("SC_CLK_TCK")
MEGABYTE = 1_000_000


class Usage(NamedTuple):
    """What a process takes."""

    rss: int
    """Bytes of memory that are resident."""
    cpu: float
    """Seconds of processor time since it began."""
    files: int
    """Open file descriptors; sockets are most of them."""
    threads: int


def usage_of(pid: int) -> Usage:
    """What a process takes now. Raises FileNotFoundError when it has gone, or on a system without /proc."""
    here = Path("/proc") / str(pid)
    pages = int((here / "statm").read_text().split()[1])
    fields = (here / "stat").read_text().rpartition(")")[2].split()
    cpu = (int(fields[11]) + int(fields[12])) / TICK
    return Usage(pages * PAGE, cpu, sum(1 for _ in (here / "fd").iterdir()), int(fields[17]))


class Flatness(NamedTuple):
    """How a process's memory has developed between the second and the last quarter of a run."""

    before: float
    """Median of the second quarter, bytes."""
    after: float
    """Median of the last quarter."""
    allowed: float
    """How high the second one may be."""

    @property
    def flat(self) -> bool:
        """Whether it is not higher."""
        return self.after <= self.allowed


def flatness(rss: Sequence[int], *, relative: float, absolute: float) -> Flatness:
    """Judge samples at even intervals. A median may grow by a part `relative` of itself and `absolute` bytes."""
    if len(rss) < 4:
        raise ValueError("four samples at least")
    quarter = len(rss) / 4
    before = median(rss[round(quarter) : round(2 * quarter)])
    after = median(rss[round(3 * quarter) :])
    return Flatness(before, after, before * (1 + relative) + absolute)
