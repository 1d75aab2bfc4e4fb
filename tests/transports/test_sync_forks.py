"""A child process has the memory of its parent, but not the thread behind its connections: it must open its own."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from sansio_tl.errors import LocalProtocolError
from sansio_tl_transports import sync
from tests.helpers.adapter_parts import worker_of
from tests.helpers.connected_pair import client_config
from tests.helpers.scripted_data_center import ANSWERED, NEAREST, ScriptedDataCenter
from tests.transports.test_client import settings

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning"),
]
PATIENCE = 20
"""Seconds until a child that waits forever is killed."""


def fork(child: Callable[[], None]) -> int:
    """Run it in a child, which is killed when it takes too long; its exit status."""
    process = os.fork()
    if process:
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(PATIENCE)
    try:
        child()
        os._exit(0)
    finally:
        os._exit(1)


def is_refused(use: Callable[[], object]) -> None:
    """It is refused in a child process with the reason."""
    try:
        use()
    except LocalProtocolError as error:
        assert f"belongs to process {os.getppid()}" in str(error)
    else:
        raise AssertionError("it was not refused")


@pytest.mark.parametrize("kind", ["link", "account"])
def test_use_after_a_fork_raises_in_the_child_only(kind: str) -> None:
    with sync.serve(ScriptedDataCenter()) as server:
        opened: AbstractContextManager[sync.Connection | sync.Client] = (
            sync.connect(server.address, client_config())
            if kind == "link"
            else sync.open_client(settings(server.address))
        )
        connection = opened.__enter__()

        def child() -> None:
            is_refused(lambda: connection.invoke(ANSWERED))
            is_refused(lambda: next(iter(connection.updates())))
            opened.__exit__(None, None, None)

        try:
            assert connection.invoke(ANSWERED, timeout=30) == NEAREST
            assert fork(child) == 0
            assert connection.invoke(ANSWERED, timeout=30) == NEAREST
        finally:
            opened.__exit__(*sys.exc_info())


def test_child_does_not_wait_for_a_busy_worker() -> None:
    busy, over = threading.Event(), threading.Event()
    with sync.serve(ScriptedDataCenter()) as server, sync.connect(server.address, client_config()) as connection:

        def work() -> None:
            busy.set()
            over.wait()

        worker_of(connection).submit(work)
        try:
            busy.wait()
            assert fork(lambda: is_refused(lambda: connection.invoke(ANSWERED))) == 0
        finally:
            over.set()
        assert connection.invoke(ANSWERED, timeout=30) == NEAREST
