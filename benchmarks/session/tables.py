"""The figures as tables."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Any

from benchmarks.machine import as_line
from benchmarks.session.alone import COUNTS, ENGINES, SERIES
from benchmarks.session.calls import CALLERS, CALLS, GOAL, IN_FLIGHT, LOWER_BOUND, TARGET, TELETHON, makes
from benchmarks.session.idle import ENDS
from benchmarks.tables import Compared, aligned, duration, size

Figures = Mapping[str, Any]
Table = list[list[str]]
RATIOS = "Telethon's time as a multiple of each:"
MAY_WEIGH = 40_000
"""Maximum bytes of an idle connection."""


def samples(figures: Figures, caller: str, call: str, in_flight: str) -> list[float]:
    """CPU seconds for each call, round by round."""
    key = caller, call, in_flight
    found: list[float] = next(
        row["samples"] for row in figures["times"] if (row["peer"], row["workload"], row["op"]) == key
    )
    return found


def ratio(figures: Figures, caller: str, call: str, in_flight: str) -> float:
    """Ratio of Telethon's CPU time to that of this caller: the median of the ratios in each round."""
    theirs, ours = (samples(figures, each, call, in_flight) for each in (TELETHON, caller))
    return median(their / our for their, our in zip(theirs, ours, strict=True))


def calls(figures: Figures) -> Table:
    """A row for each caller, a column for each kind of call."""
    kinds = [(call, in_flight) for call in CALLS for in_flight in IN_FLIGHT]
    rows = [["client", *(f"{call}, {in_flight} in flight" for call, in_flight in kinds)]]
    rows += [
        [figures["peers"][caller]["title"], *(_call(figures, caller, *kind) for kind in kinds)] for caller in CALLERS
    ]
    return rows


def _call(figures: Figures, caller: str, call: str, in_flight: str) -> str:
    """The CPU time of one call, and the ratio of Telethon's to it."""
    if not makes(caller, call):
        return "-"
    took = duration(median(samples(figures, caller, call, in_flight)))
    return took if caller == TELETHON else Compared(took, f"{ratio(figures, caller, call, in_flight):.2f} x")


def shortfalls(figures: Figures) -> list[str]:
    """The results that miss the goal."""
    found: list[str] = []
    for caller in TARGET:
        for call in CALLS:
            for in_flight in IN_FLIGHT:
                times = ratio(figures, caller, call, in_flight)
                if times < GOAL:
                    title = figures["peers"][caller]["title"]
                    line = f"{call}, {in_flight} in flight, {title}: {times:.2f} x less than Telethon"
                    if makes(LOWER_BOUND, call):
                        line += (
                            f"; socket, hashes and cipher alone: {ratio(figures, LOWER_BOUND, call, in_flight):.2f} x"
                        )
                    found.append(line)
    heavy = (row for row in _of(figures, "client") if row["bytes"] > MAY_WEIGH)
    return [*found, *(f"an idle client connection ({row['how']}): {size(row['bytes'])}" for row in heavy)]


def alone(figures: Figures) -> Table:
    """CPU time of the engine for one call."""
    ends = list(dict.fromkeys(row["peer"] + row["op"] for row in figures["alone"]))
    rows = [["call", *ends]]
    for call in CALLS:
        medians = {row["peer"] + row["op"]: row["median"] for row in figures["alone"] if row["workload"] == call}
        rows.append([call, *(duration(medians[end]) for end in ends)])
    return rows


def growth(figures: Figures) -> Table:
    """CPU time of the engine for one call, by the number of others."""
    rows = [["engine", "how many", *(f"{count:,}" for count in COUNTS)]]
    for engine in ENGINES:
        for series, about in SERIES.items():
            medians = {
                row["count"]: row["median"]
                for row in figures["growth"]
                if (row["engine"], row["series"]) == (engine, series)
            }
            rows.append([engine, about, *(duration(medians[n]) if n in medians else "-" for n in COUNTS)])
    return rows


def idle(figures: Figures) -> Table:
    """Memory of an idle connection."""
    hows = {"traced": "Python objects", "resident": "memory of the process"}
    rows = [["end", *(f"{hows[row['how']]}, {row['connections']:,} connections" for row in _of(figures, ENDS[0]))]]
    rows += [[end, *(size(row["bytes"]) for row in _of(figures, end))] for end in ENDS]
    return rows


def _of(figures: Figures, end: str) -> list[Mapping[str, Any]]:
    return [row for row in figures["idle"] if row["end"] == end]


def versions(figures: Figures) -> Table:
    """The measured clients."""
    return [
        ["client", "version", "runs on"],
        *([about["title"], about["version"], about["runtime"]] for about in figures["peers"].values()),
    ]


def as_text(figures: Figures) -> str:
    """All tables as text for the terminal."""
    lines = [as_line(figures["machine"]), "", figures["policy"], ""]
    for title, table in (
        ("CPU of the client's process for each call", calls(figures)),
        ("CPU of the engine for each call, without sockets", alone(figures)),
        ("CPU of the engine for each small call, by the number of others", growth(figures)),
        ("An idle connection weighs", idle(figures)),
        ("Clients", versions(figures)),
    ):
        lines += [title, *aligned(table), ""]
    missed = shortfalls(figures)
    lines += ["Missed goals:", *(f"  {line}" for line in missed)] if missed else ["All goals are met."]
    return "\n".join(lines)
