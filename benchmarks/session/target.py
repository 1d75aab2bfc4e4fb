"""The data center that the clients of a benchmark call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import NamedTemporaryFile

from benchmarks.environments import Peer
from benchmarks.workers import Worker


@contextmanager
def running_data_center() -> Iterator[tuple[str, str, str]]:
    """An embedded data center in a process of its own: the first arguments of a client, host, port and key file."""
    with (
        Worker(Peer("data_center", "an embedded data center", "data_center.py")) as data_center,
        NamedTemporaryFile("w", encoding="ascii") as key,
    ):
        key.write(data_center.about["key"])
        key.flush()
        host, port = data_center.about["address"]
        yield host, str(port), key.name
