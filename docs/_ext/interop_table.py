"""The result of each step with each client of another library, from docs/interop.json (make test-peers)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeAlias

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "docs" / "interop.json"

Results: TypeAlias = dict[str, dict[str, Any]]


def read() -> Results:
    """Client -> version, layer, and for each framing whether each step worked."""
    results: Results = json.loads(RESULTS.read_text(encoding="utf-8"))
    return results


def headings(results: Results) -> list[str]:
    """The column headings: one client each."""
    return ["", *(f"{name} {client['version']}" for name, client in results.items())]


def rows(results: Results) -> list[list[str]]:
    """The layer, the framings, then a row for each step."""
    clients = list(results.values())
    steps = dict.fromkeys(step for client in clients for framing in client["framings"].values() for step in framing)
    return [
        ["layer", *(str(client["layer"]) for client in clients)],
        ["framings", *(str(len(client["framings"])) for client in clients)],
        *([step, *(cell(client["framings"], step) for client in clients)] for step in steps),
    ]


def framing_rows(results: Results) -> list[list[str]]:
    """A row for each framing that some client supports, with the clients that completed all steps."""
    names = dict.fromkeys(framing for client in results.values() for framing in client["framings"])
    results_of = {name: [client["framings"].get(name) for client in results.values()] for name in names}
    marks = {None: "", True: "✓", False: "✗"}
    return [[name, *(marks[steps and all(steps.values())] for steps in those)] for name, those in results_of.items()]


def cell(framings: dict[str, dict[str, bool]], step: str) -> str:
    """A tick if the step worked in every framing in which it was tried; otherwise the framings in which it failed."""
    tried = {framing: steps[step] for framing, steps in framings.items() if step in steps}
    failed = [framing for framing, worked in tried.items() if not worked]
    return f"✗ {', '.join(failed)}" if failed else "✓" if tried else ""


def setup(app: Any) -> dict[str, Any]:
    """Add the directives `interop` and `interop-framings`."""
    from docutils import nodes
    from sphinx.util.docutils import SphinxDirective

    from tables import table

    class Interop(SphinxDirective):
        """The steps, and the clients that completed them."""

        has_content = False
        make_rows = staticmethod(rows)

        def run(self) -> list[nodes.Node]:
            self.env.note_dependency(str(RESULTS))
            results = read()
            return [table(headings(results), self.make_rows(results), style="interop")]

    class Framings(Interop):
        """The same by framing."""

        make_rows = staticmethod(framing_rows)

    app.add_directive("interop", Interop)
    app.add_directive("interop-framings", Framings)
    return {"version": "1", "parallel_read_safe": True}
