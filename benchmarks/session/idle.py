"""Memory of an idle connection after its handshake and one call: Python objects, and memory of the process."""

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
            workers = dict(zip(ENDS, (client, server), strict=True))
            _fill(workers, 0, _WARM_UP, keys=not traced)  # warm-up: one-time allocations do not count
            if traced:
                for worker in workers.values():
                    worker.ask(do="watch")
            before = {end: worker.ask(do="weigh") for end, worker in workers.items()}
            for first in range(_WARM_UP, _WARM_UP + count, _BATCH):
                _fill(workers, first, min(_BATCH, _WARM_UP + count - first), keys=not traced)
            after = {end: worker.ask(do="weigh") for end, worker in workers.items()}
    how = "traced" if traced else "resident"
    return [
        {"end": end, "how": how, "connections": count, "bytes": (after[end][how] - before[end][how]) / count}
        for end in ENDS
    ]


def _fill(workers: Mapping[str, Worker], first: int, count: int, *, keys: bool) -> None:
    """Open more connections, and exchange data until none has any to send."""
    sent = {end: worker.ask(do="open", first=first, count=count, keys=keys)["sent"] for end, worker in workers.items()}
    data = sent["client"]
    while any(data):
        answers = workers["server"].ask(do="feed", first=first, received=data)["sent"]
        data = workers["client"].ask(do="feed", first=first, received=answers)["sent"]
