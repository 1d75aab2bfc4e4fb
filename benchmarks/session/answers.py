"""`python -m benchmarks.session.answers`: calls with large structured answers, with both codecs, beside Telethon.

messages.getHistory of 100 and of 1,600 messages, about 62 KB and 1 MB, as they are and compressed. Only the
ratios are meant to be read.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.command import Command, keep, load, progress
from benchmarks.environments import ALL, CODEC, Peer
from benchmarks.machine import as_line, machine
from benchmarks.report import PAGES
from benchmarks.rounds import Care, measure
from benchmarks.session.tables import RATIOS
from benchmarks.session.target import running_data_center
from benchmarks.tables import Compared, Figures, aligned, as_two_tables, duration
from benchmarks.workers import Worker

CALLS = ("100 messages", "100 messages, gzipped", "1,600 messages", "1,600 messages, gzipped")
TELETHON = "telethon"
CALLERS = {
    TELETHON: Peer(TELETHON, "Telethon", "calls_telethon.py"),
    "python": Peer("python", "Connection on a plain socket", "calls_plain.py"),
    CODEC: Peer(CODEC, "Connection on a plain socket, codec in C", "calls_plain.py", codec=True),
}
FULL = Care(rounds=7, sample=0.05)
QUICK = Care(rounds=3, sample=0.01)


def main() -> None:
    """Read the command line."""
    command = Command("benchmarks.session.answers", __doc__, figures="answers.json", quick_figures="answers-quick.json")
    arguments = command.parse()
    if arguments.what == "report":
        for path in write_pages(load(arguments.out)):
            print(path)
        return
    figures = run(QUICK if arguments.quick else FULL)
    keep(figures, arguments.out, "\n".join([as_line(figures["machine"]), figures["policy"], *aligned(table(figures))]))


def run(care: Care) -> dict[str, Any]:
    """Measure. The result is the JSON document."""
    codec = next(peer for peer in ALL if peer.codec)
    codec.install()
    with ExitStack() as stack:
        target = stack.enter_context(running_data_center())
        workers = {}
        for name, peer in CALLERS.items():
            runs = Peer(CODEC, peer.title, peer.script, codec.packages, codec=True) if peer.codec else peer
            workers[name] = stack.enter_context(Worker(runs, *target))
        times: list[dict[str, Any]] = []
        for call in CALLS:
            progress(call)
            for worker in workers.values():
                worker.time(call, "1", 3, collector=True)
            times += measure(workers, call, "1", care, collector=True)
        peers = {name: {"title": CALLERS[name].title, **worker.about} for name, worker in workers.items()}
    return {
        "when": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": machine(),
        "policy": (
            f"CPU time of the client's process for each call, one in flight: medians of {care.rounds} rounds of "
            f"{care.sample * 1000:g} ms. Measured on a machine that other programs used at the same time: read the "
            "ratios, which are medians of the ratios in each round."
        ),
        "peers": peers,
        "times": times,
    }


def table(figures: Figures) -> list[list[str]]:
    """A row for each client: its time for each call, and Telethon's as a multiple."""
    samples = {(row["peer"], row["workload"]): row["samples"] for row in figures["times"]}
    calls = list(dict.fromkeys(row["workload"] for row in figures["times"]))
    rows = [["client", *calls]]
    for name, about in figures["peers"].items():
        cells = [about["title"]]
        for call in calls:
            took = duration(median(samples[name, call]))
            pairs = zip(samples[TELETHON, call], samples[name, call], strict=True)
            times = median(theirs / ours for theirs, ours in pairs)
            cells.append(took if name == TELETHON else Compared(took, f"{times:.2f} x"))
        rows.append(cells)
    return rows


def pages(figures: Figures) -> dict[str, str]:
    """File name -> contents, as they belong in docs/benchmarks."""
    about = f"{figures['when']}, on {as_line(figures['machine'])}. {figures['policy']}\n"
    return {"answers_machine.inc": about, "answers.inc": as_two_tables(table(figures), RATIOS)}


def write_pages(figures: Figures, to: Path = PAGES) -> list[Path]:
    """Write them; the paths written."""
    for name, text in pages(figures).items():
        (to / name).write_text(text, encoding="utf-8")
    return [to / name for name in pages(figures)]


if __name__ == "__main__":
    main()
