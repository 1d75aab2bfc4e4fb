"""`python -m benchmarks`: measure, print the table, write the JSON; `python -m benchmarks report`: draw the pages."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from benchmarks.environments import ALL, HERE, OURS
from benchmarks.report import write_pages
from benchmarks.rounds import FULL, QUICK
from benchmarks.run import run
from benchmarks.tables import as_text

RESULTS = HERE / "results"


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("run", "report"), default="run")
    parser.add_argument("--quick", action="store_true", help="the short form: shows that everything runs, not how fast")
    parser.add_argument("--peer", action="append", choices=[peer.name for peer in ALL if peer.name != OURS])
    parser.add_argument("--out", type=Path, help="where the figures go (default: benchmarks/results)")
    arguments = parser.parse_args()
    out = arguments.out or RESULTS / ("quick.json" if arguments.quick else "latest.json")
    if arguments.what == "report":
        for path in write_pages(json.loads(out.read_text(encoding="utf-8"))):
            print(path)
        return
    peers = [peer for peer in ALL if not arguments.peer or peer.name in (*arguments.peer, OURS)]
    care, top = (QUICK, 100) if arguments.quick else (FULL, 10_000)
    figures = run(peers, care, top=top, tell=lambda line: print(line, file=sys.stderr, flush=True))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(as_text(figures))
    print(f"figures: {out}")


if __name__ == "__main__":
    main()
