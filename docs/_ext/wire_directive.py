"""The directives `wire`, which draws a format of docs/wire.toml, and `framings`, the table of all framings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import wire_drawing
from tables import table

HEADINGS = ("name", "first bytes", "bytes added", "quick acks", "padding", "use")


class Wire(SphinxDirective):
    """The description of a format, and its drawing."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(wire_drawing.FILE))
        described = wire_drawing.formats().get(self.arguments[0])
        if described is None:
            raise self.error(f"{wire_drawing.FILE.name} describes no {self.arguments[0]}")
        drawn = f'<div class="drawing-frame">{wire_drawing.draw(self.arguments[0])}</div>'
        return [nodes.paragraph(text=" ".join(described.about.split())), nodes.raw("", drawn, format="html")]


class Framings(SphinxDirective):
    """The table."""

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()
        rows: list[tuple[str | nodes.Element, ...]] = []
        for name, *rest in wire_drawing.overview():
            cell = nodes.paragraph()
            cell += nodes.literal(text=name)
            rows.append((cell, *rest))
        return [table(HEADINGS, rows, widths=(20, 16, 12, 10, 14, 34))]


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("wire", Wire)
    app.add_directive("framings", Framings)
    return {"version": str(Path(__file__).stat().st_mtime_ns), "parallel_read_safe": True}
