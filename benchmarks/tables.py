"""The figures as tables: plain text for the terminal, Markdown for the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isnan
from statistics import median
from typing import Any, Self

from benchmarks.environments import CODEC, FLOOR, LIMIT, OURS
from benchmarks.growth import FIT_FROM, exponent
from benchmarks.machine import as_line

Figures = Mapping[str, Any]
GOALS: Mapping[str, tuple[float, float]] = {
    "auth.sentCode": (2.5, 1.6),
    "auth.sendCode": (2.5, 1.6),
    "messages.messages": (2.5, 1.6),
    "vector<long>": (7.0, 3.0),
    "upload.file": (2.5, 1.6),
    "upload.saveFilePart": (2.5, 1.6),
}
"""Target ratios to Telethon: decode, encode."""
COMPARED = ("telethon", LIMIT, "grammers")
"""With whom the codec in C is compared."""
ABOVE_FLOOR = (CODEC, LIMIT, "telethon")
"""Whose distance to the floor is shown."""
COMPILED_GOALS: Mapping[tuple[str, str], tuple[float | None, ...]] = {
    ("auth.sentCode", "decode"): (18, 1.0),
    ("auth.sentCode", "encode"): (9, 0.9),
    ("auth.sendCode", "decode"): (20, 1.2),
    ("auth.sendCode", "encode"): (25, 1.3),
    ("messages.messages", "decode"): (22, 1.3, 1.0),
    ("messages.messages", "encode"): (24, 1.1),
    ("messages.messages, distinct", "encode"): (8, 1.3),
    ("vector<long>", "decode"): (8, 1.4),
    ("vector<long>", "encode"): (14, 1.0),
    ("upload.file", "decode"): (1.4, 1.0),
    ("upload.file", "encode"): (2.8, 1.0),
}
"""How many times as long these are meant to take as the codec in C."""
NEVER_SLOWER_THAN = ("kurigram", "pyrogram")


class Compared(str):
    """A cell with a time and its ratio to another time: one text in the terminal, two tables in the documentation."""

    __slots__ = ("ratio", "time")

    time: str
    ratio: str

    def __new__(cls, time: str, ratio: str) -> Self:
        """`ratio` is a text like `2.50 x`."""
        cell = super().__new__(cls, f"{time} = {ratio}")
        cell.time, cell.ratio = time, ratio
        return cell


def duration(seconds: float) -> str:
    """A time with three significant digits."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def size(count: float) -> str:
    """A number of bytes."""
    return f"{count:,.0f} B" if count < 1 << 16 else f"{count / 1024:,.0f} KiB"


def ratio(
    figures: Figures, peer: str, workload: str, op: str, *, collector: bool = True, of: str = OURS
) -> float | None:
    """Ratio of a peer's time to ours on the same bytes."""
    theirs = _row(figures, peer, workload, op, None, collector=collector)
    if theirs is None:
        return None
    ours = _row(figures, of, workload, op, theirs["layer"], collector=collector)
    if ours is None:
        return None
    ratios: list[float] = [their / our for their, our in zip(theirs["samples"], ours["samples"], strict=True)]
    return median(ratios)


def shortfalls(figures: Figures) -> list[str]:
    """The results that miss a goal, with the garbage collector on or off."""
    found: list[str] = []
    for workload, goals in GOALS.items():
        for op, goal in zip(("decode", "encode"), goals, strict=True):
            for collector in (True, False):
                for peer in ("telethon", *NEVER_SLOWER_THAN):
                    least = goal if peer == "telethon" else 1.0
                    times = ratio(figures, peer, workload, op, collector=collector)
                    if times is not None and times < least:
                        state = "on" if collector else "off"
                        found.append(f"{workload} {op} (gc {state}): {times:.2f} x {peer}, goal {least:g} x")
    return found


def compiled(figures: Figures) -> list[list[str]]:
    """A table: the codec in C, and how many times as long the one in Python and the peers take."""
    return _multiples(figures, CODEC, "codec in C", (OURS, *COMPARED))


def floor_missing(figures: Figures) -> str | None:
    """Why the floor was not measured; None if it was."""
    about = figures["peers"].get(FLOOR, {"unavailable": "these figures were measured without it"})
    reason: str | None = about.get("unavailable")
    return reason


def floor(figures: Figures) -> list[list[str]]:
    """A table: the floor, and how many times as long the codecs take. Empty without the floor."""
    return [] if floor_missing(figures) is not None else _multiples(figures, FLOOR, "floor", ABOVE_FLOOR)


def _multiples(figures: Figures, of: str, title: str, others: Sequence[str]) -> list[list[str]]:
    peers = [name for name in others if "unavailable" not in figures["peers"].get(name, {"unavailable": ""})]
    rows = [["workload", "operation", title, *(figures["peers"][name]["title"] for name in peers)]]
    for name in dict.fromkeys(workload["name"] for workload in figures["workloads"]):
        for op in ("decode", "encode"):
            unit = _row(figures, of, name, op, None, collector=True)
            if unit is not None:
                times = (ratio(figures, peer, name, op, of=of) for peer in peers)
                rows.append([name, op, duration(unit["median"]), *("-" if x is None else f"{x:,.2f} x" for x in times)])
    return rows


def compiled_shortfalls(figures: Figures) -> list[str]:
    """Where the codec in C is not as fast as it is meant to be."""
    found: list[str] = []
    for (workload, op), goals in COMPILED_GOALS.items():
        for peer, goal in zip(COMPARED, goals, strict=False):
            times = ratio(figures, peer, workload, op, of=CODEC)
            if goal is not None and times is not None and times < goal:
                found.append(f"{workload} {op}: {times:.2f} x {peer}, goal {goal:g} x")
    return found


def speeds(figures: Figures, op: str, *, collector: bool = True) -> list[list[str]]:
    """A table: a row for each workload, a column for us and for each peer that runs."""
    layers = {row["peer"]: row["layer"] for row in figures["times"] if row["peer"] != OURS}
    peers = [name for name, about in figures["peers"].items() if name in layers and "unavailable" not in about]
    head = ["workload", "bytes", "objects", OURS, *(figures["peers"][name]["title"] for name in peers)]
    rows = [head]
    for workload in figures["workloads"]:
        name = workload["name"]
        if workload["layer"] != figures["peers"][OURS]["layer"]:
            continue
        ours = _row(figures, OURS, name, op, workload["layer"], collector=collector)
        cells = [name, f"{workload['bytes']:,}", f"{workload['objects']:,}", duration(ours["median"]) if ours else "-"]
        rows.append([*cells, *(_cell(figures, peer, workload, op, collector=collector) for peer in peers)])
    return rows


def _cell(figures: Figures, peer: str, workload: Mapping[str, Any], op: str, *, collector: bool) -> str:
    times = ratio(figures, peer, workload["name"], op, collector=collector)
    theirs = _row(figures, peer, workload["name"], op, None, collector=collector)
    if times is None or theirs is None:
        return "-"
    mark = "" if theirs["layer"] == workload["layer"] else "†"
    return Compared(duration(theirs["median"]) + mark, f"{times:,.2f} x{mark}")


def versions(figures: Figures) -> list[list[str]]:
    """A table: the measured peers, and those that could not run."""
    rows = [["peer", "version", "layer", "runs on", "remarks"]]
    for name, about in figures["peers"].items():
        workload_remarks = [f"{r['workload']}: {r['remark']}" for r in figures["remarks"] if r["peer"] == name]
        if "unavailable" in about:
            rows.append([about["title"], "-", "-", "-", f"could not run: {about['unavailable']}"])
        else:
            remarks = "; ".join([*([about["note"]] if about["note"] else []), *workload_remarks])
            layer = "-" if name == LIMIT else str(about["layer"])
            rows.append([about["title"], about["version"], layer, about["runtime"], remarks])
    return rows


def growth(figures: Figures) -> list[list[str]]:
    """A table: time by number of items, and the fitted exponent."""
    counts = sorted({row["items"] for row in figures["sizes"]})
    rows = [["series", "operation", "peer", *(f"{count:,}" for count in counts), f"exponent from {FIT_FROM}"]]
    keys = dict.fromkeys((row["workload"], row["op"], row["peer"]) for row in figures["sizes"])
    for series, op, peer in keys:
        mine = [r for r in figures["sizes"] if (r["workload"], r["op"], r["peer"]) == (series, op, peer)]
        times = {row["items"]: duration(row["median"]) for row in mine}
        rows.append([series, op, peer, *(times.get(count, "-") for count in counts), _slope(exponent(mine))])
    return rows


def _slope(exponent: float) -> str:
    return "-" if isnan(exponent) else f"{exponent:.3f}"


def memory(figures: Figures) -> list[list[str]]:
    """A table: the memory of a decoded messages.messages."""
    rows = [["peer", "messages.messages", "per object"]]
    for row in figures["memory"]:
        title = figures["peers"][row["peer"]]["title"]
        if "reason" in row:
            rows.append([title, "-", row["reason"]])
        else:
            rows.append([title, size(row["bytes"]), f"{row['per_object']:.0f} B"])
    return rows


def imports(figures: Figures) -> list[list[str]]:
    """A table: the cost of imports."""
    rows = [["peer", "what", "median", "lower quartile", "upper quartile"]]
    for row in figures["imports"]:
        title = figures["peers"][row["peer"]]["title"]
        rows.append([title, row["about"], *(duration(row[figure]) for figure in ("median", "low", "high"))])
    return rows


def as_text(figures: Figures) -> str:
    """All tables as text for the terminal."""
    lines = [as_line(figures["machine"]), ""]
    lines += [figures["policy"], ""]
    for title, table in (
        (
            "Decode (x: their time / ours, on the same bytes; † by the schema of their own layer, ours too)",
            speeds(figures, "decode"),
        ),
        ("Encode", speeds(figures, "encode")),
        ("Peers", versions(figures)),
        ("Cost by size", growth(figures)),
        ("Memory of one decoded value", memory(figures)),
        ("Imports", imports(figures)),
    ):
        lines += [title, *aligned(table), ""]
    lines += [
        f"Copying the 512 KiB of upload.file out of its packet, and nothing else: {duration(figures['copy']['median'])}"
    ]
    missed = shortfalls(figures)
    lines += ["Missed goals:", *(f"  {line}" for line in missed)] if missed else ["All goals are met."]
    return "\n".join(lines)


def as_markdown(table: Sequence[Sequence[str]]) -> str:
    """A table for the documentation."""
    head, *rows = ([cell.replace("|", "\\|").replace("<", "&lt;") for cell in row] for row in table)
    rule = ["---", *("--:" if cell[:1].isdigit() else "---" for cell in (rows[0][1:] if rows else head[1:]))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def as_two_tables(table: Sequence[Sequence[str]], ratios_are: str, labels: int = 1) -> str:
    """Markdown: the times, and after the sentence `ratios_are` the ratios. The first `labels` columns are texts."""
    times = [[cell.time if isinstance(cell, Compared) else cell for cell in row] for row in table]
    head, *rows = table
    kept = [n for n in range(len(head)) if n < labels or any(isinstance(row[n], Compared) for row in rows)]
    compared = [row for row in rows if any(isinstance(cell, Compared) for cell in row)]
    ratios = [[cell.ratio if isinstance(cell, Compared) else cell for cell in row] for row in (head, *compared)]
    ratios = [[row[n] for n in kept] for row in ratios]
    return f"{as_markdown(times)}\n\n{ratios_are}\n\n{as_markdown(ratios)}\n"


def aligned(table: Sequence[Sequence[str]]) -> Iterable[str]:
    """A table for the terminal."""
    widths = [max(len(cell) for cell in column) for column in zip(*table, strict=True)]
    for row in table:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(
    figures: Figures, peer: str, workload: str, op: str, layer: int | None, *, collector: bool
) -> Mapping[str, Any] | None:
    for row in figures["times"]:
        if (row["peer"], row["workload"], row["op"], row["gc"]) == (peer, workload, op, collector) and (
            layer is None or row["layer"] == layer
        ):
            found: Mapping[str, Any] = row
            return found
    return None
