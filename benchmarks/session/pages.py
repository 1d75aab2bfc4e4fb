"""The pages of the documentation: tables, and a plot of cost by the number of calls."""

from __future__ import annotations

from collections.abc import Mapping
from math import log10
from pathlib import Path
from typing import Any

from benchmarks.machine import as_line
from benchmarks.plots import Plot
from benchmarks.report import PAGES
from benchmarks.session import tables
from benchmarks.session.alone import COUNTS, ENGINES, SERIES
from benchmarks.tables import as_markdown, as_two_tables, duration

_COLOURS = dict(zip(SERIES, ("#2f7ed8", "#d9822b", "#3f9b6c"), strict=True))
_DASHES = dict(zip(ENGINES, ("", "5 3"), strict=True))


def pages(figures: Mapping[str, Any]) -> dict[str, str]:
    """File name -> contents, as they belong in docs/benchmarks."""
    about = f"{figures['when']}, on {as_line(figures['machine'])}. {figures['policy']}"
    missed = [f"- {line}" for line in tables.shortfalls(figures)] or ["Nothing: every goal is met."]
    return {
        "session_machine.inc": f"{about}\n",
        "session_calls.inc": as_two_tables(tables.calls(figures), tables.RATIOS),
        "session_alone.inc": as_markdown(tables.alone(figures)) + "\n",
        "session_growth.inc": as_markdown(tables.growth(figures)) + "\n",
        "session_idle.inc": as_markdown(tables.idle(figures)) + "\n",
        "session_peers.inc": as_markdown(tables.versions(figures)) + "\n",
        "session_missed.inc": "\n".join(missed) + "\n",
        "session_growth.svg": growth(figures) + "\n",
    }


def growth(figures: Mapping[str, Any]) -> str:
    """CPU for each call by how many others there are: a level line is cost that does not grow."""
    rows = figures["growth"]
    left, right, top, bottom = 80, 520, 40, 300
    low, high = log10(min(COUNTS)), log10(max(COUNTS))
    most = max(row["median"] for row in rows) * 1.15
    plot = Plot("CPU of the engine for each small call, by the number of others", 760, 340)
    plot.text(left, 18, plot.title, weight="bold")

    def place(count: float, seconds: float) -> tuple[float, float]:
        along = (log10(count) - low) / (high - low)
        return left + along * (right - left), bottom - seconds / most * (bottom - top)

    for count in COUNTS:
        x, _ = place(count, 0)
        plot.line([(x, top), (x, bottom)], "currentColor", width=0.25)
        plot.text(x, bottom + 18, f"{count:,}", anchor="middle")
    for part in range(5):
        _, y = place(COUNTS[0], most * part / 4)
        plot.line([(left, y), (right, y)], "currentColor", width=0.25)
        plot.text(left - 6, y + 4, duration(most * part / 4) if part else "0", anchor="end")
    for number, (engine, series) in enumerate((engine, series) for engine in ENGINES for series in SERIES):
        mine = [row for row in rows if (row["engine"], row["series"]) == (engine, series)]
        points = [place(row["count"], row["median"]) for row in mine]
        plot.line(points, _COLOURS[series], width=1.8, dash=_DASHES[engine])
        for (x, y), row in zip(points, mine, strict=True):
            hint = f"{engine}, {row['count']:,} {SERIES[series]}: {duration(row['median'])}"
            plot.dot(x, y, _COLOURS[series], hint)
        y = top + 12 + 22 * number
        plot.line([(right + 14, y - 4), (right + 38, y - 4)], _COLOURS[series], width=1.8, dash=_DASHES[engine])
        plot.text(right + 44, y, f"{engine}, {SERIES[series]}")
    return plot.svg()


def write_pages(figures: Mapping[str, Any], to: Path = PAGES) -> list[Path]:
    """Write them; the paths written."""
    to.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in pages(figures).items():
        path = to / name
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written
