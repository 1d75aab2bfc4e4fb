"""`make bench-session`: its pages are made from the committed figures, and its programs do what they say."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from statistics import median
from typing import Any

import pytest

from benchmarks.session import tables
from benchmarks.session.calls import CALLERS, CALLS, IN_FLIGHT, LOWER_BOUND, TELETHON, makes
from benchmarks.session.idle import weigh
from benchmarks.session.pages import growth, pages
from benchmarks.session.target import running_data_center
from benchmarks.workers import Worker
from tests.benchmarks.pages import are_written

RESULTS = "session.json"


def test_pages_are_made_from_the_committed_figures(figures: dict[str, Any]) -> None:
    are_written(pages(figures), "python -m benchmarks.session report")


def test_figures_have_every_call_of_every_client(figures: dict[str, Any]) -> None:
    expected = {(name, call, count) for name in CALLERS for call in CALLS for count in IN_FLIGHT if makes(name, call)}
    assert {(row["peer"], row["workload"], row["op"]) for row in figures["times"]} == expected
    rows = tables.calls(figures)
    assert len(rows) == 1 + len(CALLERS)
    assert {len(row) for row in rows} == {1 + len(CALLS) * len(IN_FLIGHT)}


def test_ratio_is_the_median_of_the_ratios_of_each_round(figures: dict[str, Any]) -> None:
    theirs = tables.samples(figures, TELETHON, "small", "1")
    ours = tables.samples(figures, "asyncio connection", "small", "1")
    ratios = [their / our for their, our in zip(theirs, ours, strict=True)]
    assert tables.ratio(figures, "asyncio connection", "small", "1") == median(ratios)


def test_results_below_the_target_are_reported(figures: dict[str, Any]) -> None:
    reported = tables.as_text(figures)
    for line in tables.shortfalls(figures):
        assert line in reported
    heavy = [{**row, "bytes": tables.MAY_WEIGH + 1} for row in figures["idle"]]
    assert len(tables.shortfalls({**figures, "idle": heavy})) == len(tables.shortfalls(figures)) + len(heavy) // 2


def test_plot_has_a_line_for_each_series_of_each_engine(figures: dict[str, Any]) -> None:
    hints = [node.text for node in ET.fromstring(growth(figures)).iter("{http://www.w3.org/2000/svg}title")]
    assert len(hints) == len(figures["growth"])


@pytest.mark.parametrize("name", [TELETHON, LOWER_BOUND, "plain connection", "asyncio account", "sync connection"])
def test_each_caller_is_timed_on_every_call(name: str) -> None:
    with running_data_center() as target, Worker(CALLERS[name], *target, name.rpartition(" ")[2]) as caller:
        for call in (call for call in CALLS if makes(name, call)):
            assert caller.time(call, "10", 20, collector=True) > 0


def test_idle_connection_memory_stays_below_the_bound() -> None:
    for row in weigh(5, traced=True):
        assert 1_000 < row["bytes"] < tables.MAY_WEIGH
