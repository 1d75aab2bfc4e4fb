"""`python -m tests.mutation map` and `run`: see the package."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.mutation.line_map import LineMap, measure
from tests.mutation.packages import PACKAGES, ROOT, Mirror, draw, lines_of, package_of
from tests.mutation.run import Fate, Tests, Verdict, judge
from tests.mutation.sites import Mutation

_COUNTED_AGAINST = {Fate.SURVIVED, Fate.NOT_RUN, Fate.UNRELIABLE}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the map of lines, or try a sample. Status 1: a package is below the threshold."""
    options = _parser().parse_args(arguments)
    if options.command == "map":
        measure(options.jobs, afresh=options.afresh)
        return 0
    sample = draw(options.seed, options.sample, options.package or list(PACKAGES))
    print(f"{len(sample)} mutations, seed {options.seed}, at most {options.budget:.0f} s of tests for each", flush=True)
    known = LineMap.load() if options.map else Mirror()
    verdicts = _run(sample, known, options.budget, options.jobs)
    survivors = [verdict.mutation for verdict in verdicts if verdict.fate is Fate.SURVIVED]
    if options.again > options.budget and survivors:
        print(f"{len(survivors)} survivors again, at most {options.again:.0f} s of tests for each", flush=True)
        again = {verdict.mutation: verdict for verdict in _run(survivors, known, options.again, options.jobs)}
        verdicts = [again.get(verdict.mutation, verdict) for verdict in verdicts]
    scores = table(verdicts)
    print(render(scores))
    if options.json is not None:
        publish(options.json, scores, verdicts, seed=options.seed, commit=_commit())
    return 1 if any(row["killed"] < options.threshold * row["counted"] for row in scores.values()) else 0


def _run(sample: Sequence[Mutation], known: Tests, budget: float, jobs: int) -> list[Verdict]:
    """Try each mutation, and print what became of it."""
    verdicts: list[Verdict] = []
    started = time.monotonic()
    for verdict in judge(sample, known, budget=budget, jobs=jobs):
        verdicts.append(verdict)
        print(
            f"{len(verdicts):4}/{len(sample)}  {verdict.fate.value:10} {verdict.mutation}"
            f"  ({verdict.tests} tests, {verdict.seconds:.1f} s; {_left(started, len(verdicts), len(sample))})"
            + (f" {verdict.killer}" if verdict.killer else "")
            + "".join(f"\n           fails on the unchanged tree: {test}" for test in verdict.failing),
            flush=True,
        )
    return verdicts


def _left(started: float, done: int, count: int) -> str:
    seconds = (time.monotonic() - started) / done * (count - done)
    return f"{seconds / 60:.0f} min left"


def table(verdicts: Sequence[Verdict]) -> dict[str, dict[str, int]]:
    """For each package: lines, mutations tried, equivalent, counted (tried but not equivalent), killed."""
    rows: dict[str, dict[str, int]] = {}
    for name in PACKAGES:
        fates = Counter(verdict.fate for verdict in verdicts if package_of(verdict.mutation.file) == name)
        if fates:
            rows[name] = {
                "lines": lines_of(name),
                "tried": fates.total(),
                "equivalent": fates[Fate.EQUIVALENT],
                "counted": fates.total() - fates[Fate.EQUIVALENT],
                "killed": fates[Fate.KILLED] + fates[Fate.HANGS],
            }
    return rows


def publish(
    file: Path, scores: dict[str, dict[str, int]], verdicts: Sequence[Verdict], *, seed: int, commit: str
) -> None:
    """Write the rows of the packages that were tried, each with its seed, commit and survivors; keep the others."""
    rows = json.loads(file.read_text())["packages"] if file.exists() else {}
    for name, row in scores.items():
        survivors = sorted(
            str(verdict.mutation)
            for verdict in verdicts
            if verdict.fate in _COUNTED_AGAINST and package_of(verdict.mutation.file) == name
        )
        rows[name] = {"seed": seed, "commit": commit, **row, "survivors": survivors}
    ordered = {name: rows[name] for name in PACKAGES if name in rows}
    file.write_text(json.dumps({"packages": ordered}, indent=1) + "\n")


def _commit() -> str:
    git = ["git", "rev-parse", "--short=8", "HEAD"]
    return subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def render(scores: dict[str, dict[str, int]]) -> str:
    """The table as text."""
    lines = [f"{'package':12} {'tried':>6} {'equivalent':>11} {'killed':>7} {'score':>7}"]
    rows = dict(scores)
    rows["all"] = {
        column: sum(row[column] for row in scores.values()) for column in ("tried", "equivalent", "counted", "killed")
    }
    for name, row in rows.items():
        score = 100 * row["killed"] / row["counted"] if row["counted"] else 100.0
        lines.append(f"{name:12} {row['tried']:6} {row['equivalent']:11} {row['killed']:7} {score:6.1f}%")
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("command", choices=["map", "run"])
    parser.add_argument("--sample", type=int, default=300, help="mutations in all (default: 300)")
    parser.add_argument("--seed", type=int, default=1, help="another seed is another sample (default: 1)")
    parser.add_argument("--package", action="append", choices=PACKAGES, help="only this package; may be repeated")
    parser.add_argument(
        "--no-map", dest="map", action="store_false", help="run the tests that mirror the package, whatever they run"
    )
    parser.add_argument("--budget", type=float, default=60.0, help="seconds of tests for one mutation (default: 60)")
    parser.add_argument(
        "--again", type=float, default=0.0, help="seconds of tests with which the survivors are tried once more"
    )
    parser.add_argument("--threshold", type=float, default=0.0, help="share that must be killed in each package")
    parser.add_argument("--afresh", action="store_true", help="map: forget what was measured before")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", type=Path, help="also write the rows of the table to this file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
