"""The tasks of a Dask executor, with a client that does what the test says."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import Any

import pytest

import sansio_tl
from sansio_tl_transports.cli.dask_executor import ClusterError, DaskExecutor, code_digest, dask_executor, run_checked

HOST = "127.0.0.1:8786"


class Client:
    """A client of a cluster with one worker, which runs nothing by itself."""

    def __init__(self) -> None:
        self.status = "running"
        self.submitted: list[tuple[tuple[object, ...], Future[Any]]] = []
        self.workers: dict[str, object] = {"tcp://h:1": {}}
        self.asked = 0
        self.enough = threading.Event()

    def get_executor(self, *, pure: bool) -> Client:
        assert not pure, "each task is run, even if an equal one was"
        return self

    def submit(self, *call: object) -> Future[Any]:
        future: Future[Any] = Future()
        self.submitted.append((call, future))
        return future

    def scheduler_info(self) -> dict[str, Any]:
        self.asked += 1
        if self.asked == 8:
            self.enough.set()
        return {"workers": self.workers}


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def executor(client: Client) -> Iterator[DaskExecutor]:
    made = DaskExecutor(client, HOST, 60.0)  # type: ignore[arg-type]
    yield made
    made.shutdown(wait=False, cancel_futures=True)


def inner(client: Client, number: int = -1) -> Future[Any]:
    return client.submitted[number][1]


def error_of(future: Future[Any]) -> str:
    with pytest.raises(ClusterError) as caught:
        future.result(timeout=30)
    return str(caught.value)


def test_task_is_checked_and_has_the_result_of_the_function(client: Client, executor: DaskExecutor) -> None:
    future = executor.submit(int, "z", base=36)
    [(call, of_cluster)] = client.submitted
    assert call == (run_checked, code_digest(), int, ("z",), {"base": 36})
    assert not future.done()
    of_cluster.set_result(35)
    assert future.result(timeout=30) == 35


def test_task_raises_what_the_function_raises(client: Client, executor: DaskExecutor) -> None:
    future = executor.submit(int, "x")
    error = ValueError("no number")
    inner(client).set_exception(error)
    assert future.exception(timeout=30) is error


def test_task_that_the_cluster_drops_is_lost_with_its_scheduler(client: Client, executor: DaskExecutor) -> None:
    future = executor.submit(int)
    inner(client).set_exception(CancelledError())
    assert error_of(future) == f"the scheduler at {HOST} was lost"


def test_task_that_its_caller_cancels_is_cancelled_in_the_cluster(
    client: Client, executor: DaskExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    future, other = executor.submit(int), executor.submit(int)
    assert future.cancel()
    assert (inner(client, 0).cancelled(), inner(client, 1).cancelled()) == (True, False)
    assert future.cancelled()
    inner(client, 1).set_result(0)
    assert other.result(timeout=30) == 0
    assert not inner(client, 1).cancelled()
    assert caplog.records == [], "futures log what their callbacks raise"


def test_shutdown_ends_tasks_and_refuses_others(client: Client, executor: DaskExecutor) -> None:
    futures = [executor.submit(int) for _ in range(3)]
    assert futures[1].cancel()
    executor.shutdown(wait=False, cancel_futures=True)
    assert [error_of(future) for future in futures[::2]] == ["the executor was shut down"] * 2
    assert [inner(client, number).cancelled() for number in range(3)] == [False, True, False], "the client drops them"
    inner(client, 0).set_result(0)
    assert error_of(futures[0]) == "the executor was shut down", "the result is too late"
    with pytest.raises(ClusterError, match="the executor was shut down"):
        executor.submit(int)
    assert len(client.submitted) == 3


def test_shutdown_waits_for_the_tasks_unless_they_are_cancelled(client: Client, executor: DaskExecutor) -> None:
    future = executor.submit(int)
    threading.Timer(0.05, inner(client).set_result, (5,)).start()
    executor.shutdown()
    assert future.result(timeout=0) == 5


def test_closed_client_ends_the_tasks(client: Client) -> None:
    executor = DaskExecutor(client, HOST, 0.1)  # type: ignore[arg-type]
    future = executor.submit(int)
    client.status = "closed"
    assert error_of(future) == f"the scheduler at {HOST} was lost"
    with pytest.raises(ClusterError, match="was lost"):
        executor.submit(int)
    executor.shutdown()
    with pytest.raises(ClusterError, match="was lost"):
        executor.submit(int)


def test_cluster_with_workers_is_not_given_up(client: Client) -> None:
    executor = DaskExecutor(client, HOST, 0.1)  # type: ignore[arg-type]
    future = executor.submit(int)
    assert client.enough.wait(30)
    assert not future.done()
    client.workers = {}
    assert error_of(future) == f"the cluster at {HOST} has had no workers for 0 s"


@pytest.mark.parametrize("status", ["connecting", "running"])
def test_time_without_workers_counts_while_the_client_is_connected(client: Client, status: str) -> None:
    client.workers, client.status = {}, status
    executor = DaskExecutor(client, HOST, 0.1)  # type: ignore[arg-type]
    future = executor.submit(int)
    gave_up: Callable[[], bool] = future.done
    if status == "running":
        assert error_of(future).endswith("has had no workers for 0 s")
    else:
        threading.Event().wait(0.3)
        assert not gave_up(), "Dask itself gives a lost scheduler up"
    executor.shutdown(wait=False, cancel_futures=True)


@pytest.mark.parametrize("loss", [{"status": "closed"}, {"workers": {}}])
def test_watch_ends_with_the_cluster(client: Client, loss: dict[str, Any]) -> None:
    before = set(threading.enumerate())
    executor = DaskExecutor(client, HOST, 0.1)  # type: ignore[arg-type]
    (watch,) = set(threading.enumerate()) - before
    vars(client).update(loss)
    watch.join(10)
    assert not watch.is_alive()
    executor.shutdown()


def test_executor_gives_up_once(client: Client) -> None:
    executor = DaskExecutor(client, HOST, 60.0)  # type: ignore[arg-type]
    executor.shutdown()
    executor.shutdown()
    with pytest.raises(ClusterError, match="the executor was shut down"):
        executor.submit(int)


def test_digest_is_that_of_names_and_contents_of_the_source(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sansio_tl, "__file__", str(tmp_path / "__init__.py"))

    def digest(**files: str) -> str:
        for path in tmp_path.iterdir():
            path.unlink()
        for name, text in files.items():
            (tmp_path / f"{name}.py").write_text(text)
        return code_digest.__wrapped__()

    first = digest(a="1", b="2")
    assert len(first) == 12
    assert digest(b="2", a="1") == first
    assert len({first, digest(a="1", b="3"), digest(a="1", c="2"), digest(a="1"), digest()}) == 5


@pytest.mark.parametrize("address", ["tcp://h:1", "h:1", "dask://h", "dask://h:x", "dask://u@h:1", "dask://h:1/x", ""])
def test_address_of_no_scheduler_is_refused(address: str) -> None:
    with pytest.raises(ClusterError) as refused, dask_executor(address):
        raise AssertionError
    expected = "expected dask://HOST:PORT, the address of a Dask scheduler"
    assert str(refused.value) == f"invalid executor {address!r}: {expected}"


def test_missing_library_of_the_cluster_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError) as refused, dask_executor("dask://h:1"):
        raise AssertionError
    assert str(refused.value).startswith("dask://h:1 needs distributed. The extra dask brings it: pip install")
