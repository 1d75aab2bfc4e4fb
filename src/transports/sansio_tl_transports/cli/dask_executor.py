"""A Dask cluster as an executor. Needs the extra `dask`.

    with dask_executor("dask://scheduler.example:8786") as executor:
        executor.submit(function, argument)

Dask runs the tasks of a lost worker again on another one, three times by default.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from concurrent.futures import CancelledError, Executor, Future
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

import sansio_tl
from sansio_tl_transports._shared.escape_text import shortened, visible

if TYPE_CHECKING:
    from distributed import Client

P = ParamSpec("P")
T = TypeVar("T")

SCHEME: Final = "dask://"
CONNECT_TIMEOUT: Final = 10.0
"""Seconds until a scheduler that does not respond counts as unreachable."""
_MAX_REASON: Final = 200
WORKER_TIMEOUT: Final = 30.0
"""Seconds that tasks wait for a worker when the cluster has none."""


class ClusterError(Exception):
    """A cluster that cannot be used, or not any more."""


@contextlib.contextmanager
def dask_executor(address: str, *, worker_timeout: float = WORKER_TIMEOUT) -> Iterator[Executor]:
    """The cluster whose scheduler is at `dask://HOST:PORT`, while the context lasts.

    Raises ClusterError if the extra is missing, the scheduler does not respond, no worker appears, or a worker has
    another sansio_tl than this process: it would test something else. A worker that comes later is checked too.
    """
    host = address.removeprefix(SCHEME)
    if not address.startswith(SCHEME) or re.fullmatch(r"[^/@\s]+:\d+", host) is None:
        raise ClusterError(f"invalid executor {address!r}: expected dask://HOST:PORT, the address of a Dask scheduler")
    try:
        import_module("distributed")
    except ImportError as error:
        raise ClusterError(
            f"{address} needs distributed. The extra dask brings it: pip install '.[dask]' in a checkout ({error})"
        ) from error
    try:
        client = _client_class()(f"tcp://{host}", timeout=CONNECT_TIMEOUT, set_as_default=False)
    except Exception as error:  # whatever Dask raises for the bytes of another server, such as MemoryError
        is_known = isinstance(error, OSError | ValueError | ImportError)
        why = str(error).rstrip(".") if is_known else f"its answer is none of a scheduler ({type(error).__name__})"
        raise ClusterError(
            f"no Dask scheduler responds at {host}: {visible(shortened(why, _MAX_REASON))}."
            " Is it running (dask scheduler), and reachable from here?"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=worker_timeout)
        except TimeoutError as error:
            raise ClusterError(f"the scheduler at {host} has no workers: start some with dask worker {host}") from error
        found: Any = client.run(code_of_worker, on_error="return")
        check_workers(found)
        executor = DaskExecutor(client, host, worker_timeout)
        try:
            yield executor
        finally:
            executor.shutdown(wait=False, cancel_futures=True)


def _client_class() -> type[Client]:
    """A client that is closed if it cannot connect, and does not wait longer for a server that is silent."""
    from distributed import Client

    class BoundedClient(Client):
        def start(self, **kwargs: Any) -> None:
            try:
                super().start(callback_timeout=2 * CONNECT_TIMEOUT, **kwargs)  # type: ignore[no-untyped-call]
            except BaseException:
                self.close(timeout=CONNECT_TIMEOUT)  # type: ignore[no-untyped-call]
                raise

    return BoundedClient


class DaskExecutor(Executor):
    """Submits tasks to a cluster. They end with a ClusterError when it is lost, or has had no workers for a time."""

    def __init__(self, client: Client, host: str, worker_timeout: float) -> None:
        self._client = client
        self._host = host
        self._tasks = client.get_executor(pure=False)  # type: ignore[no-untyped-call]
        self._unfinished: set[Future[Any]] = set()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._lost = ""
        self._worker_timeout = worker_timeout
        threading.Thread(target=self._watch, name="workers of the cluster", daemon=True).start()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """A future that ends with what the function returns or raises, or with a ClusterError."""
        task: Future[T] = Future()
        with self._lock:
            if self._lost:
                raise ClusterError(self._lost)
            self._unfinished.add(task)
        inner: Future[T] = self._tasks.submit(run_checked, code_digest(), fn, args, kwargs)
        inner.add_done_callback(lambda _: self._finish(task, inner))
        task.add_done_callback(lambda _: self._cancel(task, inner))
        return task

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002  Executor's
        """Accept no more tasks, and wait for those that were submitted or end them."""
        if wait and not cancel_futures:
            futures.wait(list(self._unfinished))
        self._closed.set()
        self._give_up("the executor was shut down")

    def _cancel(self, task: Future[T], inner: Future[T]) -> None:
        """Of the caller: what is given up here the cluster drops when the client is closed."""
        if task.cancelled() and not self._lost:
            inner.cancel()

    def _finish(self, task: Future[T], inner: Future[T]) -> None:
        with self._lock:
            if task not in self._unfinished:
                return
            self._unfinished.remove(task)
        if not task.set_running_or_notify_cancel():
            return
        try:
            task.set_result(inner.result())
        except CancelledError:
            task.set_exception(ClusterError(self._scheduler_lost))
        except Exception as error:  # noqa: BLE001  the function's own, or Dask's
            task.set_exception(error)

    @property
    def _scheduler_lost(self) -> str:
        return f"the scheduler at {self._host} was lost"

    def _watch(self) -> None:
        """Dask waits for workers without end, and leaves some futures as they are when the scheduler is lost."""
        waited, interval = 0.0, min(1.0, self._worker_timeout / 4)
        while not self._closed.wait(interval):
            if self._client.status == "closed":
                self._give_up(self._scheduler_lost)
                return
            # While it reconnects there are none either; it closes when that takes too long.
            # Just after it has (re)connected it knows nothing about its scheduler yet.
            idle = self._client.status == "running" and not self._client.scheduler_info().get("workers")
            waited = waited + interval if idle else 0.0
            if waited >= self._worker_timeout:
                self._give_up(f"the cluster at {self._host} has had no workers for {waited:.0f} s")
                return

    def _give_up(self, reason: str) -> None:
        with self._lock:
            self._lost = self._lost or reason
            lost, self._unfinished = self._unfinished, set()
        for task in lost:
            if task.set_running_or_notify_cancel():
                task.set_exception(ClusterError(reason))


def run_checked(digest: str, function: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
    """On a worker: call the function if the engine there is the same."""
    if code_digest() != digest:
        raise ClusterError(f"a worker has another sansio_tl ({sansio_tl.__version__}, {code_digest()}) than {digest}")
    return function(*args, **kwargs)


def code_of_worker() -> tuple[str, str]:
    """Version and digest of the sansio_tl of this process."""
    return sansio_tl.__version__, code_digest()


@cache
def code_digest() -> str:
    """Identifies the source of the engine: two commits may have one version."""
    digest = hashlib.sha256()
    root = Path(sansio_tl.__file__).parent
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def check_workers(found: dict[str, Any]) -> None:
    """Raise ClusterError unless every worker, by its address, has the engine that this process has."""
    version, digest = here = code_of_worker()
    wrong = []
    for worker, code in sorted(found.items()):
        if isinstance(code, BaseException):
            wrong.append(f"worker {worker} cannot import this sansio_tl: {type(code).__name__}: {code}")
        elif tuple(code) != here:
            wrong.append(f"worker {worker} has sansio_tl {code[0]} with source {code[1]}")
    if wrong:
        needed = f"This process has sansio_tl {version} with source {digest}: install the same on each worker."
        raise ClusterError("\n".join([*wrong, needed]))
