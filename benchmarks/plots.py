"""The plots of the documentation, as SVG: bars of ratios, lines of cost by size. Words take the colour of the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, log10
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from benchmarks.environments import CODEC, FLOOR, OURS
from benchmarks.tables import ABOVE_FLOOR, GOALS, duration, floor_missing, ratio

COLOURS = {
    "sansio_tl": "#2f7ed8",
    "sansio_tl_c": "#1b4f8a",
    "grammers": "#b5533c",
    "telethon": "#d9822b",
    "kurigram": "#7b8794",
    "pyrogram": "#a3adb8",
    "gramjs": "#b0a160",
    "mtcute": "#8f7cc0",
    "msgpack": "#3f9b6c",
}
_FONT = "font-family='system-ui, sans-serif' font-size='12' fill='currentColor'"


@dataclass(slots=True)
class Plot:
    """Collects shapes; lengths are pixels."""

    title: str
    width: int
    height: int
    parts: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, words: str, *, anchor: str = "start", weight: str = "normal") -> None:
        style = f"text-anchor='{anchor}' font-weight='{weight}'"
        self.parts.append(f"<text x='{x:.1f}' y='{y:.1f}' {style}>{escape(words)}</text>")

    def bar(self, x: float, y: float, width: float, height: float, colour: str, hint: str) -> None:
        size = f"x='{x:.1f}' y='{y:.1f}' width='{max(width, 1):.1f}' height='{height:.1f}'"
        self.parts.append(f"<rect {size} rx='2' fill='{colour}'><title>{escape(hint)}</title></rect>")

    def line(self, points: Sequence[tuple[float, float]], colour: str, *, width: float = 1.0, dash: str = "") -> None:
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        dashes = f" stroke-dasharray='{dash}'" if dash else ""
        self.parts.append(f"<path d='{path}' fill='none' stroke='{colour}' stroke-width='{width:g}'{dashes}/>")

    def dot(self, x: float, y: float, colour: str, hint: str) -> None:
        self.parts.append(
            f"<circle cx='{x:.1f}' cy='{y:.1f}' r='3' fill='{colour}'><title>{escape(hint)}</title></circle>"
        )

    def svg(self) -> str:
        size = f"viewBox='0 0 {self.width} {self.height}' width='{self.width}' height='{self.height}'"
        return (
            f"<svg xmlns='http://www.w3.org/2000/svg' role='img' aria-label={quoteattr(self.title)} {size} "
            f"style='max-width:100%;height:auto' {_FONT}>{''.join(self.parts)}</svg>"
        )


def ratios(figures: Mapping[str, Any], op: str, of: str = OURS) -> str:
    """For each workload a bar for each peer: how many times as long as we it takes. The scale is logarithmic."""
    peers = [name for name, about in figures["peers"].items() if name != of and "unavailable" not in about]
    peers = [name for name in peers if name not in ((OURS, FLOOR) if of == CODEC else (FLOOR,))]
    ours = "ours" if of == OURS else "that of our codec in C"
    shown = _shown(figures, op, of, peers, GOALS)
    title = f"{op}: time of each peer as a multiple of ours"
    return _bars(figures, shown, title, f"{op}: their time / {ours} (logarithmic; right of 1, we are faster)")


def above_floor(figures: Mapping[str, Any], op: str) -> str:
    """For each workload a bar for each codec: how many times the floor it takes. The scale is logarithmic."""
    missing = floor_missing(figures)
    if missing is not None:
        plot = Plot(f"{op}: distance to the floor", 760, 40)
        plot.text(8, 24, f"{op}: the floor was not measured: {missing}")
        return plot.svg()
    peers = [name for name in ABOVE_FLOOR if "unavailable" not in figures["peers"].get(name, {"unavailable": ""})]
    names = list(dict.fromkeys(workload["name"] for workload in figures["workloads"]))
    least = "creating the objects alone" if op == "decode" else "copying the bytes alone"
    shown = _shown(figures, op, FLOOR, peers, names)
    title = f"{op}: time of each codec as a multiple of the floor"
    return _bars(figures, shown, title, f"{op}: time / {least} (logarithmic; 1 is the floor)")


Shown = list[tuple[str, str, float]]
"""Workload, peer, and how many times as long it takes."""


def _shown(figures: Mapping[str, Any], op: str, of: str, peers: Sequence[str], workloads: Iterable[str]) -> Shown:
    ratios = [(name, peer, ratio(figures, peer, name, op, of=of)) for name in workloads for peer in peers]
    return [(name, peer, times) for name, peer, times in ratios if times is not None]


def _bars(figures: Mapping[str, Any], shown: Shown, title: str, heading: str) -> str:
    low = floor(log10(min([1.0, *(times for _, _, times in shown)])))
    high = ceil(log10(max([10.0, *(times for _, _, times in shown)])))
    names = list(dict.fromkeys(workload for workload, _, _ in shown))
    left, right, row, gap = max(150, 24 + 6.4 * max(map(len, names), default=0)), 90, 15, 14
    height = 46 + len(shown) * row + len(names) * gap
    plot = Plot(title, 760, height)
    scale = (plot.width - left - right) / (high - low)
    at = {power: left + (power - low) * scale for power in range(low, high + 1)}
    plot.text(left, 14, heading, weight="bold")
    for power, x in at.items():
        plot.line([(x, 34), (x, height - 4)], "currentColor", width=1.2 if power == 0 else 0.25)
        plot.text(x, 30, f"{10.0**power:g}", anchor="middle")
    y = 40.0
    for workload in names:
        mine = [(peer, times) for of, peer, times in shown if of == workload]
        plot.text(8, y + row * len(mine) / 2 + 4, workload)
        for peer, times in mine:
            end = left + (log10(times) - low) * scale
            start, end = sorted((at[0], end))
            name = figures["peers"][peer]["title"]
            plot.bar(start, y + 1, end - start, row - 3, COLOURS[peer], f"{name}, {workload}: {times:.2f} x")
            plot.text(max(end, at[0]) + 5, y + row - 4, f"{name} {_times(times)}")
            y += row
        y += gap
    return plot.svg()


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.2g}" if ratio < 1 else f"{ratio:.3g}"


def growth(figures: Mapping[str, Any]) -> str:
    """Time by number of items, both axes logarithmic: a straight line of slope 1 is linear cost."""
    rows = figures["sizes"]
    plot = Plot("cost by number of items", 760, 380)
    series = list(dict.fromkeys(row["workload"] for row in rows))
    width, top, bottom = 290, 56, 320
    x_high = ceil(log10(max(row["items"] for row in rows)))
    y_low = floor(log10(min(row["median"] for row in rows)))
    y_high = ceil(log10(max(row["median"] for row in rows)))
    for index, name in enumerate(series):
        left = 70 + index * (width + 80)

        def place(items: float, seconds: float, left: float = left) -> tuple[float, float]:
            up = (log10(seconds) - y_low) / (y_high - y_low)
            return left + log10(items) / x_high * width, bottom - up * (bottom - top)

        plot.text(left, 30, name, weight="bold")
        for power in range(x_high + 1):
            x, _ = place(10**power, 10**y_low)
            plot.line([(x, top), (x, bottom)], "currentColor", width=0.25)
            plot.text(x, bottom + 16, f"{10**power:,}", anchor="middle")
        for power in range(y_low, y_high + 1):
            _, y = place(1, 10.0**power)
            plot.line([(left, y), (left + width, y)], "currentColor", width=0.25)
            plot.text(left - 6, y + 4, duration(10.0**power * 1.0000001), anchor="end")
        for peer, op in dict.fromkeys((row["peer"], row["op"]) for row in rows):
            mine = [r for r in rows if (r["workload"], r["peer"], r["op"]) == (name, peer, op)]
            points = [place(row["items"], row["median"]) for row in mine]
            plot.line(points, COLOURS[peer], width=1.8, dash="" if op == "decode" else "5 3")
            for (x, y), row in zip(points, mine, strict=True):
                plot.dot(x, y, COLOURS[peer], f"{peer} {op}, {row['items']:,} items: {duration(row['median'])}")
    x = 70.0
    for peer in dict.fromkeys(row["peer"] for row in rows):
        for op, dash in (("decode", ""), ("encode", "5 3")):
            plot.line([(x, 360), (x + 26, 360)], COLOURS[peer], width=1.8, dash=dash)
            plot.text(x + 32, 364, f"{peer} {op}")
            x += 160
    return plot.svg()
