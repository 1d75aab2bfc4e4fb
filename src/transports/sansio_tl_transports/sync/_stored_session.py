"""The session of a blocking client in a store: a thread that keeps the lease and saves."""

from __future__ import annotations

import contextlib
import math
import os
import queue
import threading
from collections import deque
from collections.abc import Iterator

from sansio_tl_transports._shared.stored_session import CLOSE_PATIENCE, Idle, StoredSession, advance, as_exception
from sansio_tl_transports.stores.base import AnyStore, LeaseOptions
from sansio_tl_transports.sync._waiter import ResultEvent


class SessionThread:
    """Runs a `StoredSession`. The calls of the store block this thread only."""

    def __init__(self, session: StoredSession) -> None:
        self._session = session
        self._wakeups: queue.SimpleQueue[None] = queue.SimpleQueue()  # `put` cannot be interrupted
        self.process = os.getpid()
        self._opened = ResultEvent(deque())
        self._finished = ResultEvent(deque())
        session.wake = lambda: self._wakeups.put(None)
        self._thread = threading.Thread(target=self._run, name="sansio_tl session", daemon=True)

    def open(self) -> None:
        """Get the lease and load the session. Raises StoreError."""
        self._thread.start()
        self._opened.wait()
        self._session.require_open()

    def close(self, patience: float) -> None:
        """Save and release, for so many seconds at most. A forked process leaves that to its parent."""
        if os.getpid() == self.process:
            self._session.end()
            self._finished.wait(patience)

    def _run(self) -> None:
        try:
            self._run_steps()
        finally:
            self._opened.fire()
            self._finished.fire()

    def _run_steps(self) -> None:
        steps = self._session.run(self._opened.fire)
        result: object = None
        error: Exception | None = None
        while (step := advance(steps, result, error)) is not None:
            result = error = None
            if isinstance(step, Idle):
                with contextlib.suppress(queue.Empty):
                    self._wakeups.get(timeout=None if step.seconds == math.inf else step.seconds)
                continue
            try:
                result = step.function()
            except BaseException as raised:  # noqa: BLE001  the generator handles errors of stores
                error = as_exception(raised)


@contextlib.contextmanager
def stored_session(store: AnyStore | None, name: str | None, options: LeaseOptions) -> Iterator[StoredSession | None]:
    """The session of a client, open and with its lease; None without a store. On exit it is saved and released.

    Raises StoreError.
    """
    if store is None or name is None:
        yield None
        return
    session = StoredSession(store, name, options)
    thread = SessionThread(session)
    try:
        thread.open()
        yield session
    finally:
        thread.close(CLOSE_PATIENCE + options.seconds)
    if os.getpid() == thread.process:
        session.raise_failure()
