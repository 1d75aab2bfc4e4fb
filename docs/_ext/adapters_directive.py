"""The directive `adapters`: the variants of a program for each adapter, in tabs, and what it prints.

    ```{adapters} methods/auth_send_code
    ```

shows the programs of `example_programs` with this name. docs/outputs.toml has the outputs, which
`python -m tests.docs.record_outputs` writes. The tabs are radio buttons and need no script.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from documented_methods import DOCS
from example_programs import ADAPTERS, programs

OUTPUTS = DOCS / "outputs.toml"


class Adapters(SphinxDirective):
    """Tabs with the programs for the three adapters, and the output below."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        if (name, ADAPTERS[0].name) not in programs():
            raise self.error(f"program not found: {name}")
        for source in ("methods.toml", "guides.toml", "outputs.toml"):
            self.env.note_dependency(str(DOCS / source))
        group = f"adapters-{self.env.new_serialno('adapters')}"
        tabs = nodes.container(classes=["adapters"])
        for number, adapter in enumerate(ADAPTERS):
            button = f"{group}-{adapter.name}"
            checked = " checked" if number == 0 else ""
            markup = f'<input type="radio" name="{group}" id="{button}"{checked}>'
            markup += f'<label for="{button}">{adapter.name}</label>'
            tabs += nodes.raw("", markup, format="html")
            text = programs()[name, adapter.name]
            panel = nodes.container(classes=["panel"])
            panel += nodes.literal_block(text, text, language="python")
            tabs += panel
        shown: list[nodes.Node] = [tabs]
        if output := tomllib.loads(OUTPUTS.read_text(encoding="utf-8")).get(name):
            shown.append(nodes.paragraph("", "It asks and prints:"))
            shown.append(nodes.literal_block(output, output, language="text"))
        return shown


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("adapters", Adapters)
    app.add_css_file("adapters.css")
    return {"version": str(Path(__file__).stat().st_mtime_ns), "parallel_read_safe": True}
