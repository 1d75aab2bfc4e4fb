"""Runs simulations of the engine over many seeds, or traces one of them.

    python -m sansio_tl_transports.cli.simulate
    ... --seeds 1000 --jobs 2        seeds 1 to 1000; progress, and a summary at the end
    ... --seed 17 --verbose          one seed with a trace of all events (without --verbose:
                                     the last lines before a violation)
    ... --seed 17 --trace            the same run as a qlog file, for `sansio-tl trace`
    ... --faults cut,replay          only these faults
    ... --record results.json        add the results to a file

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
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from sansio_tl.simulation import Faults, Report, Violation, simulate
from sansio_tl.trace import Tracer
from sansio_tl_transports.cli.progress import Progress
from sansio_tl_transports.tracing.qlog import QlogTracer

_CHUNK = 8
_SHOWN = 20
"""Violations that are printed; the others are counted."""
_LAST_LINES = 40
"""Lines of the trace that are shown before a violation."""


class Outcome(NamedTuple):
    """The result of one seed."""

    seed: int
    report: Report | None
    violation: str = ""


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
    parser.add_argument("--jobs", type=int, default=1, help="number of processes (default: 1)")
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
    seeds = range(options.first, options.first + options.seeds)
    total, violations, spent = _many(seeds, faults, options.faults, options.jobs)
    if options.record is not None:
        record(options.record, total, seeds, options.faults, violations)
    print("\n".join(summary(total)))
    print(conclusion(total, violations))
    print(f"{len(seeds):,} seeds in {spent:.0f} s, {len(seeds) / spent:.1f} a second: {violations} violations")
    return 1 if violations else 0


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


def _outcome(seed: int, faults: Faults) -> Outcome:
    try:
        return Outcome(seed, simulate(seed, faults))
    except Violation as violation:
        return Outcome(seed, None, str(violation))


def _outcomes(seeds: Sequence[int], faults: Faults, jobs: int) -> Iterator[Outcome]:
    run = partial(_outcome, faults=faults)
    if jobs <= 1:
        yield from map(run, seeds)
        return
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as processes:
        yield from processes.map(run, seeds, chunksize=_CHUNK)


def _many(seeds: range, faults: Faults, named: str, jobs: int) -> tuple[Report, int, float]:
    """The sum of the reports, the number of seeds with violations, and the seconds taken."""
    total, violated = Report(), 0
    kinds: Counter[str] = Counter()
    begun = time.monotonic()
    shown = Progress(len(seeds), "seeds")
    for outcome in _outcomes(seeds, faults, jobs):
        if outcome.report is not None:
            total.add(outcome.report)
        else:
            violated += 1
            kinds[outcome.violation.partition(":")[0]] += 1
            if violated <= _SHOWN:
                print(f"seed {outcome.seed}: {outcome.violation:.300}")
                again = f"python -m sansio_tl_transports.cli.simulate --seed {outcome.seed} --faults {named} --verbose"
                print(f"    again: {again}", flush=True)
        shown.report(total.seeds + violated, partial(progress, total, violated))
    for name, count in kinds.most_common():
        print(f"violated in {count:,} runs: {name}")
    return total, violated, time.monotonic() - begun


def record(path: Path, total: Report, seeds: range, named: str, violations: int) -> None:
    """Add the results of a run to a file."""
    results: dict[str, Any] = (
        json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"runs": [], "total": {}}
    )
    results["runs"].append(
        {
            "first": seeds.start,
            "seeds": len(seeds),
            "faults": named,
            "violations": violations,
            "python": platform.python_version(),
        }
    )
    sums = results["total"]
    for name in (field.name for field in fields(total)):
        value = getattr(total, name)
        if isinstance(value, Counter):
            sums[name] = dict(Counter(sums.get(name, {})) + _kinds(value))
        else:
            sums[name] = sums.get(name, 0) + value
    path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def progress(total: Report, violated: int) -> str:
    """What was done so far, in one line."""
    faults, checks = sum(total.injected.values()), sum(total.checked.values())
    return f"{faults:,} faults injected, {checks:,} invariants checked, {violated} violations"


def conclusion(total: Report, violated: int) -> str:
    """What the runs have shown, in a sentence."""
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
