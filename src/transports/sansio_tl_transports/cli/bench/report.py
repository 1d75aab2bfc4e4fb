"""What `sansio-tl bench` found, as a table or as JSON."""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass
from typing import Any

from sansio_tl import LAYER
from sansio_tl.codec import IMPLEMENTATION
from sansio_tl_transports.cli.bench.payloads import Payload
from sansio_tl_transports.cli.bench.telethon_codec import TelethonCodec
from sansio_tl_transports.cli.bench.timing import Timing
from sansio_tl_transports.cli.inspect.output import FAINT, HEAD, NAME, VALUE, Output, Piece

_CODECS = {"c": "compiled", "python": "pure Python"}
_OPERATIONS = ("decode", "encode")


@dataclass(frozen=True, slots=True)
class Measurement:
    """One payload."""

    payload: Payload
    timings: dict[str, Timing]
    """By ``decode`` and ``encode``, and with Telethon ``telethon decode`` and ``telethon encode``."""
    remark: str | None
    """Why there is nothing of Telethon."""


def print_table(output: Output, measurements: list[Measurement], telethon: TelethonCodec | None, rounds: int) -> None:
    """Print a table, two lines for a payload."""
    output.line(
        (f"codec: {_CODECS[IMPLEMENTATION]}, layer {LAYER}; Python {platform.python_version()}", HEAD),
        (f"; CPU time of a call, median of {rounds} rounds (quartiles)", FAINT),
    )
    other = "not installed" if telethon is None else f"{telethon.version}, layer {telethon.layer}"
    output.line((f"Telethon: {other}", FAINT))
    rows: list[tuple[Piece, ...]] = [
        (
            ("file", HEAD),
            ("type", HEAD),
            ("bytes", HEAD),
            ("", HEAD),
            ("time", HEAD),
            ("MB/s", HEAD),
            ("Telethon", HEAD),
        )
    ]
    for each in measurements:
        for index, operation in enumerate(_OPERATIONS):
            timing = each.timings[operation]
            low, high = timing.quartiles
            head: tuple[Piece, ...] = ("", "", "")
            if index == 0:
                head = ((each.payload.name, NAME), each.payload.kind, f"{len(each.payload.data):,}")
            rate = f"{len(each.payload.data) / timing.median / 1e6:,.1f}"
            spread = f"{_duration(timing.median)} ({_duration(low)} to {_duration(high)})"
            rows.append((*head, operation, (spread, VALUE), rate, _compared(each, operation, index)))
    output.table(rows, indent=0)


def print_json(output: Output, measurements: list[Measurement], telethon: TelethonCodec | None, rounds: int) -> None:
    """Print one JSON object; times are seconds of a call."""
    found = {
        "implementation": IMPLEMENTATION,
        "layer": LAYER,
        "python": platform.python_version(),
        "rounds": rounds,
        "telethon": None if telethon is None else {"version": telethon.version, "layer": telethon.layer},
        "files": [_as_json(each, has_telethon=telethon is not None) for each in measurements],
    }
    for line in json.dumps(found, indent=2).split("\n"):
        output.line(line)


def _as_json(each: Measurement, *, has_telethon: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"file": each.payload.name, "type": each.payload.kind, "bytes": len(each.payload.data)}
    for operation in _OPERATIONS:
        found[operation] = _numbers(each.timings[operation])
    if each.remark is not None:
        found["telethon"] = {"error": each.remark}
    elif has_telethon:
        found["telethon"] = {
            operation: {
                **_numbers(each.timings[f"telethon {operation}"]),
                "ratio": each.timings[f"telethon {operation}"].ratio_to(each.timings[operation]),
            }
            for operation in _OPERATIONS
        }
    return found


def _numbers(timing: Timing) -> dict[str, float]:
    low, high = timing.quartiles
    return {"median": timing.median, "low": low, "high": high}


def _compared(each: Measurement, operation: str, index: int) -> Piece:
    if each.remark is not None:
        return (each.remark, FAINT) if index == 0 else ""
    timing = each.timings.get(f"telethon {operation}")
    if timing is None:
        return ""
    return f"{_duration(timing.median)}: {timing.ratio_to(each.timings[operation]):.1f} times as long"


def _duration(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"
