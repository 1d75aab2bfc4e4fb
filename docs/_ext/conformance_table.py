"""The conformance matrix, from docs/conformance/matrix.json (make conformance).

The directive `conformance` shows the counts of each peer, `conformance-clients` the clients case by case,
`conformance-server` our server.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MATRIX = ROOT / "docs" / "conformance" / "matrix.json"
VERDICTS = ("pass", "non-strict", "fail", "unreachable", "informational")
SIGNS = {"pass": "✓", "non-strict": "○", "fail": "✗", "unreachable": "-", "informational": "i"}


def read() -> dict[str, Any]:
    """The matrix."""
    matrix: dict[str, Any] = json.loads(MATRIX.read_text(encoding="utf-8"))
    return matrix


def count_rows(matrix: dict[str, Any]) -> list[list[str]]:
    """A row for each peer."""
    return [
        [peer["title"], *(str(peer["counts"].get(verdict, 0)) for verdict in VERDICTS)]
        for peer in matrix["peers"].values()
    ]


def case_rows(matrix: dict[str, Any], side: str) -> tuple[list[str], list[list[str]]]:
    """The headings, and a row for each case."""
    cases = {name: case for name, case in matrix["cases"].items() if case["side"] == side}
    peers = [peer for peer in matrix["peers"].values() if any(name in peer["cases"] for name in cases)]
    rows = []
    for name, case in cases.items():
        found = [peer["cases"].get(name) for peer in peers]
        signs = ["" if result is None else SIGNS[result["verdict"]] for result in found]
        rows.append([name, *signs, case["check"], case["level"]])
    return ["case", *(peer["title"] for peer in peers), "check", "level"], rows


def setup(app: Any) -> dict[str, Any]:
    """Add the directives."""
    from docutils import nodes
    from sphinx.util.docutils import SphinxDirective

    from tables import table

    class Conformance(SphinxDirective):
        def run(self) -> list[nodes.Node]:
            self.env.note_dependency(str(MATRIX))
            return [table(["peer", *VERDICTS], count_rows(read()))]

    class ConformanceClients(SphinxDirective):
        def run(self) -> list[nodes.Node]:
            self.env.note_dependency(str(MATRIX))
            return [table(*case_rows(read(), "client"), style="conformance")]

    class ConformanceServer(SphinxDirective):
        def run(self) -> list[nodes.Node]:
            self.env.note_dependency(str(MATRIX))
            return [table(*case_rows(read(), "server"), style="conformance")]

    app.add_directive("conformance", Conformance)
    app.add_directive("conformance-clients", ConformanceClients)
    app.add_directive("conformance-server", ConformanceServer)
    return {"parallel_read_safe": True, "version": "1"}
