"""The directives `flow` and `flow-methods` of the guides.

    ```{flow} two-step
    ```

draws the part of a flow that has this name in `guide_flows.PARTS`, with the rows of its table, folded. `flow-methods`
lists the methods that its inputs lead to, with their pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import flow_drawing
import guide_flows
from documented_methods import methods
from tables import table

HEADINGS = ("state", "inputs", "next state")


class _OfPart(SphinxDirective):
    required_arguments = 1

    def part(self) -> guide_flows.Part:
        self.env.note_reread()  # the table may change while the page does not
        if self.arguments[0] not in guide_flows.PARTS:
            raise self.error(f"there is no part {self.arguments[0]} in guide_flows.PARTS")
        return guide_flows.PARTS[self.arguments[0]]


class FlowPart(_OfPart):
    """The drawing and the rows."""

    def run(self) -> list[nodes.Node]:
        part = self.part()
        drawn: list[nodes.Node] = []
        if flow_drawing.reaches(part.table):
            drawn.append(nodes.raw("", f'<div class="drawing-frame">{part.draw()}</div>', format="html"))
        return [
            *drawn,
            nodes.raw("", f"<details><summary>{_summary(part)}</summary>", format="html"),
            table(HEADINGS, _rows(part)),
            nodes.raw("", "</details>", format="html"),
        ]


def _summary(part: guide_flows.Part) -> str:
    return "The rows of the table" if part.sources else "The whole table"


def _rows(part: guide_flows.Part) -> Iterator[tuple[str, str, str]]:
    """The rows of the states that the inputs of the part lead through."""
    shown = {str(state) for state in part.passed}
    return (row for row in flow_drawing.listing(part.table) if row[0] in shown)


class FlowMethods(_OfPart):
    """The methods, each with its purpose."""

    def run(self) -> list[nodes.Node]:
        pages = methods()
        lines = [
            f"- [{name}](../methods/{name}.md): {pages[name].summary}"
            for name in pages
            if name in self.part().methods and not name.startswith("invokeWith")
        ]
        holder = nodes.container()
        self.state.nested_parse(StringList(lines, self.get_source_info()[0]), self.content_offset, holder)
        return holder.children


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("flow", FlowPart)
    app.add_directive("flow-methods", FlowMethods)
    return {"version": str(Path(__file__).stat().st_mtime_ns), "parallel_read_safe": True}
