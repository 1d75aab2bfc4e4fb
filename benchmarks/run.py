"""One run of everything: start the peers, measure, and gather the figures in one JSON document."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from benchmarks import growth, imports
from benchmarks.environments import OURS, Peer, Unavailable
from benchmarks.layers import shipped, transposed
from benchmarks.machine import machine
from benchmarks.rounds import Care, measure
from benchmarks.workers import PeerError, Worker
from benchmarks.workloads import Workload, all_workloads
from sansio_tl import LAYER, Schema

Progress = Callable[[str], None]


@dataclass(slots=True)
class Group:
    """Peers that share the bytes of one workload."""

    workload: Workload
    workers: dict[str, Worker] = field(default_factory=dict)


class Run:
    """The peers that run, the bytes that they share, and the figures so far."""

    def __init__(self, stack: ExitStack, progress: Progress) -> None:
        self.stack = stack
        self.progress = progress
        self.base = [Group(workload) for workload in all_workloads(LAYER)]
        self.others: list[Group] = []
        self.peers: dict[str, dict[str, Any]] = {}
        self.workers: dict[str, Worker] = {}
        self.schemas: dict[str, Schema] = {}
        """Of the peers of other layers."""
        self.remarks: list[dict[str, Any]] = []
        self.beside: dict[str, Peer] = {}
        """What runs beside ours with the schema of each other layer: the compiled codec, the floor."""

    @property
    def groups(self) -> list[Group]:
        return [group for group in (*self.base, *self.others) if OURS in group.workers]

    def start(self, peer: Peer) -> None:
        """Start a peer and load the workloads that it can read; report why it cannot run."""
        self.progress(f"{peer.title}: {'starting' if peer.installed else 'installing'}")
        try:
            peer.install()
            worker = self.workers[peer.name] = self.stack.enter_context(Worker(peer))
            self.peers[peer.name] = {"title": peer.title, "note": peer.note, **worker.about}
            if peer.codec or peer.extension:
                self.beside[peer.name] = peer
            layer = worker.about["layer"]
            text = None if layer == LAYER else peer.schema() or shipped(layer)
        except Unavailable as reason:
            self.workers.pop(peer.name, None)
            self.peers[peer.name] = {"title": peer.title, "note": peer.note, "unavailable": str(reason)}
            self.progress(f"{peer.title} cannot run: {reason}")
            return
        if text is None:
            for group in self.base:
                self._load(group, peer.name, worker)
        else:
            self.schemas[peer.name] = Schema.parse(text)
            self._load_layer(peer.name, worker, self.schemas[peer.name], text)

    def _load(self, group: Group, name: str, worker: Worker) -> None:
        workload = group.workload
        try:
            if workload.more:
                remark = worker.load_many(workload.name, [workload.data, *(data for _, data in workload.more)])
            else:
                remark = worker.load(workload.name, workload.data)
            group.workers[name] = worker
        except PeerError as reason:
            remark = f"cannot read it: {reason}"
        if remark is not None:
            self.remarks.append({"peer": name, "workload": workload.name, "layer": workload.layer, "remark": remark})
            self.progress(f"{name}, {workload.name}: {remark}")

    def _load_layer(self, name: str, worker: Worker, schema: Schema, text: str) -> None:
        """Load a peer of another layer, and beside it ourselves with that layer's schema where the bytes differ."""
        file = Path(self.stack.enter_context(tempfile.TemporaryDirectory())) / "schema.tl"
        file.write_text(text, encoding="utf-8")
        ours = {OURS: self.stack.enter_context(Worker(_ours(), str(file)))}
        for own, peer in self.beside.items():
            ours[own] = self.stack.enter_context(Worker(peer, str(file)))
        for group in self.base:
            workload = transposed(group.workload, schema)
            if workload.data == group.workload.data:
                self._load(group, name, worker)
                continue
            other = Group(workload)
            self._load(other, name, worker)
            for own, beside in ours.items():
                self._load(other, own, beside)
            self.others.append(other)


def _ours() -> Peer:
    return Peer(OURS, "sansio_tl", "ours_peer.py")


def run(peers: Sequence[Peer], care: Care, *, top: int, progress: Progress) -> dict[str, Any]:
    """Measure everything; `top` is the largest size of the growth series. The result is the JSON document."""
    with ExitStack() as stack:
        state = Run(stack, progress)
        for peer in peers:
            state.start(peer)
        times: list[dict[str, Any]] = []
        for group in state.groups:
            for op in ("decode", "encode"):
                progress(f"{group.workload.name}, layer {group.workload.layer}: {op}")
                for collector in (True, False):
                    rows = measure(group.workers, group.workload.name, op, care, collector=collector)
                    times += [{**row, "layer": group.workload.layer} for row in rows]
        part = next(group for group in state.base if group.workload.name == "upload.file")
        copies = list(measure({OURS: part.workers[OURS]}, "upload.file", "copy", care, collector=True))
        progress("cost by size")
        pair = {name: worker for name, worker in state.workers.items() if name in (OURS, "telethon")}
        sizes = growth.sizes(pair, state.schemas, care, top)
        progress("memory")
        messages = next(group for group in state.base if group.workload.name == "messages.messages")
        memory = growth.memory(messages.workers, messages.workload)
        running = [peer for peer in peers if peer.name in state.workers]
    progress("imports")
    return {
        "when": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": machine(),
        "policy": _policy(care),
        "peers": state.peers,
        "remarks": state.remarks,
        "workloads": [_described(group.workload) for group in state.groups],
        "times": times,
        "copy": copies[0],
        "sizes": sizes,
        "memory": memory,
        "imports": imports.measure(running, care),
    }


def _described(workload: Workload) -> dict[str, Any]:
    return {
        "name": workload.name,
        "about": workload.about,
        "layer": workload.layer,
        "bytes": len(workload.data),
        "objects": workload.objects,
        "sha256": sha256(workload.data).hexdigest(),
    }


def _policy(care: Care) -> str:
    return (
        f"{care.rounds} rounds after a warm-up; in each, every peer in turn takes one sample of about "
        f"{care.sample * 1000:g} ms in a process of its own while the others wait; medians of the rounds, and of the "
        "ratios in each round. Times are CPU time of the process, V8's helper threads included. Before each sample the "
        "garbage collector is run and its finds are frozen; then it is on, as in any program, or off where that is "
        "stated. V8's cannot be turned off."
    )
