"""The directive `soak`: the tables and plots of docs/soak.json. Its argument says which."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import soak
from tables import table


class SoakPart(SphinxDirective):
    """`summary`, `outcomes`, `faults`, `checks`, `costs`, or one of the plots."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(soak.FILE))
        return [self.part(soak.load(), self.arguments[0])]

    def part(self, found: soak.Soak, wanted: str) -> nodes.Node:
        match wanted:
            case "summary":
                return nodes.paragraph(text=soak.summary(found))
            case "outcomes":
                return table(soak.OUTCOMES, soak.outcome_rows(found))
            case "faults":
                return table(("what happened to a link", "times"), soak.fault_rows(found), widths=(60, 20))
            case "checks":
                headings = ("what has to hold", "found", "at most", "")
                return table(headings, soak.check_rows(found), widths=(60, 14, 14, 6))
            case "costs":
                headings = ("process", "of one core", "for each call", "threads at most")
                return table(headings, soak.cost_rows(found))
            case _:
                drawn = soak.PLOTS[wanted](found)
                return nodes.raw("", f'<div class="drawing-frame">{drawn}</div>', format="html")


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("soak", SoakPart)
    return {"version": str(Path(__file__).stat().st_mtime_ns), "parallel_read_safe": True}
