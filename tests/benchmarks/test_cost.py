"""What a call costs the engine does not grow with the calls before it, beside it or together with it.

Cost is counted in instructions of the interpreter and in bytes of memory at its peak, which are the same on every
machine and however busy it is: a loop over all requests shows in the first, a copy of their list in the second.
"""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

import pytest
from alone import CallPlan, time_caller

from sansio_tl.mtproto.client.request_queue import RequestQueue

FEW, MANY = 100, 2_000
CALLS = 32
"""Two groups of acknowledgements, wherever they begin."""
SLIGHTLY, LITTLE = 1.05, 100
"""What tables that grow by and by may add: a twentieth, and bytes a call."""

each_engine = pytest.mark.parametrize("engine", ["Connection", "Client"])


def instructions(job: Callable[[], object]) -> float:
    """How many instructions of the interpreter a job takes."""
    return _monitored(job) if sys.version_info >= (3, 12) else _traced(job)


def _monitored(job: Callable[[], object]) -> float:
    """With what Python 3.12 and newer have for it. Tracing there misses the first call of each function."""
    if sys.version_info < (3, 12):
        raise NotImplementedError
    monitoring, tool, count = sys.monitoring, sys.monitoring.PROFILER_ID, 0

    def note(code: CodeType, offset: int) -> None:
        nonlocal count
        count += 1

    monitoring.use_tool_id(tool, "the cost of calls")
    monitoring.register_callback(tool, monitoring.events.INSTRUCTION, note)
    monitoring.set_events(tool, monitoring.events.INSTRUCTION)
    try:
        job()
    finally:
        monitoring.set_events(tool, monitoring.events.NO_EVENTS)
        monitoring.free_tool_id(tool)
    return count


def _traced(job: Callable[[], object]) -> float:
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        count += event == "opcode"
        return trace

    previous = sys.gettrace()
    sys.settrace(trace)
    try:
        job()
    finally:
        sys.settrace(previous)
    return count


def memory(job: Callable[[], object]) -> float:
    """How many bytes of memory a job takes at its peak."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        job()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def with_others(series: str, count: int) -> CallPlan:
    """Some calls, with so many others `after` which or `beside` which they are made; or so many `at_once`."""
    if series == "at_once":
        return CallPlan("small", count, at_once=True)
    after, beside = (count if series == each else 0 for each in ("after", "beside"))
    return CallPlan("small", CALLS, after, beside)


def per_call(engine: str, plan: CallPlan, measure: Callable[[Callable[[], object]], float]) -> float:
    return time_caller(engine, plan, measure) / plan.calls


@each_engine
@pytest.mark.parametrize("measure", [instructions, memory])
@pytest.mark.parametrize("series", ["after", "beside", "at_once"])
def test_cost_of_a_call_is_independent_of_the_number_of_others(
    engine: str, series: str, measure: Callable[[Callable[[], object]], float]
) -> None:
    few, many = (per_call(engine, with_others(series, count), measure) for count in (FEW, MANY))
    assert 0 < many <= few * SLIGHTLY + (LITTLE if measure is memory else 0)


@pytest.mark.parametrize("measure", [instructions, memory])
def test_measurement_detects_a_scan_of_all_requests(
    monkeypatch: pytest.MonkeyPatch, measure: Callable[[Callable[[], object]], float]
) -> None:
    settle = RequestQueue.remove_pending

    def settle_with_a_look(requests: RequestQueue, pending: Any) -> None:
        assert [other for other in requests.pending() if other is pending]
        settle(requests, pending)

    monkeypatch.setattr(RequestQueue, "remove_pending", settle_with_a_look)
    few, many = (per_call("Connection", with_others("beside", count), measure) for count in (FEW, MANY))
    assert many > 2 * few
