"""The directive `adapters`: the variants of a program for each adapter, in tabs.

    ```{adapters} methods/auth_send_code
    ```

shows methods/sync/auth_send_code.py of docs/examples and the same for the other adapters. The tabs are radio buttons
and need no script.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from example_programs import ADAPTERS, EXAMPLES


class Adapters(SphinxDirective):
    """Tabs with the programs for the three adapters."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        name = PurePosixPath(self.arguments[0])
        group = f"adapters-{self.env.new_serialno('adapters')}"
        tabs = nodes.container(classes=["adapters"])
        for number, adapter in enumerate(ADAPTERS):
            path = EXAMPLES / name.parent / adapter.name / f"{name.name}.py"
            if not path.is_file():
                raise self.error(f"program not found: {path}")
            self.env.note_dependency(str(path))
            button = f"{group}-{adapter.name}"
            checked = " checked" if number == 0 else ""
            markup = f'<input type="radio" name="{group}" id="{button}"{checked}>'
            markup += f'<label for="{button}">{adapter.name}</label>'
            tabs += nodes.raw("", markup, format="html")
            text = path.read_text(encoding="utf-8")
            panel = nodes.container(classes=["panel"])
            panel += nodes.literal_block(text, text, language="python")
            tabs += panel
        return [tabs]


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("adapters", Adapters)
    app.add_css_file("adapters.css")
    return {"version": str(Path(__file__).stat().st_mtime_ns), "parallel_read_safe": True}
