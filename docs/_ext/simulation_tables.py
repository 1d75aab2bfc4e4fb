"""The directive of docs/simulation.md.

Faults, what attackers did, invariants, what the last long proof came to (docs/simulation.json), and which worlds notice
when the mend against an attack is taken out (tests/mutants/attacked.json).

make simulate SEEDS=100000 ARGS='--record docs/simulation.json'
python -m tests.mutants.attacked --search
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
ATTACKS = RESULTS.parents[1] / "tests" / "mutants" / "attacked.json"


def results() -> dict[str, Any]:
    """What `sansio_tl_transports.cli.simulate --record` has written."""
    found: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return found


def fault_rows(injected: dict[str, int]) -> list[list[str]]:
    """Name, what it is, how often it struck."""
    about = attribute_docs(faults, "Faults")
    return [[name, about[name], f"{injected.get(name, 0):,}"] for name in Faults.names()]


def invariant_rows(checked: dict[str, int]) -> list[list[str]]:
    """Name, what it says, how often it was checked."""
    rows: list[list[str]] = []
    for found in pkgutil.iter_modules(invariants.__path__):
        module = importlib.import_module(f"{invariants.__name__}.{found.name}")
        about = (module.__doc__ or "").partition("\n\n")[0]
        rows.append([module.NAME, " ".join(about.split()), f"{checked.get(module.NAME, 0):,}"])
    return rows


def deed_rows(deeds: dict[str, int]) -> list[list[str]]:
    """What the attacker did, and how often."""
    return [[name, f"{count:,}"] for name, count in sorted(deeds.items())]


def attack_rows(known: list[dict[str, Any]]) -> list[list[str]]:
    """What an attacker could do, the first world that notices it, and which invariant does not hold there."""
    return [[attack["what"], str(attack["seed"]), attack["invariant"]] for attack in known]


def sum_rows(found: dict[str, Any]) -> list[list[str]]:
    """What all runs together came to."""
    total = found["total"]
    outcomes = total["outcomes"]
    violations = sum(run["violations"] for run in found["runs"])
    return [
        ["worlds, each of another seed", f"{sum(run['seeds'] for run in found['runs']):,}"],
        ["sessions in them", f"{total['sessions']:,}"],
        ["violations of an invariant", f"{violations:,}"],
        ["simulated hours", f"{total['simulated'] / 3600:,.0f}"],
        ["faults injected", f"{sum(total['injected'].values()):,}"],
        ["invariants checked", f"{sum(total['checked'].values()):,}"],
        ["requests", f"{sum(outcomes.values()):,}"],
        *([f"- {outcome}", f"{count:,}"] for outcome, count in sorted(outcomes.items(), key=lambda one: -one[1])),
        ["done again, where the protocol cannot promise that they are not", f"{total['repeated']:,}"],
    ]


class Table(SphinxDirective):
    """One of the five tables: faults, deeds, attacks, invariants or results."""

    has_content = False
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(RESULTS))
        self.env.note_dependency(str(ATTACKS))
        found = results()
        total = found["total"]
        match self.arguments[0]:
            case "faults":
                return [table(["fault", "what it is", "struck"], fault_rows(total["injected"]), widths=[2, 8, 1])]
            case "deeds":
                rows = deed_rows(total.get("deeds", {}))
                return [table(["what the attacker did", "times"], rows, widths=[5, 1])]
            case "attacks":
                rows = attack_rows(json.loads(ATTACKS.read_text(encoding="utf-8")))
                return [table(["without its mend", "seed", "invariant"], rows, widths=[5, 1, 3])]
            case "invariants":
                rows = invariant_rows(total["checked"])
                return [table(["invariant", "what it says", "checked"], rows, widths=[2, 8, 1])]
            case "results":
                return [table(["in all", ""], sum_rows(found), widths=[4, 1])]
            case other:
                raise self.error(f"no table is called {other}")


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the directive `simulation`."""
    app.add_directive("simulation", Table)
    return {"version": "1", "parallel_read_safe": True}
