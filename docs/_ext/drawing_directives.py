"""The directives `architecture`, `adapter-lines`, `data-flow` and `flows`: made from the code at each build."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import adapter_lines
import architecture_drawing
import data_flow_drawing
import flow_drawing
from sansio_tl import auth
from tables import table


class Drawn(SphinxDirective):
    """A directive that puts one SVG on the page."""

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()  # the code may change while the page does not
        return [nodes.raw("", f'<div class="drawing-frame">{self.draw()}</div>', format="html")]

    def draw(self) -> str:
        raise NotImplementedError


class Architecture(Drawn):
    """The layers of the import contract with their packages."""

    def draw(self) -> str:
        return architecture_drawing.draw(architecture_drawing.layers())


class AdapterLines(SphinxDirective):
    """The lines of code of the adapters."""

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()
        return [table(adapter_lines.HEADINGS, adapter_lines.rows(), widths=(16, 72, 12))]


class DataFlow(Drawn):
    """The modules that data passes through, traced in a running connection: `in` or `out`."""

    required_arguments = 1

    def draw(self) -> str:
        return data_flow_drawing.draw(self.arguments[0])


class Flows(SphinxDirective):
    """A section for every flow: its purpose, the drawing of its table, and the whole table, folded."""

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()
        return [self._section(flow) for flow in auth.FLOWS]

    def _section(self, flow: type[auth.Flow[Any]]) -> nodes.section:
        section = nodes.section(ids=[nodes.make_id(flow.__name__)])
        title = nodes.title()
        title += nodes.literal(text=flow.__name__)
        section += [title, _first_paragraph(flow)]
        if flow_drawing.reaches(flow.TABLE):
            drawn = flow_drawing.draw(flow.TABLE, f"the flow {flow.KIND}")
            section += nodes.raw("", f'<div class="drawing-frame">{drawn}</div>', format="html")
        section += [
            nodes.raw("", "<details><summary>The whole table</summary>", format="html"),
            table(("state", "inputs", "next state"), flow_drawing.listing(flow.TABLE)),
            nodes.raw("", "</details>", format="html"),
        ]
        self.state.document.note_implicit_target(section, section)
        return section


def _first_paragraph(of: object) -> nodes.paragraph:
    """The first paragraph of a docstring, with `code` in it as code."""
    text = " ".join((inspect.getdoc(of) or "").split("\n\n")[0].split())
    paragraph = nodes.paragraph()
    for number, part in enumerate(re.split("`+", text)):
        paragraph += nodes.literal(text=part) if number % 2 else nodes.Text(part)
    return paragraph


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("architecture", Architecture)
    app.add_directive("adapter-lines", AdapterLines)
    app.add_directive("data-flow", DataFlow)
    app.add_directive("flows", Flows)
    return {"version": str(Path(__file__).stat().st_mtime_ns), "parallel_read_safe": True}
