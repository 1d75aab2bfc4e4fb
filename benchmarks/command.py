"""Shared by the programs `python -m benchmarks...`: their options, and the file with the figures."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.environments import HERE


class Command:
    """One program: it measures, or with the argument `report` writes the pages of measured figures."""

    def __init__(self, name: str, about: str | None, *, figures: str, quick_figures: str) -> None:
        self.parser = argparse.ArgumentParser(prog=f"python -m {name}", description=about)
        """Takes further options."""
        self.parser.add_argument("what", nargs="?", choices=("run", "report"), default="run")
        self.parser.add_argument("--quick", action="store_true", help="the short form: shows that everything runs")
        self.parser.add_argument("--out", type=Path, help="where the figures go (default: benchmarks/results)")
        self._figures, self._quick_figures = figures, quick_figures

    def parse(self) -> argparse.Namespace:
        """The options; `out` is the file with the figures."""
        arguments = self.parser.parse_args()
        arguments.out = arguments.out or HERE / "results" / (self._quick_figures if arguments.quick else self._figures)
        return arguments


def load(figures: Path) -> Any:
    """Load measured figures."""
    return json.loads(figures.read_text(encoding="utf-8"))


def keep(figures: Mapping[str, Any], out: Path, text: str) -> None:
    """Write the figures to a file and print them."""
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(text)
    print(f"figures: {out}")


def progress(line: str) -> None:
    """Print a line of progress."""
    print(line, file=sys.stderr, flush=True)
