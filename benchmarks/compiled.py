"""`python -m benchmarks.compiled`: the codec in C beside the one in Python, its peers and the floor.

A short form of `python -m benchmarks` with few peers (Telethon, grammers, MessagePack) and the garbage collector on.
Only the ratios are meant to be read: each is the median of ratios in one round, so they hold on a machine that does
other things too.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import growth, imports, plots, tables
from benchmarks.command import Command, keep, load, progress
from benchmarks.environments import ALL, CODEC, FLOOR, OURS
from benchmarks.machine import as_line, machine
from benchmarks.report import PAGES
from benchmarks.rounds import Care, measure
from benchmarks.run import Run

PEERS = (OURS, CODEC, FLOOR, *tables.COMPARED)
FULL = Care(rounds=21, sample=0.02)
QUICK = Care(rounds=3, sample=0.002)


def main() -> None:
    """Read the command line."""
    command = Command("benchmarks.compiled", __doc__, figures="compiled.json", quick_figures="compiled-quick.json")
    command.parser.add_argument("--without", action="append", default=[], choices=(FLOOR, *tables.COMPARED))
    arguments = command.parse()
    if arguments.what == "report":
        for path in write_pages(load(arguments.out)):
            print(path)
        return
    figures = run(QUICK if arguments.quick else FULL, arguments.without)
    keep(figures, arguments.out, as_text(figures))


def run(care: Care, without: Sequence[str] = ()) -> dict[str, Any]:
    """Measure, without the peers of these names. The result is the JSON document."""
    with ExitStack() as stack:
        state = Run(stack, progress)
        for peer in ALL:
            if peer.name in PEERS and peer.name not in without:
                state.start(peer)
        times: list[dict[str, Any]] = []
        for group in state.groups:
            for op in ("decode", "encode"):
                progress(f"{group.workload.name}, layer {group.workload.layer}: {op}")
                rows = measure(group.workers, group.workload.name, op, care, collector=True)
                times += [{**row, "layer": group.workload.layer} for row in rows]
        messages = next(group for group in state.base if group.workload.name == "messages.messages")
        progress("memory")
        codecs = {name: worker for name, worker in messages.workers.items() if name != FLOOR}
        memory = growth.memory(codecs, messages.workload)
        workloads = [{"name": group.workload.name, "layer": group.workload.layer} for group in state.groups]
        running = [peer for peer in ALL if peer.name in state.workers and peer.name in (OURS, CODEC, "telethon")]
    progress("imports")
    return {
        "when": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": machine(),
        "policy": _policy(care),
        "peers": state.peers,
        "remarks": state.remarks,
        "workloads": workloads,
        "times": times,
        "memory": memory,
        "imports": imports.measure(running, care),
    }


def as_text(figures: tables.Figures) -> str:
    """Everything for the terminal."""
    lines = [as_line(figures["machine"]), "", figures["policy"], ""]
    for title, table in (
        ("The codec in C, and their time as a multiple of its time", tables.compiled(figures)),
        ("The floor, and their time as a multiple of it", tables.floor(figures) or [[_no_floor(figures)]]),
        ("Peers", tables.versions(figures)),
        ("Memory of one decoded value", tables.memory(figures)),
        ("Imports", tables.imports(figures)),
    ):
        lines += [title, *tables.aligned(table), ""]
    return "\n".join([*lines, "Below the goal:", *(f"  {line}" for line in tables.compiled_shortfalls(figures))])


def pages(figures: tables.Figures) -> dict[str, str]:
    """File name -> contents, as they belong in docs/benchmarks."""
    missed = [f"- {line}" for line in tables.compiled_shortfalls(figures)] or ["Nothing: every goal is reached."]
    return {
        "compiled_machine.inc": f"{figures['when']}, on {as_line(figures['machine'])}. {figures['policy']}\n",
        "compiled.inc": tables.as_markdown(tables.compiled(figures)) + "\n",
        "floor.inc": (tables.as_markdown(table) if (table := tables.floor(figures)) else _no_floor(figures)) + "\n",
        "floor_decode.svg": plots.above_floor(figures, "decode") + "\n",
        "floor_encode.svg": plots.above_floor(figures, "encode") + "\n",
        "compiled_peers.inc": tables.as_markdown(tables.versions(figures)) + "\n",
        "compiled_memory.inc": tables.as_markdown(tables.memory(figures)) + "\n",
        "compiled_imports.inc": tables.as_markdown(tables.imports(figures)) + "\n",
        "compiled_missed.inc": "\n".join(missed) + "\n",
        "compiled_decode.svg": plots.ratios(figures, "decode", CODEC) + "\n",
        "compiled_encode.svg": plots.ratios(figures, "encode", CODEC) + "\n",
    }


def write_pages(figures: tables.Figures, to: Path = PAGES) -> list[Path]:
    """Write them; the paths written."""
    written = []
    for name, text in pages(figures).items():
        (to / name).write_text(text, encoding="utf-8")
        written.append(to / name)
    return written


def _no_floor(figures: tables.Figures) -> str:
    return f"The floor was not measured: {tables.floor_missing(figures)}."


def _policy(care: Care) -> str:
    return (
        f"{care.rounds} rounds after a warm-up; in each, every peer in turn takes one sample of about "
        f"{care.sample * 1000:g} ms of CPU time in a process of its own while the others wait. Measured on a machine "
        "that other programs used at the same time: read the ratios, which are medians of the ratios in each round, "
        "not the times."
    )


if __name__ == "__main__":
    main()
