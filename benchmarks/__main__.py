"""`python -m benchmarks`: measure, print the table, write the JSON; `python -m benchmarks report`: draw the pages."""

from __future__ import annotations

from benchmarks.command import Command, keep, load, progress
from benchmarks.environments import ALL, FLOOR, OURS
from benchmarks.report import write_pages
from benchmarks.rounds import FULL, QUICK
from benchmarks.run import run
from benchmarks.tables import as_text

PEERS = [peer for peer in ALL if peer.name != FLOOR]


def main() -> None:
    """Read the command line."""
    command = Command("benchmarks", __doc__, figures="latest.json", quick_figures="quick.json")
    command.parser.add_argument("--peer", action="append", choices=[peer.name for peer in PEERS if peer.name != OURS])
    arguments = command.parse()
    if arguments.what == "report":
        for path in write_pages(load(arguments.out)):
            print(path)
        return
    peers = [peer for peer in PEERS if not arguments.peer or peer.name in (*arguments.peer, OURS)]
    care, top = (QUICK, 100) if arguments.quick else (FULL, 10_000)
    figures = run(peers, care, top=top, progress=progress)
    keep(figures, arguments.out, as_text(figures))


if __name__ == "__main__":
    main()
