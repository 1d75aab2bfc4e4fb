"""The directive `simulation` of docs/simulation.md.

Tables of faults, actions of attackers, invariants, results (docs/simulation.json), and the first seed that detects the
removal of each defence against an attack (tests/removed_checks/attacked.json).

make simulate SEEDS=100000 ARGS='--record docs/simulation.json'
python -m tests.removed_checks.attacked --search
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from attribute_docs import attribute_docs
from sansio_tl.simulation import Faults, faults, invariants
from tables import table

RESULTS = Path(__file__).resolve().parents[1] / "simulation.json"
ATTACKS = RESULTS.parents[1] / "tests" / "removed_checks" / "attacked.json"


def results() -> dict[str, Any]:
    """The file that `sansio_tl_transports.cli.simulate --record` has written."""
    found: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return found


def fault_rows(injected: dict[str, int]) -> list[list[str]]:
    """Name, description, number of injections."""
    about = attribute_docs(faults, "Faults")
    return [[name, about[name], f"{injected.get(name, 0):,}"] for name in Faults.names()]


def invariant_rows(checked: dict[str, int]) -> list[list[str]]:
    """Name, description, number of checks."""
    rows: list[list[str]] = []
    for found in pkgutil.iter_modules(invariants.__path__):
        module = importlib.import_module(f"{invariants.__name__}.{found.name}")
        if not hasattr(module, "NAME"):
            continue  # what invariants use together
        about = (module.__doc__ or "").partition("\n\n")[0]
        rows.append([module.NAME, " ".join(about.split()), f"{checked.get(module.NAME, 0):,}"])
    return rows


def action_rows(actions: dict[str, int]) -> list[list[str]]:
    """The actions of the attacker, and their numbers."""
    return [[name, f"{count:,}"] for name, count in sorted(actions.items())]


def attack_rows(known: list[dict[str, Any]]) -> list[list[str]]:
    """The attack, the first seed that detects it, and the violated invariant."""
    return [[attack["what"], str(attack["seed"]), attack["invariant"]] for attack in known]


def sum_rows(found: dict[str, Any]) -> list[list[str]]:
    """The totals of all runs."""
    total = found["total"]
    outcomes = total["outcomes"]
    violations = sum(run["violations"] for run in found["runs"])
    return [
        ["runs, each with another seed", f"{sum(run['seeds'] for run in found['runs']):,}"],
        ["sessions", f"{total['sessions']:,}"],
        ["violations of invariants", f"{violations:,}"],
        ["simulated hours", f"{total['simulated'] / 3600:,.0f}"],
        ["faults injected", f"{sum(total['injected'].values()):,}"],
        ["invariants checked", f"{sum(total['checked'].values()):,}"],
        ["requests", f"{sum(outcomes.values()):,}"],
        *([f"- {outcome}", f"{count:,}"] for outcome, count in sorted(outcomes.items(), key=lambda one: -one[1])),
        ["executed again where the protocol cannot prevent it", f"{total['repeated']:,}"],
    ]


class Table(SphinxDirective):
    """One of the five tables: faults, actions, attacks, invariants or results."""

    has_content = False
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(RESULTS))
        self.env.note_dependency(str(ATTACKS))
        found = results()
        total = found["total"]
        match self.arguments[0]:
            case "faults":
                return [table(["fault", "description", "injected"], fault_rows(total["injected"]), widths=[2, 8, 1])]
            case "actions":
                rows = action_rows(total.get("deeds", {}))
                return [table(["action of the attacker", "number"], rows, widths=[5, 1])]
            case "attacks":
                rows = attack_rows(json.loads(ATTACKS.read_text(encoding="utf-8")))
                return [table(["without the defence", "seed", "violated invariant"], rows, widths=[5, 1, 3])]
            case "invariants":
                rows = invariant_rows(total["checked"])
                return [table(["invariant", "description", "checked"], rows, widths=[2, 8, 1])]
            case "results":
                return [table(["total", ""], sum_rows(found), widths=[4, 1])]
            case other:
                raise self.error(f"unknown table: {other}")


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the directive `simulation`."""
    app.add_directive("simulation", Table)
    return {"version": "1", "parallel_read_safe": True}
