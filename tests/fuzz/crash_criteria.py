"""What counts as a crash: any exception but the engine's own two families, and time or memory out of proportion."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from time import process_time

from sansio_tl.errors import LocalProtocolError, RemoteProtocolError

Target = Callable[[bytes], None]

BASE_SECONDS = 2.0
"""What any input may cost: a handshake's modular powers."""
SECONDS_PER_BYTE = 2e-4
"""Coverage is measured while fuzzing, and makes everything some ten times slower."""
BASE_MEMORY = 160 << 20
"""What any input may add to the peak of the process: imports at first use, and 16 MiB of gzip as objects (MS15)."""
MEMORY_PER_BYTE = 4_000
"""Deflate's ratio is bounded at 1032, and an inflated byte takes a few in memory."""


class CostTooHigh(Exception):
    """An input took more time or memory than its size explains (TL9)."""


def guarded(target: Target, data: bytes) -> None:
    """Run one input, and once more if that took too long. Raises whatever is a bug."""
    peak, allowed = peak_memory(), BASE_SECONDS + SECONDS_PER_BYTE * len(data)
    if _seconds(target, data) > allowed and (seconds := _seconds(target, data)) > allowed:
        # The first time may have paid for imports, which on a slow machine take longer than any input may.
        raise CostTooHigh(f"{seconds:.1f} s for {len(data)} bytes")
    grown = peak_memory() - peak
    if grown > BASE_MEMORY + MEMORY_PER_BYTE * len(data):
        raise CostTooHigh(f"{grown >> 20} MiB for {len(data)} bytes")


def _seconds(target: Target, data: bytes) -> float:
    """The processor time of one run."""
    began = process_time()
    with suppress(LocalProtocolError, RemoteProtocolError):
        target(data)
    return process_time() - began


def peak_memory() -> int:
    """The most memory that this process has had, in bytes."""
    import resource  # not on Windows, where tests of the codec use other modules of this package

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
