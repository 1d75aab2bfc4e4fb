from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

from benchmarks import compiled, plots, tables
from benchmarks.environments import ALL, CODEC, OURS
from benchmarks.workers import Worker
from benchmarks.workloads import DISTINCT, all_workloads
from sansio_tl import LAYER
from tests.benchmarks.pages import are_written

RESULTS = "compiled.json"


def test_pages_are_made_from_the_committed_figures(figures: dict[str, Any]) -> None:
    are_written(compiled.pages(figures), "python -m benchmarks.compiled report")


def test_table_has_a_row_for_each_workload_and_operation(figures: dict[str, Any]) -> None:
    rows = {(row[0], row[1]) for row in tables.compiled(figures)[1:]}
    assert rows == {(workload["name"], op) for workload in figures["workloads"] for op in ("decode", "encode")}


def test_each_goal_is_for_a_measured_workload_and_peer(figures: dict[str, Any]) -> None:
    measured = {(row["workload"], row["op"]) for row in figures["times"]}
    assert set(tables.COMPILED_GOALS) <= measured
    slow = [{**row, "samples": [1.0]} for row in figures["times"]]
    reported = tables.compiled_shortfalls({**figures, "times": slow})
    assert "messages.messages decode: 1.00 x telethon, goal 22 x" in reported


def test_plots_are_well_formed_svg(figures: dict[str, Any]) -> None:
    for op in ("decode", "encode"):
        assert ET.fromstring(plots.ratios(figures, op, CODEC)).tag.endswith("svg")


def test_distinct_values_are_each_decoded_and_encoded_once() -> None:
    workload = next(workload for workload in all_workloads(LAYER) if workload.name == DISTINCT)
    parts = [workload.data, *(data for _, data in workload.more)]
    assert len(set(parts)) == 15
    with Worker(next(peer for peer in ALL if peer.name == OURS)) as worker:
        assert worker.load_many(workload.name, parts) is None
        for op in ("decode", "encode"):
            assert worker.time(workload.name, op, 20, collector=True) > 0
