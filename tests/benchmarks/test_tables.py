from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from statistics import median
from typing import Any

import pytest

from benchmarks import plots, tables
from benchmarks.growth import exponent
from benchmarks.report import PAGES, pages
from benchmarks.rounds import summary
from tests.benchmarks.pages import are_written

RESULTS = "latest.json"


def test_pages_are_made_from_the_committed_figures(figures: dict[str, Any]) -> None:
    are_written(pages(figures), "python -m benchmarks report")


def test_versions_table_names_every_peer_or_why_it_could_not_run(figures: dict[str, Any]) -> None:
    assert set(figures["peers"]) == {"sansio_tl", "telethon", "kurigram", "pyrogram", "gramjs", "mtcute", "msgpack"}
    rows = {row[0]: row for row in tables.versions(figures)}
    for about in figures["peers"].values():
        reported = " ".join(rows[about["title"]])
        assert about.get("version", "could not run") in reported


def test_ratio_compares_identical_bytes(figures: dict[str, Any]) -> None:
    times = {(row["peer"], row["layer"]): row["samples"] for row in figures["times"] if _messages_decode(row)}
    theirs = next(samples for (peer, _), samples in times.items() if peer == "pyrogram")
    ratios = [their / our for their, our in zip(theirs, times["sansio_tl", 158], strict=True)]
    assert tables.ratio(figures, "pyrogram", "messages.messages", "decode") == median(ratios)


def _messages_decode(row: dict[str, Any]) -> bool:
    return row["workload"] == "messages.messages" and row["op"] == "decode" and row["gc"] is True


def test_results_below_the_target_are_reported(figures: dict[str, Any]) -> None:
    rows = [{**row, "samples": [1.0]} for row in figures["times"]]
    reported = tables.shortfalls({**figures, "times": rows})
    assert "messages.messages decode (gc on): 1.00 x telethon, goal 2.5 x" in reported
    assert not any("kurigram" in line for line in reported)


def test_text_report_names_every_workload(figures: dict[str, Any]) -> None:
    text = tables.as_text(figures)
    for workload in tables.GOALS:
        assert workload in text


def test_unavailable_peer_is_reported_with_its_reason(figures: dict[str, Any]) -> None:
    peers = {**figures["peers"], "gramjs": {"title": "GramJS", "note": "", "unavailable": "node is not there"}}
    times = [row for row in figures["times"] if row["peer"] != "gramjs"]
    text = tables.as_text({**figures, "peers": peers, "times": times})
    assert "could not run: node is not there" in text


def test_plots_are_well_formed_svg(figures: dict[str, Any]) -> None:
    for svg in (plots.ratios(figures, "decode"), plots.ratios(figures, "encode"), plots.growth(figures)):
        assert ET.fromstring(svg).tag.endswith("svg")


def test_exponent_is_the_slope_in_a_log_log_plot() -> None:
    rows = [{"items": n, "median": 3e-9 * n**2} for n in (1, 100, 1_000, 10_000)]
    assert exponent(rows) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("seconds", "words"), [(1.5, "1.5 s"), (2e-3, "2 ms"), (7.12e-6, "7.12 µs"), (793e-9, "793 ns")]
)
def test_duration_is_formatted_in_a_readable_unit(seconds: float, words: str) -> None:
    assert tables.duration(seconds) == words


def test_summary_has_median_low_high_and_rounds() -> None:
    assert summary([1.0, 2.0, 3.0, 4.0, 100.0])["median"] == 3.0
    assert summary([1.0]) == {"median": 1.0, "low": 1.0, "high": 1.0, "rounds": 1}


def test_cells_of_the_documentation_have_one_figure() -> None:
    for path in PAGES.glob("*.inc"):
        for line in path.read_text(encoding="utf-8").splitlines():
            for cell in line.strip("| ").split(" | ") if line.startswith("| ") else ():
                assert not re.search(r"\d( [nµm]?s| x)\b.*\d( [nµm]?s| x)\b", cell), f"{path.name}: {cell}"


def test_times_and_ratios_are_two_tables() -> None:
    table = [["call", "ours", "theirs"], ["a", "1 s", tables.Compared("2 s†", "2.00 x")], ["b", "1 s", "-"]]
    assert tables.as_two_tables(table, "Ratios:") == (
        "| call | ours | theirs |\n| --- | --: | --: |\n| a | 1 s | 2 s† |\n| b | 1 s | - |\n\n"
        "Ratios:\n\n| call | theirs |\n| --- | --: |\n| a | 2.00 x |\n"
    )
    assert list(tables.aligned(table))[1] == "  a     1 s   2 s† = 2.00 x"
