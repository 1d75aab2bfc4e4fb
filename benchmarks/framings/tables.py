"""The figures as tables."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Any

from benchmarks.environments import OURS
from benchmarks.framings.run import AT_ONCE, EXCHANGED, OBFUSCATED, OPS, OTHERS, PYMTPROTO, SAME_CIPHER, SIZES, STREAMS
from benchmarks.machine import as_line
from benchmarks.tables import Compared, aligned, duration

Figures = Mapping[str, Any]
Table = list[list[str]]
GOALS = {"intermediate": 2.0, "abridged": 2.0, **dict.fromkeys(OBFUSCATED, 1.0)}
"""Target ratios to pyMTProto; on obfuscated framings with the same cipher library."""
TITLES = {
    "write": "written",
    "read": "read, a packet at a time",
    "read chunks": "read, 64 KiB at a time",
    "exchange": "sent and answered",
}


def _samples(figures: Figures, peer: str, name: str, op: str) -> list[float] | None:
    for row in (*figures["times"], *figures["series"]):
        if (row["peer"], row["workload"], row["op"]) == (peer, name, op):
            found: list[float] = row["samples"]
            return found
    return None


def ratio(figures: Figures, peer: str, name: str, op: str) -> float | None:
    """Ratio of a peer's time to ours: the median of the ratios in each round."""
    ours, theirs = (_samples(figures, each, name, op) for each in (OURS, peer))
    if ours is None or theirs is None:
        return None
    return median(their / our for their, our in zip(theirs, ours, strict=True))


def rival(framing: str) -> str:
    """The peer to which a goal refers."""
    return SAME_CIPHER if framing in OBFUSCATED else PYMTPROTO


def speeds(figures: Figures, size: str) -> Table:
    """Time for each packet: ours, and the ratios of the others to it."""
    peers = [peer for peer in (PYMTPROTO, SAME_CIPHER) if peer in figures["peers"]]
    head = ["framing", "", "sansio_tl", *(figures["peers"][peer]["title"] for peer in peers)]
    rows = [head]
    for framing in (*STREAMS, *OBFUSCATED, *OTHERS, *EXCHANGED):
        for op in ("exchange",) if framing in EXCHANGED else OPS:
            name = f"{framing}|{size}"
            ours = _samples(figures, OURS, name, op)
            if ours is not None:
                cells = [_cell(figures, peer, name, op) for peer in peers]
                rows.append([framing, TITLES[op], duration(median(ours)), *cells])
    return rows


def _cell(figures: Figures, peer: str, name: str, op: str) -> str:
    times, theirs = ratio(figures, peer, name, op), _samples(figures, peer, name, op)
    return "-" if times is None or theirs is None else Compared(duration(median(theirs)), f"{times:.2f} x")


def at_once(figures: Figures) -> Table:
    """Time for each small packet, by the number of packets in one read."""
    rows = [["framing", "", *(f"{count:,}" for count in AT_ONCE)]]
    for framing in dict.fromkeys(row["framing"] for row in figures["series"]):
        for peer, about in figures["peers"].items():
            mine = [_samples(figures, peer, f"{framing}|small|{count}", "read at once") for count in AT_ONCE]
            if any(mine):
                rows.append([framing, about["title"], *(duration(median(each)) if each else "-" for each in mine)])
    return rows


def shortfalls(figures: Figures) -> list[str]:
    """The results that miss the goal."""
    found = []
    for framing, goal in GOALS.items():
        for size in SIZES:
            for op in OPS:
                times = ratio(figures, rival(framing), f"{framing}|{size}", op)
                if times is not None and times < goal:
                    found.append(f"{framing}, {size} packets, {TITLES[op]}: {times:.2f} x, goal {goal:g} x")
    return found


def versions(figures: Figures) -> Table:
    """The measured peers."""
    rows = [["peer", "version", "runs on"]]
    for about in figures["peers"].values():
        reason = about.get("unavailable")
        rows.append(
            [about["title"], about["version"], about["runtime"]] if reason is None else [about["title"], "-", reason]
        )
    return rows


def as_text(figures: Figures) -> str:
    """All tables as text for the terminal."""
    lines = [as_line(figures["machine"]), "", figures["policy"], ""]
    for title, table in (
        ("Small packets, 88 bytes: time for each", speeds(figures, "small")),
        ("Large packets, 512 KiB: time for each", speeds(figures, "large")),
        ("Small packets in one read, by their number: time for each", at_once(figures)),
        ("Peers", versions(figures)),
    ):
        lines += [title, *aligned(table), ""]
    missed = shortfalls(figures)
    lines += ["Missed goals:", *(f"  {line}" for line in missed)] if missed else ["All goals are met."]
    return "\n".join(lines)
