"""Connections of the blocking adapter, and threads that use them."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from sansio_tl_transports import sync
from tests.helpers.connected_pair import client_config
from tests.helpers.scripted_data_center import ANSWERED, NEAREST, ScriptedDataCenter

SOON = 0.1
"""Seconds: time enough for another thread to have begun to wait."""

needs_signals = pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="signals of one thread are POSIX")


@contextlib.contextmanager
def connected(data_center: ScriptedDataCenter | None = None) -> Iterator[sync.Connection]:
    with (
        sync.serve(data_center or ScriptedDataCenter()) as server,
        sync.connect(server.address, client_config()) as connection,
    ):
        assert connection.invoke(ANSWERED) == NEAREST
        yield connection


@contextlib.contextmanager
def two_connected(data_center: ScriptedDataCenter | None = None) -> Iterator[tuple[sync.Connection, sync.Connection]]:
    with (
        sync.serve(data_center or ScriptedDataCenter()) as server,
        sync.connect(server.address, client_config()) as one,
        sync.connect(server.address, client_config()) as other,
    ):
        yield one, other


def in_threads(jobs: Sequence[Callable[[], object]]) -> None:
    """Do all of this at once; raises what one of them raised."""
    failures: list[BaseException] = []

    def run(job: Callable[[], object]) -> None:
        try:
            job()
        except BaseException as failure:  # noqa: BLE001
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "a thread waits forever"
    if failures:
        raise failures[0]


def until(done: Callable[[], bool]) -> None:
    while not done():
        time.sleep(0.001)
