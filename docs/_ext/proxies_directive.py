"""The directive `proxies`: results for each adapter, framing and proxy, from docs/proxies.json (make test-proxies)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tables import table

RESULTS = Path(__file__).resolve().parents[1] / "proxies.json"
ADAPTERS = ("sync", "asyncio", "trio")


class ProxiesTable(SphinxDirective):
    """A table with a row for each framing and a column for each proxy; the cells show which adapters logged in."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(RESULTS))
        proxies: dict[str, dict[str, dict[str, bool]]] = json.loads(RESULTS.read_text(encoding="utf-8"))
        framings = list(dict.fromkeys(framing for proxy in proxies.values() for framing in proxy))
        rows = [[framing, *(cell(proxy.get(framing)) for proxy in proxies.values())] for framing in framings]
        return [table(["framing", *proxies], rows, style="proxies")]


def cell(results: dict[str, bool] | None) -> str:
    """A tick if all adapters logged in, otherwise their names; a cross for none; empty if it was not tried."""
    if results is None:
        return ""
    passed = [adapter for adapter in ADAPTERS if results.get(adapter)]
    return "✓" if len(passed) == len(ADAPTERS) else ", ".join(passed) or "✗"


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("proxies", ProxiesTable)
    return {"version": "1", "parallel_read_safe": True}
