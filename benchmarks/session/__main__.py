"""`python -m benchmarks.session`: measure, print the tables, write the JSON; with `report`: draw the pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from benchmarks.command import Command, keep, load, progress
from benchmarks.machine import machine
from benchmarks.rounds import Care
from benchmarks.session.alone import measure_alone
from benchmarks.session.calls import measure_calls
from benchmarks.session.idle import weigh
from benchmarks.session.pages import write_pages
from benchmarks.session.tables import as_text

FULL = Care(rounds=9, sample=0.08)
QUICK = Care(rounds=3, sample=0.02)


def main() -> None:
    """Read the command line."""
    command = Command("benchmarks.session", __doc__, figures="session.json", quick_figures="session-quick.json")
    arguments = command.parse()
    if arguments.what == "report":
        for path in write_pages(load(arguments.out)):
            print(path)
        return
    figures = run(quick=arguments.quick)
    keep(figures, arguments.out, as_text(figures))


def run(*, quick: bool) -> dict[str, Any]:
    """Measure everything. The result is the JSON document."""
    care = QUICK if quick else FULL
    return {
        "when": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": machine(),
        "policy": _policy(care),
        **measure_calls(care, progress),
        **measure_alone(care, 1_000 if quick else 10_000, progress),
        "idle": _weigh(20 if quick else 100, 100 if quick else 10_000),
    }


def _weigh(traced: int, resident: int) -> list[dict[str, Any]]:
    progress(f"{resident:,} idle connections")
    return [*weigh(traced, traced=True), *weigh(resident, traced=False)]


def _policy(care: Care) -> str:
    return (
        f"Medians of {care.rounds} rounds; in each, every client in turn makes as many calls as take about "
        f"{care.sample * 1000:g} ms, while the others wait. Times are CPU time of the client's process, user and "
        "system together; the data center is another process, which all clients call over loopback. A ratio is the "
        "median of the ratios in each round. All clients run on the same interpreter, in the intermediate framing, and "
        "with cryptg."
    )


if __name__ == "__main__":
    main()
