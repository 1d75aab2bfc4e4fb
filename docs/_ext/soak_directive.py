"""The directive `soak`: the tables and plots of docs/soak.json, selected by its argument."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import soak_tables
from tables import table


class SoakPart(SphinxDirective):
    """`summary`, `outcomes`, `faults`, `checks`, `costs`, or one of the plots."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(soak_tables.FILE))
        return [self.part(soak_tables.load(), self.arguments[0])]

    def part(self, found: soak_tables.Soak, name: str) -> nodes.Node:
        match name:
            case "summary":
                return nodes.paragraph(text=soak_tables.summary(found))
            case "outcomes":
                return table(soak_tables.OUTCOMES, soak_tables.outcome_rows(found))
            case "faults":
                return table(("fault", "times"), soak_tables.fault_rows(found), widths=(60, 20))
            case "checks":
                headings = ("check", "value", "at most", "")
                return table(headings, soak_tables.check_rows(found), widths=(60, 14, 14, 6))
            case "costs":
                headings = ("process", "of one core", "per call", "most threads")
                return table(headings, soak_tables.cost_rows(found))
            case _:
                drawn = soak_tables.PLOTS[name](found)
                return nodes.raw("", f'<div class="drawing-frame">{drawn}</div>', format="html")


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("soak", SoakPart)
    return {"version": str(Path(__file__).stat().st_mtime_ns), "parallel_read_safe": True}
