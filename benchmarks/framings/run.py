"""One run: each framing, written and read, with small and large packets, by every peer in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

from benchmarks.environments import OURS, Peer, Unavailable
from benchmarks.rounds import Care, measure
from benchmarks.workers import PeerError, Worker

PYMTPROTO = "pymtproto"
SAME_CIPHER = "pymtproto with our cipher"
PEERS = (
    Peer(OURS, "sansio_tl", "ours_framing.py"),
    Peer(
        PYMTPROTO,
        "pyMTProto",
        "pymtproto_framing.py",
        ("mtproto==0.3.1", "tgcrypto==1.2.5", "h11==0.16.0", "cryptography"),
    ),
)
STREAMS = ("abridged", "intermediate", "padded", "full")
OBFUSCATED = ("obfuscated abridged", "obfuscated", "obfuscated padded")
OTHERS = ("websocket", "fake TLS", "fake TLS, short hello")
EXCHANGED = ("http", "WEB proxy, WebSocket", "WEB proxy, polling")
"""A packet is sent, and answered: both roles are measured together."""
SIZES = ("small", "large")
OPS = ("write", "read", "read chunks")
AT_ONCE = (100, 1_000, 10_000)
"""Numbers of small packets in one read."""


def run(care: Care, progress: Callable[[str], None]) -> dict[str, Any]:
    """The figures: seconds for each packet."""
    with ExitStack() as stack:
        workers, peers = _start(stack, progress)
        times = [row for name, op in _cases() for row in _measure(workers, name, op, care, progress)]
        series = [
            {**row, "framing": framing, "at_once": count}
            for framing in (*STREAMS[:2], OBFUSCATED[1])
            for count in AT_ONCE
            for row in _measure(workers, f"{framing}|small|{count}", "read at once", care, progress)
        ]
    return {"peers": peers, "times": times, "series": series}


def _start(stack: ExitStack, progress: Callable[[str], None]) -> tuple[dict[str, Worker], dict[str, Any]]:
    workers: dict[str, Worker] = {}
    peers: dict[str, Any] = {}
    for peer, name, arguments in (
        (PEERS[0], OURS, ()),
        (PEERS[1], PYMTPROTO, ()),
        (PEERS[1], SAME_CIPHER, ("cryptography",)),
    ):
        progress(f"{name}: {'starting' if peer.installed else 'installing'}")
        title = {OURS: "sansio_tl", PYMTPROTO: "pyMTProto"}.get(name, "pyMTProto, cryptography")
        try:
            peer.install()
            worker = workers[name] = stack.enter_context(Worker(peer, *arguments))
            peers[name] = {"title": title, **worker.about}
        except Unavailable as reason:
            peers[name] = {"title": title, "unavailable": str(reason)}
            progress(f"{name} cannot run: {reason}")
    return workers, peers


def _cases() -> Iterator[tuple[str, str]]:
    for framing in (*STREAMS, *OBFUSCATED, *OTHERS):
        for size in SIZES:
            for op in OPS:
                yield f"{framing}|{size}", op
    for framing in EXCHANGED:
        for size in SIZES:
            yield f"{framing}|{size}", "exchange"


def _measure(
    workers: Mapping[str, Worker], name: str, op: str, care: Care, progress: Callable[[str], None]
) -> Iterator[dict[str, Any]]:
    """Seconds for each packet, of the peers that have the framing; the same cipher only where there is one."""
    progress(f"{name.replace('|', ', ')}: {op}")
    able: dict[str, Worker] = {}
    count = 1
    for peer, worker in workers.items():
        if peer == SAME_CIPHER and not name.startswith("obfuscated"):
            continue
        try:
            count = int(worker.ask(do="count", name=name, op=op)["count"])
            able[peer] = worker
        except PeerError as reason:
            progress(f"  {peer}: {reason}")
    for row in measure(able, name, op, care, collector=True):
        per_packet = {key: row[key] / count for key in ("median", "low", "high")}
        yield {**row, **per_packet, "samples": [sample / count for sample in row["samples"]]}
