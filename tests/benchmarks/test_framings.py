from __future__ import annotations

from statistics import median
from typing import Any

import pytest

from benchmarks.environments import OURS
from benchmarks.framings import tables
from benchmarks.framings.__main__ import pages
from benchmarks.framings.run import AT_ONCE, EXCHANGED, OBFUSCATED, PEERS, PYMTPROTO, SIZES
from benchmarks.rounds import Care, measure
from benchmarks.workers import Worker
from tests.benchmarks.pages import are_written

RESULTS = "framings.json"


def test_pages_are_made_from_the_committed_figures(figures: dict[str, Any]) -> None:
    are_written(pages(figures), "python -m benchmarks.framings report")


def test_results_below_the_target_are_reported(figures: dict[str, Any]) -> None:
    rows = [{**row, "samples": [1.0]} for row in figures["times"]]
    reported = tables.shortfalls({**figures, "times": rows})
    assert "intermediate, small packets, written: 1.00 x, goal 2 x" in reported
    assert not any(OBFUSCATED[0] in line for line in reported)


def test_ratio_is_the_median_of_the_ratios_of_each_round(figures: dict[str, Any]) -> None:
    expected = "intermediate|small", "write"
    ours, theirs = (
        next(
            row["samples"] for row in figures["times"] if (row["peer"], row["workload"], row["op"]) == (peer, *expected)
        )
        for peer in (OURS, PYMTPROTO)
    )
    ratio = tables.ratio(figures, PYMTPROTO, *expected)
    assert ratio == median(their / our for their, our in zip(theirs, ours, strict=True))


@pytest.mark.parametrize("framing", EXCHANGED)
@pytest.mark.parametrize("size", SIZES)
def test_worker_measures_packets_that_are_answered(framing: str, size: str) -> None:
    with Worker(PEERS[0]) as worker:
        (row,) = measure({OURS: worker}, f"{framing}|{size}", "exchange", Care(rounds=1, sample=0.0005), collector=True)
        assert row["median"] > 0
        assert (
            worker.ask(do="count", name=f"{framing}|{size}", op="exchange")["count"]
            == {"small": 256, "large": 16}[size]
        )


@pytest.mark.parametrize("op", ["write", "read", "read chunks", "read at once"])
@pytest.mark.parametrize(
    "framing", ["abridged", "full", "obfuscated padded", "websocket", "fake TLS", "fake TLS, short hello"]
)
def test_worker_measures_each_operation_of_each_framing(framing: str, op: str) -> None:
    with Worker(PEERS[0]) as worker:
        count = worker.ask(do="count", name=f"{framing}|small|{AT_ONCE[0]}", op=op)["count"]
        assert count == AT_ONCE[0]
        (row,) = measure({OURS: worker}, f"{framing}|large", op, Care(rounds=1, sample=0.0005), collector=True)
        assert row["median"] > 0
