"""Runs simulations of the engine over many seeds, or traces one of them.

    python -m sansio_tl_transports.cli.simulate
    ... --seeds 1000 --jobs 2        seeds 1 to 1000; progress, and a summary at the end
    ... --seed 17 --verbose          one seed with a trace of all events (without --verbose:
                                     the last lines before a violation)
    ... --seed 17 --trace            the same run as a qlog file, for `sansio-tl trace`
    ... --faults cut,replay          only these faults
    ... --record results.json        add the results to a file
    ... --executor dask://HOST:PORT  in a Dask cluster instead of processes of this computer

A run depends only on its seed, on every machine. The exit code is 1 when an invariant did not hold; each violation is
printed with the command that repeats it.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

from sansio_tl.simulation import Faults, Report, Violation, simulate
from sansio_tl.trace import Tracer
from sansio_tl_transports.cli.dask_executor import ClusterError, dask_executor
from sansio_tl_transports.cli.progress import Progress
from sansio_tl_transports.testing.seed_runs import SeedResult, run_seeds
from sansio_tl_transports.tracing.qlog import QlogTracer

_MODULE = "sansio_tl_transports.cli.simulate"
_SHOWN = 20
"""Violations that are printed; the others are counted."""
_LAST_LINES = 40
"""Lines of the trace that are shown before a violation."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 1 for a violation, 2 for a wrong command line."""
    parser = argparse.ArgumentParser(
        prog="python -m sansio_tl_transports.cli.simulate", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--seeds", type=int, default=1000, help="number of seeds (default: 1000)")
    parser.add_argument("--from", type=int, default=1, dest="first", metavar="SEED", help="the first seed (default: 1)")
    parser.add_argument("--seed", type=int, help="only this seed")
    parser.add_argument("--verbose", action="store_true", help="print all events; with --seed")
    parser.add_argument(
        "--trace",
        nargs="?",
        const="",
        metavar="FILE",
        help="write what the engines record to a qlog file, by default simulation-SEED.qlog; with --seed",
    )
    parser.add_argument("--faults", default="all", help=f"all, none, or some of: {', '.join(Faults.names())}")
    parser.add_argument("--jobs", type=int, help="number of processes (default: 1)")
    parser.add_argument("--executor", metavar="dask://HOST:PORT", help="run in the Dask cluster of this scheduler")
    parser.add_argument("--record", type=Path, metavar="FILE", help="add the results to this file, as JSON")
    options = parser.parse_args(arguments)
    try:
        faults = _faults(options.faults)
    except ValueError as error:
        parser.error(str(error))
    if options.seed is not None:
        if options.trace is None:
            return _one(options.seed, faults, verbose=options.verbose)
        path = Path(options.trace or f"simulation-{options.seed}.qlog")
        try:
            tracer = QlogTracer(path, title=f"Simulation of seed {options.seed}", vantage_point="network")
        except OSError as error:
            parser.error(f"cannot write {path}: {error.strerror}")
        with tracer:
            status = _one(options.seed, faults, verbose=options.verbose, make_tracer=tracer.part)
        print(f"the trace is in {path}: sansio-tl trace {path}")
        return status
    if options.trace is not None:
        parser.error("--trace requires --seed")
    if options.executor is not None and options.jobs is not None:
        parser.error("--jobs is for processes of this computer: a cluster has the workers that it has")
    seeds = range(options.first, options.first + options.seeds)
    try:
        with _executor(options.executor, options.jobs or 1) as executor:
            total, violations, not_run, spent = _many(seeds, faults, options.faults, executor)
    except ClusterError as error:
        parser.error(str(error))
    if options.record is not None:
        record(options.record, total, seeds, options.faults, violations, not_run)
    print("\n".join(summary(total)))
    print(conclusion(total, violations, len(not_run)))
    done = len(seeds) - len(not_run)
    print(f"{done:,} seeds in {spent:.0f} s, {done / spent:.1f} a second: {violations} violations")
    return 1 if violations or not_run else 0


def _executor(address: str | None, jobs: int) -> AbstractContextManager[Executor | None]:
    if address is not None:
        return dask_executor(address)
    if jobs > 1:
        return ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn"))
    return nullcontext()


def _faults(names: str) -> Faults:
    match names:
        case "all":
            return Faults.ALL
        case "none":
            return Faults.NONE
        case _:
            return Faults.only(*names.split(","))


def _one(seed: int, faults: Faults, *, verbose: bool, make_tracer: Callable[[str], Tracer] | None = None) -> int:
    last: deque[str] = deque(maxlen=_LAST_LINES)
    try:
        report = simulate(seed, faults, trace=_print if verbose else last.append, make_tracer=make_tracer)
    except Violation as violation:
        for line in last:
            _print(line)
        if violation.__cause__ is not None:
            sys.excepthook(type(violation.__cause__), violation.__cause__, violation.__cause__.__traceback__)
        print(f"seed {seed}: {violation}")
        return 1
    print("\n".join(summary(report)))
    return 0


def _print(line: str) -> None:
    """Print a line of a trace in ASCII: it may contain data of peers."""
    print(line.encode("ascii", "backslashreplace").decode("ascii"))


def _many(
    seeds: range, faults: Faults, named: str, executor: Executor | None
) -> tuple[Report, int, dict[int, str], float]:
    """The sum of the reports, the number of seeds with violations, those not run and why, and the seconds taken."""
    total, violated = Report(), 0
    kinds: Counter[str] = Counter()
    not_run: dict[int, str] = {}
    begun = time.monotonic()
    shown = Progress(len(seeds), "seeds")
    for result in run_seeds(seeds, partial(simulate, faults=faults), executor=executor):
        if result.report is not None:
            total.add(result.report)
        elif result.not_run:
            not_run[result.seed] = result.not_run
        else:
            violated += 1
            kinds[result.violation.partition(":")[0]] += 1
            if violated <= _SHOWN:
                _print_violation(result, named)
        shown.report(total.seeds + violated, partial(progress, total, violated, len(not_run)))
    for name, count in kinds.most_common():
        print(f"violated in {count:,} runs: {name}")
    for first, last in ranges(not_run):
        print(f"not run: seeds {first} to {last}: {not_run[first]:.300}")
        print(f"    run them: python -m {_MODULE} --from {first} --seeds {last - first + 1} --faults {named}")
    return total, violated, not_run, time.monotonic() - begun


def _print_violation(result: SeedResult, named: str) -> None:
    print(f"seed {result.seed}: {result.violation:.300}")
    print(f"    again: python -m {_MODULE} --seed {result.seed} --faults {named} --verbose", flush=True)


def ranges(seeds: Iterable[int]) -> list[tuple[int, int]]:
    """The first and last number of each range without gaps; the numbers ascend."""
    found: list[tuple[int, int]] = []
    for seed in seeds:
        if found and seed == found[-1][1] + 1:
            found[-1] = found[-1][0], seed
        else:
            found.append((seed, seed))
    return found


def record(path: Path, total: Report, seeds: range, named: str, violations: int, not_run: Iterable[int] = ()) -> None:
    """Add the results of a run to a file."""
    results: dict[str, Any] = (
        json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"runs": [], "total": {}}
    )
    run: dict[str, Any] = {
        "first": seeds.start,
        "seeds": len(seeds),
        "faults": named,
        "violations": violations,
        "python": platform.python_version(),
    }
    if missing := ranges(not_run):
        run["not_run"] = missing
    results["runs"].append(run)
    sums = results["total"]
    for name in (field.name for field in fields(total)):
        value = getattr(total, name)
        if isinstance(value, Counter):
            sums[name] = dict(Counter(sums.get(name, {})) + _kinds(value))
        else:
            sums[name] = sums.get(name, 0) + value
    path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def progress(total: Report, violated: int, not_run: int = 0) -> str:
    """What was done so far, in one line."""
    faults, checks = sum(total.injected.values()), sum(total.checked.values())
    line = f"{faults:,} faults injected, {checks:,} invariants checked, {violated} violations"
    return f"{line}, {not_run:,} seeds not run" if not_run else line


def conclusion(total: Report, violated: int, not_run: int = 0) -> str:
    """What the runs have shown, in a sentence or two."""
    shown = _shown(total, violated)
    return f"{shown} {not_run:,} seeds were not run: see above." if not_run else shown


def _shown(total: Report, violated: int) -> str:
    runs = total.seeds + violated
    checks = sum(total.checked.values())
    if violated:
        return f"{violated:,} of {runs:,} runs violated an invariant: repeat one with the command above it."
    if not runs:
        return "No run was made."
    faults = sum(total.injected.values())
    return f"Every invariant held in all {runs:,} runs: {checks:,} checks, with {faults:,} faults."


def summary(total: Report) -> list[str]:
    """The lines of the summary."""
    hours = total.simulated / 3600
    lines = [f"{total.seeds:,} runs, {total.sessions:,} sessions, {hours:,.1f} simulated hours, {total.steps:,} steps"]
    for title, counts in (
        ("faults injected", total.injected),
        ("actions of the attacker", total.deeds),
        ("invariants checked", total.checked),
        ("requests", total.outcomes),
        ("reasons for unknown outcomes", _kinds(total.reasons)),
        ("events of clients", total.events),
    ):
        lines += [f"{title}:", *(f"  {count:>12,}  {name}" for name, count in counts.most_common())]
    lines.append(f"requests executed again, where the protocol cannot prevent it: {total.repeated:,}")
    return lines


def _kinds(reasons: Counter[str]) -> Counter[str]:
    """Reasons without the numbers in them."""
    kinds: Counter[str] = Counter()
    for reason, count in reasons.items():
        kinds["".join("N" if letter.isdigit() else letter for letter in reason)] += count
    return kinds


if __name__ == "__main__":
    sys.exit(main())
