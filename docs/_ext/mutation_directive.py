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
)


class Row(msgspec.Struct, frozen=True):
    """A package of the table; `tests.mutation.__main__.table` documents the numbers."""

    lines: int
    tried: int
    equivalent: int
    counted: int
    killed: int

    def cells(self, name: str) -> tuple[str, ...]:
        """The formatted row."""
        share = f"{100 * self.killed / self.counted:.1f}%" if self.counted else "-"
        return (name, f"{self.lines:,}", str(self.tried), str(self.equivalent), str(self.killed), share)


class Sample(msgspec.Struct, frozen=True):
    """The file."""

    seed: int
    packages: dict[str, Row]
    survivors: list[str]


def load(file: Path = FILE) -> Sample:
    """The file that `python -m tests.mutation run --json` has written."""
    return msgspec.json.decode(file.read_bytes(), type=Sample)


def rows(sample: Sample) -> list[tuple[str, ...]]:
    """A row for each package, and one for the total."""
    total = [sum(getattr(row, name) for row in sample.packages.values()) for name in Row.__struct_fields__]
    return [row.cells(name) for name, row in {**sample.packages, "all": Row(*total)}.items()]


class MutationPart(SphinxDirective):
    """`table`, or `survivors`: the changes that no test detected."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(FILE))
        sample = load()
        if self.arguments[0] == "table":
            return [table(HEADINGS, rows(sample)), nodes.paragraph(text=f"Seed {sample.seed}.")]
        survivors = nodes.bullet_list()
        for text in sample.survivors:
            item = nodes.list_item()
            item += nodes.paragraph("", "", nodes.literal(text=text))
            survivors += item
        return [survivors] if sample.survivors else [nodes.paragraph(text="None.")]


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("mutation", MutationPart)
    return {"version": str(Path(__file__).stat().st_mtime_ns), "parallel_read_safe": True}
