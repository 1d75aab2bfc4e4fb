"""The figures as tables."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Any

from benchmarks.environments import OURS
from benchmarks.framings.run import AT_ONCE, OBFUSCATED, OPS, OTHERS, PYMTPROTO, SAME_CIPHER, SIZES, STREAMS
from benchmarks.machine import as_line
from benchmarks.tables import aligned, duration

Figures = Mapping[str, Any]
Table = list[list[str]]
GOALS = {"intermediate": 2.0, "abridged": 2.0, **dict.fromkeys(OBFUSCATED, 1.0)}
"""How many times as fast as pyMTProto we mean to be; on obfuscated framings with the same cipher library."""
TITLES = {
    "write": "written",
    "read": "read, a packet at a time",
    "read chunks": "read, 64 KiB at a time",
    "exchange": "there and back",
}


def _samples(figures: Figures, peer: str, name: str, op: str) -> list[float] | None:
    for row in (*figures["times"], *figures["series"]):
        if (row["peer"], row["workload"], row["op"]) == (peer, name, op):
            found: list[float] = row["samples"]
            return found
    return None


def ratio(figures: Figures, peer: str, name: str, op: str) -> float | None:
    """How many times as long as we a peer takes: the median of the ratios in each round."""
    ours, theirs = (_samples(figures, each, name, op) for each in (OURS, peer))
    if ours is None or theirs is None:
        return None
    return median(their / our for their, our in zip(theirs, ours, strict=True))


def rival(framing: str) -> str:
    """Who a goal is about."""
    return SAME_CIPHER if framing in OBFUSCATED else PYMTPROTO


def speeds(figures: Figures, size: str) -> Table:
    """Time for each packet: ours, and how many times as long the others take."""
    peers = [peer for peer in (PYMTPROTO, SAME_CIPHER) if peer in figures["peers"]]
    head = ["framing", "", "sansio_tl", *(figures["peers"][peer]["title"] for peer in peers)]
    rows = [head]
    for framing in (*STREAMS, *OBFUSCATED, *OTHERS, "http"):
        for op in OPS if framing != "http" else ("exchange",):
            name = f"{framing}|{size}"
            ours = _samples(figures, OURS, name, op)
            if ours is not None:
                cells = [_cell(figures, peer, name, op) for peer in peers]
                rows.append([framing, TITLES[op], duration(median(ours)), *cells])
    return rows


def _cell(figures: Figures, peer: str, name: str, op: str) -> str:
    times, theirs = ratio(figures, peer, name, op), _samples(figures, peer, name, op)
    return "-" if times is None or theirs is None else f"{duration(median(theirs))} = {times:.2f} x"


def at_once(figures: Figures) -> Table:
    """Time for each small packet by how many of them one read brings."""
    rows = [["framing", "", *(f"{count:,}" for count in AT_ONCE)]]
    for framing in dict.fromkeys(row["framing"] for row in figures["series"]):
        for peer, about in figures["peers"].items():
            mine = [_samples(figures, peer, f"{framing}|small|{count}", "read at once") for count in AT_ONCE]
            if any(mine):
                rows.append([framing, about["title"], *(duration(median(each)) if each else "-" for each in mine)])
    return rows


def shortfalls(figures: Figures) -> list[str]:
    """What is slower than it is meant to be."""
    found = []
    for framing, goal in GOALS.items():
        for size in SIZES:
            for op in OPS:
                times = ratio(figures, rival(framing), f"{framing}|{size}", op)
                if times is not None and times < goal:
                    found.append(f"{framing}, {size} packets, {TITLES[op]}: {times:.2f} x, meant to be {goal:g} x")
    return found


def versions(figures: Figures) -> Table:
    """Who was measured."""
    rows = [["peer", "version", "runs on"]]
    for about in figures["peers"].values():
        told = about.get("unavailable")
        rows.append(
            [about["title"], about["version"], about["runtime"]] if told is None else [about["title"], "-", told]
        )
    return rows


def as_text(figures: Figures) -> str:
    """Everything for the terminal."""
    lines = [as_line(figures["machine"]), "", figures["policy"], ""]
    for title, table in (
        ("Small packets, 88 bytes: time for each", speeds(figures, "small")),
        ("Large packets, 512 KiB: time for each", speeds(figures, "large")),
        ("Small packets in one read, by their number: time for each", at_once(figures)),
        ("Peers", versions(figures)),
    ):
        lines += [title, *aligned(table), ""]
    missed = shortfalls(figures)
    lines += ["Not as meant:", *(f"  {line}" for line in missed)] if missed else ["All is as meant."]
    return "\n".join(lines)
