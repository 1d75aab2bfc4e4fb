"""The directives `limits`, a table of every bound, and `hostile`, the costs of attacks on a client or a server."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import check_index
import hostile_table
import limits_table
from tables import table


class LimitsTable(SphinxDirective):
    """Every field of `Limits`."""

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()
        rows = [
            (_code([limit.name]), limit.shown, _with_checks(limit.about), _code(list(limit.applied_in)))
            for limit in limits_table.all_limits()
        ]
        return [
            table(("limit", "default", "what it bounds", "applied in"), rows, widths=(22, 10, 46, 22), style="checks")
        ]


class Hostile(SphinxDirective):
    """The costs of attacks on `client` or `server`."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(hostile_table.FILE))
        rows = [cost.row for cost in hostile_table.costs(self.arguments[0])]
        return [table(hostile_table.HEADINGS, rows, widths=(40, 18, 14, 14, 14))]


def _with_checks(text: str) -> nodes.paragraph:
    """Text in which the ids of checks are links to their rows."""
    known = {check for family in check_index.families() for check in family.checks}
    paragraph = nodes.paragraph()
    for part in re.split(r"\b([A-Z]{1,2}\d{1,2})\b", text):
        if part in known:
            paragraph += nodes.reference(text=part, refid=nodes.make_id(part))
        else:
            paragraph += nodes.Text(part)
    return paragraph


def _code(lines: list[str]) -> nodes.line_block:
    block = nodes.line_block()
    for text in lines:
        line = nodes.line()
        line += nodes.literal(text=text)
        block += line
    return block


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("limits", LimitsTable)
    app.add_directive("hostile", Hostile)
    return {"version": str(Path(__file__).stat().st_mtime_ns), "parallel_read_safe": True}
