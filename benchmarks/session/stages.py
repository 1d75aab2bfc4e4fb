"""`python -m benchmarks.session.stages`: where the time of a small call goes, stage by stage, beside the floor.

help.getNearestDc by a `Connection` on a plain socket, in Python and compiled. `peers/calls_stages.py` does the timing.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.command import Command, keep, load, progress
from benchmarks.environments import OURS, Peer
from benchmarks.machine import as_line, machine
from benchmarks.report import PAGES
from benchmarks.session.target import running_data_center
from benchmarks.tables import Figures, aligned, as_markdown, duration
from benchmarks.workers import Worker

COMPILED = "compiled"
CALLERS: Mapping[str, Peer] = {
    OURS: Peer(OURS, "Connection", "calls_stages.py"),
    COMPILED: Peer(COMPILED, "Connection, compiled", "calls_stages.py", compiled=True),
}
WHOLE = "whole"


class Rounds(NamedTuple):
    """How many rounds, and how many calls of each kind in one."""

    rounds: int
    calls: int


FULL, QUICK = Rounds(15, 1_000), Rounds(3, 100)


class Stage(NamedTuple):
    """A row of the table: the sum of some timed stages, less others; the same of the floor."""

    name: str
    of: tuple[str, ...]
    less: tuple[str, ...] = ()
    floor: str | None = None


STAGES = (
    Stage("sending: codec", ("encode",)),
    Stage("sending: session", ("request",), ("encode", "encrypt", "write packet")),
    Stage("sending: encryption", ("encrypt",), floor="hashes and cipher, sending"),
    Stage("sending: framing", ("write packet",)),
    Stage("sending: socket", ("write",), floor="write"),
    Stage("receiving: socket", ("read",), floor="read"),
    Stage("receiving: framing", ("read packet",)),
    Stage("receiving: decryption", ("decrypt",), floor="hashes and cipher, receiving"),
    Stage("receiving: session", ("receive_data",), ("read packet", "decrypt", "decode")),
    Stage("receiving: codec", ("decode",)),
    Stage("receiving: event", ("next_event",)),
)
"""In the order in which they happen."""


def main() -> None:
    """Read the command line."""
    command = Command("benchmarks.session.stages", __doc__, figures="stages.json", quick_figures="stages-quick.json")
    arguments = command.parse()
    if arguments.what == "report":
        for path in write_pages(load(arguments.out)):
            print(path)
        return
    figures = run(QUICK if arguments.quick else FULL)
    keep(figures, arguments.out, "\n".join([as_line(figures["machine"]), figures["policy"], *aligned(table(figures))]))


def run(care: Rounds) -> dict[str, Any]:
    """Measure. The result is the JSON document: for each caller the times of each round, for each call."""
    with ExitStack() as stack:
        target = stack.enter_context(running_data_center())
        workers = {name: stack.enter_context(Worker(peer, *target)) for name, peer in CALLERS.items()}
        rounds: dict[str, list[dict[str, float]]] = {name: [] for name in workers}
        for number in range(care.rounds + 1):
            progress(f"small calls in stages, round {number} of {care.rounds}")
            for name, worker in workers.items():
                seconds = worker.ask(do="stages", calls=care.calls)["seconds"]
                if number:  # the first is the warm-up
                    rounds[name].append({stage: float(f"{time:.4g}") for stage, time in seconds.items()})
        peers = {name: {"title": CALLERS[name].title, **worker.about} for name, worker in workers.items()}
    return {
        "when": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": machine(),
        "policy": (
            f"Medians of {care.rounds} rounds of {care.calls:,} calls of each kind. Times are CPU time of the client's "
            "process; the data center is another process, called over loopback, one call at a time. Measured on a "
            "machine that other programs used at the same time: compare the rows."
        ),
        "peers": peers,
        "rounds": rounds,
    }


def stages(timed: Mapping[str, float]) -> dict[str, float]:
    """Seconds of each stage of a call, from the timed ones. Their sum is that of the steps of the call."""
    return {
        stage.name: sum(timed[name] for name in stage.of) - sum(timed[name] for name in stage.less) for stage in STAGES
    }


def floor(timed: Mapping[str, float]) -> dict[str, float]:
    """The part of each stage that no client can avoid."""
    return {stage.name: timed[stage.floor] for stage in STAGES if stage.floor is not None}


def table(figures: Figures) -> list[list[str]]:
    """A row for each stage, then their sum, and the call as it was measured as a whole."""
    callers = {name: [stages(timed) for timed in rounds] for name, rounds in figures["rounds"].items()}
    least = [floor(timed) for timed in figures["rounds"][OURS]]
    rows = [["stage", *(figures["peers"][name]["title"] for name in callers), "floor"]]
    for stage in STAGES:
        cells = [duration(median(timed[stage.name] for timed in rounds)) for rounds in callers.values()]
        needed = duration(median(timed[stage.name] for timed in least)) if stage.floor is not None else "-"
        rows.append([stage.name, *cells, needed])
    columns = (*callers.values(), least)
    rows.append(["all of them", *(duration(median(sum(timed.values()) for timed in rounds)) for rounds in columns)])
    whole = [duration(median(timed[WHOLE] for timed in rounds)) for rounds in figures["rounds"].values()]
    rows.append(["the call as a whole", *whole, "-"])
    return rows


def pages(figures: Figures) -> dict[str, str]:
    """File name -> contents, as they belong in docs/benchmarks."""
    about = f"{figures['when']}, on {as_line(figures['machine'])}. {figures['policy']}\n"
    return {"stages_machine.inc": about, "stages.inc": as_markdown(table(figures)) + "\n"}


def write_pages(figures: Figures, to: Path = PAGES) -> list[Path]:
    """Write them; the paths written."""
    for name, text in pages(figures).items():
        (to / name).write_text(text, encoding="utf-8")
    return [to / name for name in pages(figures)]


if __name__ == "__main__":
    main()
