"""The directive `mutation`: the results of random changes of the source, from docs/mutation.json.

make mutation SAMPLE=300 SEED=1 ARGS='--json docs/mutation.json'
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tables import table

FILE = Path(__file__).resolve().parents[1] / "mutation.json"
HEADINGS = (
    "package",
    "candidate lines",
    "changed",
    "equivalent",
    "detected",
    "detected of non-equivalent",
    "seed",
    "commit",
)


class Row(msgspec.Struct, frozen=True):
    """A package of the table; `tests.mutation.__main__.table` documents the numbers.

    Of some samples only the numbers were kept, without seed, commit and survivors.
    """

    lines: int
    tried: int
    equivalent: int
    counted: int
    killed: int
    seed: int | None = None
    commit: str | None = None
    survivors: list[str] | None = None


class Sample(msgspec.Struct, frozen=True):
    """The file."""

    packages: dict[str, Row]

    @property
    def survivors(self) -> list[str]:
        """The changes that no test detected, of all packages."""
        return [text for row in self.packages.values() for text in row.survivors or ()]


def load(file: Path = FILE) -> Sample:
    """The file that `python -m tests.mutation run --json` has written."""
    return msgspec.json.decode(file.read_bytes(), type=Sample)


def rows(sample: Sample) -> list[tuple[str, ...]]:
    """A row for each package, and one for the total."""
    cells = [
        (
            name,
            *_numbers(row.lines, row.tried, row.equivalent, row.killed, row.counted),
            "-" if row.seed is None else str(row.seed),
            row.commit or "-",
        )
        for name, row in sample.packages.items()
    ]
    names = ("lines", "tried", "equivalent", "killed", "counted")
    total = [sum(getattr(row, name) for row in sample.packages.values()) for name in names]
    return [*cells, ("all", *_numbers(*total), "", "")]


def _numbers(lines: int, tried: int, equivalent: int, killed: int, counted: int) -> tuple[str, ...]:
    share = f"{100 * killed / counted:.1f}%" if counted else "-"
    return (f"{lines:,}", str(tried), str(equivalent), str(killed), share)


class MutationPart(SphinxDirective):
    """`table`, or `survivors`: the changes that no test detected."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(FILE))
        sample = load()
        if self.arguments[0] == "table":
            return [table(HEADINGS, rows(sample))]
        survivors = nodes.bullet_list()
        for text in sample.survivors:
            item = nodes.list_item()
            item += nodes.paragraph("", "", nodes.literal(text=text))
            survivors += item
        return [survivors] if sample.survivors else [nodes.paragraph(text="None.")]


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("mutation", MutationPart)
    return {"version": str(Path(__file__).stat().st_mtime_ns), "parallel_read_safe": True}
