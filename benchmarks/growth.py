"""Cost by size, from 1 item to 10,000, which must be linear; and the memory of decoded objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import log
from typing import Any

from benchmarks.layers import in_layer
from benchmarks.messages import messages_messages
from benchmarks.rounds import Care, measure
from benchmarks.workers import PeerError, Worker
from benchmarks.workloads import Workload, ladder, longs
from sansio_tl import Schema, encode
from sansio_tl.tl.objects import TLObject

SERIES: Mapping[str, Callable[[int], TLObject]] = {"vector<long>": longs, "messages.messages": messages_messages}
FIT_FROM = 100
"""Minimum items for fitting the exponent: below, the constant cost of a call dominates."""


def sizes(workers: Mapping[str, Worker], schemas: Mapping[str, Schema], care: Care, top: int) -> list[dict[str, Any]]:
    """Times by number of items, for each series, operation and worker; one with a schema of its own reads its layer."""
    rows: list[dict[str, Any]] = []
    for series, make in SERIES.items():
        for count in ladder(top):
            value = make(count)
            data = encode(value)
            name = f"{series} {count}"
            for peer, worker in workers.items():
                worker.load(name, in_layer(value, schemas[peer]) if peer in schemas else data)
            for op in ("decode", "encode"):
                about = {"workload": series, "items": count, "bytes": len(data)}
                rows += [{**row, **about} for row in measure(workers, name, op, care, collector=True)]
            for worker in workers.values():
                worker.drop(name)
    return rows


def exponent(rows: Sequence[Mapping[str, Any]]) -> float:
    """The k of time = c * items^k, by least squares over the logarithms, from `FIT_FROM` items on."""
    points = [(log(row["items"]), log(row["median"])) for row in rows if row["items"] >= FIT_FROM]
    if len(points) < 2:
        return float("nan")
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)


def memory(workers: Mapping[str, Worker], workload: Workload) -> list[dict[str, Any]]:
    """Bytes that one decoded value keeps, all together and for each of its objects."""
    rows: list[dict[str, Any]] = []
    for peer, worker in workers.items():
        try:
            size = worker.hold(workload.name, copies=20)
        except PeerError as reason:
            rows.append({"peer": peer, "reason": str(reason)})
        else:
            rows.append({"peer": peer, "bytes": size, "per_object": size / workload.objects})
    return rows
