"""`python -m benchmarks.session`: measure, print the tables, write the JSON; with `report`: draw the pages."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.environments import HERE
from benchmarks.machine import machine
from benchmarks.rounds import Care
from benchmarks.session.alone import measure_alone
from benchmarks.session.calls import measure_calls
from benchmarks.session.idle import weigh
from benchmarks.session.pages import write_pages
from benchmarks.session.tables import as_text

RESULTS = HERE / "results"
FULL = Care(rounds=9, sample=0.08)
QUICK = Care(rounds=3, sample=0.02)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.session", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("run", "report"), default="run")
    parser.add_argument("--quick", action="store_true", help="the short form: shows that everything runs")
    parser.add_argument("--out", type=Path, help="where the figures go (default: benchmarks/results)")
    arguments = parser.parse_args()
    out = arguments.out or RESULTS / ("session-quick.json" if arguments.quick else "session.json")
    if arguments.what == "report":
        for path in write_pages(json.loads(out.read_text(encoding="utf-8"))):
            print(path)
        return
    figures = run(quick=arguments.quick)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(as_text(figures))
    print(f"figures: {out}")


def run(*, quick: bool) -> dict[str, Any]:
    """Measure everything. The result is the JSON document."""
    care = QUICK if quick else FULL
    return {
        "when": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": machine(),
        "policy": _policy(care),
        **measure_calls(care, _tell),
        **measure_alone(care, 1_000 if quick else 10_000, _tell),
        "idle": _weigh(20 if quick else 100, 100 if quick else 10_000),
    }


def _weigh(traced: int, resident: int) -> list[dict[str, Any]]:
    _tell(f"{resident:,} idle connections")
    return [*weigh(traced, traced=True), *weigh(resident, traced=False)]


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _policy(care: Care) -> str:
    return (
        f"Medians of {care.rounds} rounds; in each, every client in turn makes as many calls as take about "
        f"{care.sample * 1000:g} ms, while the others wait. Times are CPU time of the client's process, user and "
        "system together; the data centre is another process, which all clients call over loopback. A ratio is the "
        "median of the ratios in each round. All clients run on the same interpreter, in the intermediate framing, and "
        "with cryptg."
    )


if __name__ == "__main__":
    main()
