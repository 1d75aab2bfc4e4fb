"""Simulations of many seeds in any executor of `concurrent.futures`.

    with ProcessPoolExecutor() as processes:
        for result in run_seeds(range(1, 1001), executor=processes):
            print(result.seed, result.violation or result.not_run or "ok")

Only numbers travel: a run depends on nothing but its seed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from typing import Final, NamedTuple, TypeAlias

from sansio_tl.simulation import Report, Violation, simulate

Run: TypeAlias = Callable[[int], Report]
"""Simulates a seed. A process pool needs to pickle it: a function of a module, or a `functools.partial` of one."""

_SLICE: Final = 8
"""Seeds that an executor gets at a time: a second of work."""
MAX_SUBMITTED: Final = 2000
"""Slices that an executor has at a time, however many seeds there are."""


class SeedResult(NamedTuple):
    """The result of one seed: a report, a violation, or why it was not run."""

    seed: int
    report: Report | None
    violation: str = ""
    """The invariant that did not hold, or the exception that the simulation raised."""
    not_run: str = ""
    """Why the executor did not run it: its process has died, say, or its cluster cannot be reached any more."""


def run_seeds(seeds: Sequence[int], run: Run = simulate, *, executor: Executor | None = None) -> Iterator[SeedResult]:
    """Simulate seeds in the processes, threads or computers of an executor, or here without one.

    The results come in the order of the seeds. A run that raises does not end the others, nor does an executor that
    loses some of its work: the results of those seeds say so. The executor is not shut down; what it has not begun when
    the iterator is closed is cancelled.
    """
    if executor is None:
        for seed in seeds:
            yield _result(run, seed)
        return
    slices = (seeds[start : start + _SLICE] for start in range(0, len(seeds), _SLICE))
    submitted: deque[tuple[Sequence[int], Future[list[SeedResult]]]] = deque()
    try:
        for each in slices:
            submitted.append((each, _submit(executor, run, each)))
            if len(submitted) >= MAX_SUBMITTED:
                yield from _gather(*submitted.popleft())
        while submitted:
            yield from _gather(*submitted.popleft())
    finally:
        for _, future in submitted:
            future.cancel()


def _submit(executor: Executor, run: Run, seeds: Sequence[int]) -> Future[list[SeedResult]]:
    try:
        return executor.submit(_results, run, seeds)
    except Exception as error:  # noqa: BLE001  a broken executor accepts nothing; what it was given before may be done
        failed: Future[list[SeedResult]] = Future()
        failed.set_exception(error)
        return failed


def _gather(seeds: Sequence[int], future: Future[list[SeedResult]]) -> list[SeedResult]:
    """The results of a slice. Whatever a run does is among them: what the future raises is the executor's fault."""
    try:
        return future.result()
    except Exception as error:  # noqa: BLE001  each executor has exceptions of its own
        reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return [SeedResult(seed, None, not_run=reason) for seed in seeds]


def _results(run: Run, seeds: Sequence[int]) -> list[SeedResult]:
    """In a process of the executor."""
    return [_result(run, seed) for seed in seeds]


def _result(run: Run, seed: int) -> SeedResult:
    try:
        return SeedResult(seed, run(seed))
    except Violation as violation:
        return SeedResult(seed, None, str(violation))
    except Exception as error:  # noqa: BLE001  of the simulation itself: the other seeds are run all the same
        return SeedResult(seed, None, f"the simulation failed: {type(error).__name__}: {error}")
