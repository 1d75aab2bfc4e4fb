"""Plots and tables of a soak test, from docs/soak.json, which `make soak ARGS=--save` writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from math import ceil, log10
from pathlib import Path
from typing import NamedTuple

import msgspec

from documented_methods import DOCS
from svg import Drawing, width_of

FILE = DOCS / "soak.json"
LEFT, TOP, WIDTH, HEIGHT = 52.0, 24.0, 640.0, 190.0
"""Position and size of a plot's area, in pixels."""
ADAPTERS = ("trio", "asyncio", "sync")


class Series(msgspec.Struct):
    """The resources of a process at each sample; `tests.soak.results` documents the fields."""

    rss: list[int]
    files: list[int]
    threads: list[int]
    cpu: list[float]


class Sample(msgspec.Struct):
    """The counters at a sample."""

    calls: int
    waiting: int
    links_lost: int
    faults: int
    alive: int
    median: float | None
    p99: float | None


class Tally(msgspec.Struct):
    """The final counters of the clients of an adapter."""

    calls: int
    answered: int
    lost: int
    doubled: int
    foreign: int
    refused: int
    unknown: int
    links_lost: int


class ServerRecord(msgspec.Struct):
    """The counters of the server."""

    calls: int
    executed: int
    executed_twice: int


class Check(msgspec.Struct):
    """A bound that a value must not exceed."""

    name: str
    value: float
    most: float


class Soak(msgspec.Struct):
    """The file."""

    when: str
    machine: str
    versions: dict[str, str]
    minutes: float
    clients: int
    pace: float
    life: float
    at: list[float]
    processes: dict[str, Series]
    samples: list[Sample]
    faults: dict[str, int]
    totals: dict[str, Tally]
    account: ServerRecord
    checks: list[Check]


def load(file: Path = FILE) -> Soak:
    """Read it."""
    return msgspec.json.decode(file.read_bytes(), type=Soak)


class Curve(NamedTuple):
    """One line of a plot, interrupted where a value is missing."""

    name: str
    values: Sequence[float | None]


def plot(title: str, unit: str, minutes: Sequence[float], curves: Sequence[Curve], *, logarithmic: bool = False) -> str:
    """Curves over time."""
    known = [value for curve in curves for value in curve.values if value is not None]
    ticks = _decades(min(known), max(known)) if logarithmic else _ticks(max(known))
    low, high = ticks[0], ticks[-1]
    last = max(minutes)

    def x(minute: float) -> float:
        return LEFT + WIDTH * minute / last

    def y(value: float) -> float:
        part = (log10(value / low) / log10(high / low)) if logarithmic else value / high
        return TOP + HEIGHT * (1 - part)

    drawing = Drawing(title)
    drawing.text(LEFT, TOP - 10, f"{title}, {unit}", style="label")
    for tick in ticks:
        drawing.line([(LEFT, y(tick)), (LEFT + WIDTH, y(tick))], style="grid")
        drawing.text(LEFT - 6, y(tick) + 4, f"{tick:,g}", style="small", anchor="end")
    for minute in _ticks(last):
        if minute <= last:
            drawing.text(x(minute), TOP + HEIGHT + 14, f"{minute:g} min", style="small", anchor="middle")
    legend_x = LEFT
    for index, curve in enumerate(curves):
        for piece in _pieces(minutes, curve.values):
            drawing.line([(x(minute), y(value)) for minute, value in piece], style=f"curve c{index}")
        drawing.line([(legend_x, TOP + HEIGHT + 28), (legend_x + 18, TOP + HEIGHT + 28)], style=f"curve c{index}")
        drawing.text(legend_x + 23, TOP + HEIGHT + 32, curve.name)
        legend_x += 44 + width_of(curve.name)
    return drawing.svg()


def _ticks(most: float) -> list[float]:
    """From 0 to at least `most`, in four to ten round steps."""
    step = next(step * 10.0**power for power in range(-3, 12) for step in (1, 2, 5) if most <= 10 * step * 10.0**power)
    return [round(number * step, 6) for number in range(max(1, ceil(most / step)) + 1)]


def _decades(least: float, most: float) -> list[float]:
    low, high = int(log10(least) // 1), ceil(log10(most))
    return [10.0**power for power in range(low, max(high, low + 1) + 1)]


def _pieces(minutes: Sequence[float], values: Sequence[float | None]) -> Iterable[list[tuple[float, float]]]:
    piece: list[tuple[float, float]] = []
    for minute, value in zip(minutes, values, strict=True):
        if value is not None:
            piece.append((minute, value))
        elif piece:
            yield piece
            piece = []
    if piece:
        yield piece


def minutes_of(soak: Soak) -> list[float]:
    """When the samples were taken."""
    return [at / 60 for at in soak.at]


def memory(soak: Soak) -> str:
    """The memory of each process."""
    curves = [Curve(name, [tenths / 10 for tenths in series.rss]) for name, series in soak.processes.items()]
    return plot("Resident memory of each process", "MB", minutes_of(soak), curves)


def latencies(soak: Soak) -> str:
    """The latency of answers."""
    curves = [
        Curve("median", [sample.median for sample in soak.samples]),
        Curve("99th percentile", [sample.p99 for sample in soak.samples]),
    ]
    return plot("Latency of calls", "seconds", minutes_of(soak), curves, logarithmic=True)


def rates(soak: Soak) -> str:
    """Calls, faults and lost connections per second, between one sample and the next."""
    curves = [
        Curve("calls", _rates(soak, lambda sample: sample.calls)),
        Curve("faults", _rates(soak, lambda sample: sample.faults)),
        Curve("connections lost", _rates(soak, lambda sample: sample.links_lost)),
    ]
    return plot("Calls and faults", "per second", minutes_of(soak), curves)


def unanswered(soak: Soak) -> str:
    """Unanswered calls and open connections at each sample."""
    curves = [
        Curve("unanswered calls", [float(sample.waiting) for sample in soak.samples]),
        Curve("connections through the proxy", [float(sample.alive) for sample in soak.samples]),
    ]
    return plot("Open at the same time", "number", minutes_of(soak), curves)


PLOTS: dict[str, Callable[[Soak], str]] = {
    "memory": memory,
    "latencies": latencies,
    "rates": rates,
    "unanswered": unanswered,
}


def _rates(soak: Soak, what: Callable[[Sample], int]) -> list[float | None]:
    pairs = list(zip(soak.at, soak.samples, strict=True))
    rates: list[float | None] = [None]
    for (before, earlier), (now, later) in pairwise(pairs):
        rates.append((what(later) - what(earlier)) / (now - before))
    return rates


def outcome_rows(soak: Soak) -> list[tuple[str, ...]]:
    """The outcomes of the calls of each adapter."""
    totals = [(name, soak.totals[name]) for name in ADAPTERS if name in soak.totals]
    rows = []
    for name, tally in totals:
        numbers = (
            tally.calls,
            tally.answered,
            tally.lost,
            tally.doubled,
            tally.foreign,
            tally.refused,
            tally.unknown,
            tally.links_lost,
        )
        rows.append((name, *(f"{number:,}" for number in numbers)))
    return rows


OUTCOMES = ("adapter", "calls", "answered", "lost", "doubled", "foreign", "refused", "unknown", "connections lost")


def fault_rows(soak: Soak) -> list[tuple[str, ...]]:
    """The number of injections of each fault."""
    return [(name, f"{times:,}") for name, times in sorted(soak.faults.items(), key=lambda each: -each[1])]


def check_rows(soak: Soak) -> list[tuple[str, ...]]:
    """Each check with its value and its bound."""
    return [
        (check.name, f"{check.value:,g}", f"{check.most:,g}", "✓" if check.value <= check.most else "✗")
        for check in soak.checks
    ]


def cost_rows(soak: Soak) -> list[tuple[str, ...]]:
    """The CPU time of each process, in total and per call, and its threads."""
    seconds = soak.at[-1] - soak.at[0]
    calls = soak.samples[-1].calls - soak.samples[0].calls
    rows: list[tuple[str, ...]] = []
    for name, series in soak.processes.items():
        spent = series.cpu[-1] - series.cpu[0]
        its_calls = calls if name in {"server", "proxy"} else calls / len(soak.totals)
        rows.append(
            (name, f"{100 * spent / seconds:.0f} %", f"{1000 * spent / its_calls:.2f} ms", f"{max(series.threads)}")
        )
    return rows


def summary(soak: Soak) -> str:
    """One sentence about the run."""
    versions = ", ".join(f"{name} {version}" for name, version in soak.versions.items())
    lost = sum(tally.links_lost for tally in soak.totals.values())
    return (
        f"{soak.when}: {soak.minutes:g} minutes, {soak.clients} clients for each of {len(soak.totals)} adapters, "
        f"{soak.account.calls:,} calls, {sum(soak.faults.values()):,} faults, {lost:,} lost connections; "
        f"on {soak.machine}; {versions}."
    )
