"""What an idle connection weighs, after its handshake and one call: in Python objects, and in the process's memory."""

from __future__ import annotations

from collections.abc import Mapping
from tempfile import NamedTemporaryFile
from typing import Any

from benchmarks.environments import OURS, Peer
from benchmarks.workers import Worker

_BATCH = 100
_WARM_UP = 20
_HOLDING = Peer(OURS, "sansio_tl", "holding.py")
ENDS = ("client", "server")


def weigh(count: int, *, traced: bool) -> list[dict[str, Any]]:
    """Bytes for each connection, at the client's end and at the server's, of so many at once.

    `traced` counts Python objects, and each connection makes its key by a handshake. Without it the growth of the
    process is measured, which the counting would add to; then each connection has a key already, because handshakes of
    thousands take long and leave nothing behind.
    """
    with Worker(_HOLDING, "server") as server, NamedTemporaryFile("w", encoding="ascii") as key:
        key.write(server.about["key"])
        key.flush()
        with Worker(_HOLDING, "client", key.name) as client:
            rooms = dict(zip(ENDS, (client, server), strict=True))
            _fill(rooms, 0, _WARM_UP, keys=not traced)  # what is needed once is needed before
            if traced:
                for room in rooms.values():
                    room.ask(do="watch")
            before = {end: room.ask(do="weigh") for end, room in rooms.items()}
            for first in range(_WARM_UP, _WARM_UP + count, _BATCH):
                _fill(rooms, first, min(_BATCH, _WARM_UP + count - first), keys=not traced)
            after = {end: room.ask(do="weigh") for end, room in rooms.items()}
    how = "traced" if traced else "resident"
    return [
        {"end": end, "how": how, "connections": count, "bytes": (after[end][how] - before[end][how]) / count}
        for end in ENDS
    ]


def _fill(rooms: Mapping[str, Worker], first: int, count: int, *, keys: bool) -> None:
    """Open more connections and let them speak until all are silent."""
    said = {end: room.ask(do="open", first=first, count=count, keys=keys)["said"] for end, room in rooms.items()}
    words = said["client"]
    while any(words):
        answers = rooms["server"].ask(do="feed", first=first, heard=words)["said"]
        words = rooms["client"].ask(do="feed", first=first, heard=answers)["said"]
