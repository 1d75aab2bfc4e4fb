"""The directive `sandbox`: the numbers in the docstring of `sansio_tl.testing.sandbox`."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from sansio_tl.testing import sandbox

_ROW = re.compile(r"    (\d\d(?:\d\d|NN|SS))    (.+)")


class Chapter(NamedTuple):
    """Numbers of one kind."""

    title: str
    numbers: list[tuple[str, str]]
    """The last four digits, and the behavior."""


def chapters() -> list[Chapter]:
    """All groups, in order."""
    found: list[Chapter] = []
    before = ""
    for line in (sandbox.__doc__ or "").splitlines():
        if (row := _ROW.fullmatch(line)) is not None:
            if before:
                found.append(Chapter(before, []))
            found[-1].numbers.append((row[1], row[2]))
            before = ""
        else:
            before = line
    return found


def setup(app: Any) -> dict[str, Any]:
    """Add the directive `sandbox`."""
    from docutils import nodes
    from sphinx.util.docutils import SphinxDirective

    from tables import table

    class Sandbox(SphinxDirective):
        has_content = False

        def run(self) -> list[nodes.Node]:
            self.env.note_dependency(sandbox.__file__)
            shown: list[nodes.Node] = []
            for chapter in chapters():
                shown.append(nodes.paragraph("", "", nodes.strong(text=chapter.title)))
                shown.append(table(["YYYY", "behavior"], chapter.numbers, widths=[1, 9]))
            return shown

    app.add_directive("sandbox", Sandbox)
    return {"version": "1", "parallel_read_safe": True}
