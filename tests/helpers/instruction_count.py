"""Counts the bytecode instructions of a call: unlike a time, the same on every machine and at any load."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def instructions(work: Callable[[], object]) -> int:
    """The bytecode instructions that `work()` executes."""
    count = 0

    def trace(frame: FrameType, event: str, _arg: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def assert_linear(work: Callable[[int], object], size: int) -> None:
    """`work(4 * size)` takes at most twice as much more than `work(2 * size)` as that more than `work(size)`."""
    work(size)  # what is imported or cached once counts for none of them
    one, two, four = (instructions(lambda n=n: work(n)) for n in (size, 2 * size, 4 * size))  # type: ignore[misc]
    assert four - two <= 2.2 * (two - one), f"{one}, {two}, {four} instructions for sizes of 1, 2 and 4 times {size}"
