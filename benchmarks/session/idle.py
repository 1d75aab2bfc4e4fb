"""What an idle connection weighs, after its handshake and one call: in Python objects, and in the process's memory."""

from __future__ import annotations

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

    `traced` counts Python objects; without it the growth of the process is measured, which the counting would add to.
    """
    with Worker(_HOLDING, "server") as server, NamedTemporaryFile("w", encoding="ascii") as key:
        key.write(server.about["key"])
        key.flush()
        with Worker(_HOLDING, "client", key.name) as client:
            rooms = dict(zip(ENDS, (client, server), strict=True))
            _fill(client, server, 0, _WARM_UP)  # what is needed once is needed before
            if traced:
                for room in rooms.values():
                    room.ask(do="watch")
            before = {end: room.ask(do="weigh") for end, room in rooms.items()}
            for first in range(_WARM_UP, _WARM_UP + count, _BATCH):
                _fill(client, server, first, min(_BATCH, _WARM_UP + count - first))
            after = {end: room.ask(do="weigh") for end, room in rooms.items()}
    how = "traced" if traced else "resident"
    return [
        {"end": end, "how": how, "connections": count, "bytes": (after[end][how] - before[end][how]) / count}
        for end in ENDS
    ]


def _fill(client: Worker, server: Worker, first: int, count: int) -> None:
    """Open more connections and let them speak until all are silent."""
    server.ask(do="open", count=count)
    said = client.ask(do="open", count=count)["said"]
    while any(said):
        heard = server.ask(do="feed", first=first, heard=said)["said"]
        said = client.ask(do="feed", first=first, heard=heard)["said"]
