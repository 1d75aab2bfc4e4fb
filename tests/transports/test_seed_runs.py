"""Many seeds in executors of `concurrent.futures`."""

from __future__ import annotations

import multiprocessing
import os
import threading
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest

from sansio_tl.simulation import Report, Violation
from sansio_tl_transports.testing import seed_runs
from sansio_tl_transports.testing.seed_runs import SeedResult, run_seeds


def run(seed: int) -> Report:
    if seed == 11:
        raise Violation("comes to rest", "it does not")
    if seed == 12:
        raise KeyError("a bug of the simulation")
    return Report(seeds=1, steps=seed)


def run_killed(seed: int) -> Report:
    if seed == 11:
        os._exit(1)
    return Report(seeds=1)


def shown(results: list[SeedResult]) -> list[tuple[int, int, str, str]]:
    return [(each.seed, each.report.steps if each.report else 0, each.violation, each.not_run) for each in results]


def test_results_are_the_same_in_every_executor() -> None:
    seeds = range(3, 40)
    here = shown(list(run_seeds(seeds, run)))
    assert [seed for seed, *_ in here] == [*seeds]
    assert here[8] == (11, 0, "comes to rest: it does not", "")
    assert here[9] == (12, 0, "the simulation failed: KeyError: 'a bug of the simulation'", "")
    assert here[10] == (13, 13, "", "")
    with ThreadPoolExecutor(3) as threads:
        assert shown(list(run_seeds(seeds, run, executor=threads))) == here
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as processes:
        assert shown(list(run_seeds(seeds, run, executor=processes))) == here


def test_seeds_of_a_killed_process_are_reported_as_not_run() -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as processes:
        results = list(run_seeds(range(1, 25), run_killed, executor=processes))
    assert [each.seed for each in results] == [*range(1, 25)]
    # The pool is broken: it does nothing more.
    assert {each.seed for each in results if each.not_run} == {*range(9, 25)}
    assert all(each.not_run.startswith("BrokenProcessPool: ") for each in results[8:])


class Queue(Executor):
    """Runs nothing."""

    def __init__(self) -> None:
        self.submitted: list[Future[Any]] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.submitted.append(Future())
        return self.submitted[-1]


def test_executor_has_a_bounded_number_of_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seed_runs, "MAX_SUBMITTED", 5)
    queue = Queue()
    results = run_seeds(range(1000), run, executor=queue)
    threading.Timer(0.05, lambda: queue.submitted[0].set_result(["first"])).start()
    assert next(results) == "first"  # type: ignore[comparison-overlap]
    assert len(queue.submitted) == 5


def test_closing_the_iterator_cancels_what_was_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seed_runs, "MAX_SUBMITTED", 5)
    queue = Queue()
    results = run_seeds(range(1000), run, executor=queue)
    threading.Timer(0.05, lambda: queue.submitted[0].set_result(["first"])).start()
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert [each.cancelled() for each in queue.submitted] == [False, True, True, True, True]


def test_cancelled_slice_is_not_run() -> None:
    queue = Queue()
    results = run_seeds(range(2), run, executor=queue)

    def cancel() -> None:
        queue.submitted[0].cancel()

    threading.Timer(0.05, cancel).start()
    assert [each.not_run for each in results] == ["CancelledError"] * 2


def test_executor_that_accepts_nothing_is_the_reason_of_each_seed() -> None:
    class Broken(Queue):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            raise RuntimeError("it is shut down")

    results = list(run_seeds(range(1, 20), run, executor=Broken()))
    assert [(each.seed, each.not_run) for each in results] == [
        (seed, "RuntimeError: it is shut down") for seed in range(1, 20)
    ]
