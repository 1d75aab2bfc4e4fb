"""The directives `house`, `way` and `states`: drawings made from the code when the site is built."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import floors
import states
import way
from sansio_tl.auth.states import Table
from tables import table


class Drawn(SphinxDirective):
    """A directive that puts one SVG on the page."""

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()  # the code may change while the page does not
        return [nodes.raw("", f'<div class="drawing-frame">{self.draw()}</div>', format="html")]

    def draw(self) -> str:
        raise NotImplementedError


class House(Drawn):
    """The floors of the import contract with the rooms that are built."""

    def draw(self) -> str:
        return floors.draw(floors.storeys())


class Way(Drawn):
    """The rooms that a byte passes, traced in a running connection: `in` or `out`."""

    required_arguments = 1

    def draw(self) -> str:
        return way.draw(self.arguments[0])


class States(Drawn):
    """A flow from its table, `module:NAME`: the drawing, and below it the whole table, folded."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        return [
            *super().run(),
            nodes.raw("", "<details><summary>The whole table</summary>", format="html"),
            table(("in the state", "what happens", "next state"), states.listing(self.table)),
            nodes.raw("", "</details>", format="html"),
        ]

    @property
    def table(self) -> Table:
        module, name = self.arguments[0].split(":")
        whole: Table = getattr(import_module(module), name)
        return whole

    def draw(self) -> str:
        return states.draw(self.table, self.arguments[0])


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("house", House)
    app.add_directive("way", Way)
    app.add_directive("states", States)
    return {"version": str(Path(__file__).stat().st_mtime_ns), "parallel_read_safe": True}
