"""`python -m benchmarks.framings`: measure, print the tables, write the JSON; with `report`: write the pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from benchmarks.command import Command, keep, load, progress
from benchmarks.framings import tables
from benchmarks.framings.run import run
from benchmarks.machine import as_line, machine
from benchmarks.report import PAGES
from benchmarks.rounds import Care
from benchmarks.tables import as_markdown, as_two_tables

FULL = Care(rounds=11, sample=0.02)
QUICK = Care(rounds=3, sample=0.002)


def main() -> None:
    """Read the command line."""
    command = Command("benchmarks.framings", __doc__, figures="framings.json", quick_figures="framings-quick.json")
    arguments = command.parse()
    if arguments.what == "report":
        for name, text in pages(load(arguments.out)).items():
            (PAGES / name).write_text(text, encoding="utf-8")
            print(PAGES / name)
        return
    care = QUICK if arguments.quick else FULL
    figures = {
        "when": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": machine(),
        "policy": _policy(care),
        **run(care, progress),
    }
    keep(figures, arguments.out, tables.as_text(figures))


def pages(figures: Mapping[str, Any]) -> dict[str, str]:
    """File name -> contents, as they belong in docs/benchmarks."""
    missed = [f"- {line}" for line in tables.shortfalls(figures)] or ["Nothing: every goal is met."]
    ratios = "As multiples of sansio_tl's time:"
    return {
        "framings_machine.inc": f"{figures['when']}, on {as_line(figures['machine'])}. {figures['policy']}\n",
        "framings_small.inc": as_two_tables(tables.speeds(figures, "small"), ratios, labels=2),
        "framings_large.inc": as_two_tables(tables.speeds(figures, "large"), ratios, labels=2),
        "framings_at_once.inc": as_markdown(tables.at_once(figures)) + "\n",
        "framings_peers.inc": as_markdown(tables.versions(figures)) + "\n",
        "framings_missed.inc": "\n".join(missed) + "\n",
    }


def _policy(care: Care) -> str:
    return (
        f"Medians of {care.rounds} rounds; in each, every peer in turn carries packets for about "
        f"{care.sample * 1000:g} ms in a process of its own while the others wait. Times are CPU time of the process. "
        "A ratio is the median of the ratios in each round. Each peer reads, in the server's role, what it has written "
        "in the client's."
    )


if __name__ == "__main__":
    main()
