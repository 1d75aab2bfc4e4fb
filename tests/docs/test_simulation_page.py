"""The tables of docs/simulation.md are complete."""

from __future__ import annotations

import pytest

from sansio_tl.simulation import Faults, simulate

simulation_directive = pytest.importorskip("simulation_directive", reason="sphinx is not installed")


def test_every_fault_is_in_the_table() -> None:
    rows = simulation_directive.fault_rows({"cut": 1234})
    assert [row[0] for row in rows] == list(Faults.names())
    assert all(about for _, about, _ in rows)
    assert [injected for name, _, injected in rows if name == "cut"] == ["1,234"]


def test_every_invariant_is_in_the_table() -> None:
    checked = simulate(1).checked + simulate(2).checked + simulate(3).checked
    rows = simulation_directive.invariant_rows(checked)
    assert set(checked) <= {name for name, _, _ in rows}
    assert all(about.endswith(".") for _, about, _ in rows)


def test_the_long_proof_was_made_with_all_faults_and_found_nothing() -> None:
    results = simulation_directive.results()
    assert {run["faults"] for run in results["runs"]} == {"all"}
    seeds = [seed for run in results["runs"] for seed in range(run["first"], run["first"] + run["seeds"])]
    assert len(seeds) == len(set(seeds)) == results["total"]["seeds"]
    assert ["violations of invariants", "0"] in simulation_directive.sum_rows(results)
