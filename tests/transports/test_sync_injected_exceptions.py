"""A handler of a signal that raises at any line of the blocking adapter leaves no thread and no socket behind.

A signal strikes the main thread between any two lines. A run that nothing strikes reports which lines there are; then
an exception is raised at each of them once.
"""

from __future__ import annotations

import gc
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import sansio_tl_transports
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl_transports import sync
from tests.helpers.connected_pair import client_config
from tests.helpers.scripted_data_center import ANSWERED, ScriptedDataCenter
from tests.transports.test_adapters import open_files, our_threads
from tests.transports.test_client import settings

pytestmark = [
    pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="this signal is POSIX"),
    pytest.mark.interpreted,
    pytest.mark.timeout(120),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # what was interrupted as it was handed over is collected
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

SOURCE = str(Path(sansio_tl_transports.__file__).parent)
PATIENCE = 10.0
"""Seconds for a thread to end when an exception was injected into the join."""


class StruckError(Exception):
    """What the handler raises."""


@pytest.fixture(autouse=True)
def _handler() -> Iterator[None]:
    def raise_interrupt(number: int, frame: FrameType | None) -> None:
        raise StruckError

    former = signal.signal(signal.SIGUSR1, raise_interrupt)
    yield
    signal.signal(signal.SIGUSR1, former)


class Tracer:
    """Counts the lines of the adapter that run, and raises the signal at one of them."""

    def __init__(self, strike_at: int = 0) -> None:
        self.lines: list[tuple[str, int]] = []
        self._strike_at = strike_at

    def __call__(self, frame: FrameType, event: str, arg: object) -> Any:
        if not frame.f_code.co_filename.startswith(SOURCE):
            return None
        if event == "line":
            self.lines.append((frame.f_code.co_filename, frame.f_lineno))
            if len(self.lines) == self._strike_at:
                sys.settrace(None)
                signal.raise_signal(signal.SIGUSR1)
        return self

    def run(self, scenario: Callable[[], None]) -> bool:
        """Whether it came to its end."""
        former = sys.gettrace()
        sys.settrace(self)
        try:
            scenario()
        except StruckError:
            return False
        finally:
            sys.settrace(former)
        return True


def settled() -> tuple[set[str], set[threading.Thread]]:
    """The open files and threads, once the server has closed its side of what came before."""
    now = open_files(), our_threads()
    while True:
        former = now
        time.sleep(0.1)
        gc.collect()
        now = open_files(), our_threads()
        if now == former:
            return now


def left_behind(files: set[str], threads: set[threading.Thread]) -> tuple[set[str], set[threading.Thread]] | None:
    """What is open and was not before, and is still there after a while."""
    deadline = time.monotonic() + PATIENCE
    while not (our_threads() <= threads and open_files() <= files):
        if time.monotonic() > deadline:
            return open_files() - files, our_threads() - threads
        time.sleep(0.002)
        gc.collect()
    return None


def each_place(scenario: Callable[[], None], begin: str) -> None:
    """Raise at each line once, the last time that it runs, from the one on that is first run in the file `begin`."""
    scenario()  # what is imported late, and opened for good
    seen = Tracer()
    assert seen.run(scenario)
    first = next(number for number, (file, _) in enumerate(seen.lines) if file.endswith(begin))
    last = {place: number for number, place in enumerate(seen.lines, 1) if number > first}
    assert len(last) > 30
    files, threads = settled()
    gc.freeze()  # what was there before need not be looked at again and again
    try:
        for (file, line), number in last.items():
            Tracer(number).run(scenario)
            left = left_behind(files, threads)
            assert left is None, f"raised at {Path(file).name}:{line}, this is left behind: {left}"
    finally:
        gc.unfreeze()


def test_exception_in_connect_leaves_no_thread_and_no_socket() -> None:
    with sync.serve(ScriptedDataCenter()) as server:
        with sync.connect(server.address, client_config()) as connection:
            key: AuthKey = connection.auth_key

        def scenario() -> None:
            with sync.connect(server.address, client_config(), auth_key=key) as connection:
                connection.invoke(ANSWERED)

        each_place(scenario, "_worker.py")


def test_exception_in_open_client_leaves_no_thread_and_no_socket() -> None:
    with sync.serve(ScriptedDataCenter()) as server:
        saved: list[dict[str, Any]] = []
        with sync.open_client(settings(server.address), save=saved.append) as account:
            account.invoke(ANSWERED)

        def scenario() -> None:
            with sync.open_client(settings(server.address), saved[-1]) as account:
                account.invoke(ANSWERED)

        each_place(scenario, "_worker.py")


def test_exception_in_serve_leaves_no_thread_and_no_socket() -> None:
    def scenario() -> None:
        with sync.serve(ScriptedDataCenter()):
            pass

    each_place(scenario, "_worker.py")
