"""Simulations in a Dask cluster of two workers, and what becomes of them when parts of it are lost."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import sansio_tl
from sansio_tl.simulation import Faults, Report, Violation
from sansio_tl.simulation import simulate as real
from sansio_tl_transports.cli import dask_executor as module
from sansio_tl_transports.cli import simulate
from sansio_tl_transports.cli.dask_executor import ClusterError, DaskExecutor, code_of_worker, dask_executor
from sansio_tl_transports.testing.seed_runs import run_seeds
from tests.transports.cli.dask_cluster import Cluster, running_cluster, wait_until

pytestmark = pytest.mark.timeout(240)  # several processes start, and some are restarted


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster"), workers=2, allowed_failures=1) as running:
        yield running


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[Cluster]:
    with running_cluster(tmp_path) as running:
        yield running


def broken(seed: int, faults: Any, **_: Any) -> Report:
    """Two violations, a real run, and others as if."""
    if seed in {3, 21}:
        raise Violation("comes to rest", "it does not")
    return real(seed, Faults.NONE) if seed == 4 else Report(seeds=1, steps=seed)


def recorded(seed: int, folder: Path, seconds: float = 0.2) -> Report:
    """Leaves a file that names the seed and has the number of the process."""
    (folder / f"{seed}.running").write_text(str(os.getpid()))
    (folder / f"{seed}.running").rename(folder / str(seed))
    time.sleep(seconds)
    return Report(seeds=1)


def killed(seed: int) -> Report:
    if seed == 20:
        os.kill(os.getpid(), signal.SIGKILL)
    return Report(seeds=1)


def test_output_is_that_of_a_local_run(
    cluster: Cluster, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulate, "simulate", broken)
    outs: list[str] = []
    for where in ([], ["--executor", cluster.address]):
        assert simulate.main(["--seeds", "24", *where]) == 1
        outs.append(capsys.readouterr().out.rpartition("24 seeds in")[0])
    assert "again: python -m sansio_tl_transports.cli.simulate --seed 21 --faults all --verbose" in outs[0]
    assert "2 of 24 runs violated an invariant" in outs[0]
    assert outs[1] == outs[0]


def test_both_workers_take_part(cluster: Cluster, tmp_path: Path) -> None:
    with dask_executor(cluster.address) as executor:
        list(run_seeds(range(48), partial(recorded, folder=tmp_path, seconds=0.05), executor=executor))
    assert len({path.read_text() for path in tmp_path.iterdir()}) == 2


def test_slices_of_a_killed_worker_are_run_again(cluster: Cluster, tmp_path: Path) -> None:
    def kill() -> None:
        wait_until((tmp_path / "2").exists)
        os.kill(int((tmp_path / "2").read_text()), signal.SIGKILL)

    Thread(target=kill).start()
    with dask_executor(cluster.address) as executor:
        results = list(run_seeds(range(32), partial(recorded, folder=tmp_path), executor=executor))
    assert [(each.seed, each.not_run) for each in results] == [(seed, "") for seed in range(32)]
    assert (tmp_path / "0").read_text() != "", "the slice of seed 2 was run"


def test_seeds_that_kill_every_worker_are_named(cluster: Cluster) -> None:
    with dask_executor(cluster.address) as executor:
        results = list(run_seeds(range(64), killed, executor=executor))
    not_run = {each.seed: each.not_run for each in results if each.report is None}
    assert {*range(16, 24)} <= not_run.keys()
    assert "KilledWorker" in not_run[20]
    assert len(not_run) < 64


def test_run_without_workers_ends(
    scheduler: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command says which seeds were not run, and how to run them. A worker takes its latest results with it."""
    with (
        pytest.raises(ClusterError, match=f"{scheduler.host} has no workers: start some with dask worker"),
        dask_executor(scheduler.address, worker_timeout=0.1),
    ):
        pass
    worker = scheduler.start_worker("--no-nanny")

    def kill() -> None:
        wait_until((tmp_path / "9").exists)
        worker.kill()

    Thread(target=kill).start()
    monkeypatch.setattr(simulate, "simulate", Recorded(tmp_path))
    monkeypatch.setattr(simulate, "dask_executor", partial(dask_executor, worker_timeout=3.0))
    wait_until(lambda: has_workers(scheduler))
    record = tmp_path / "results.json"
    assert simulate.main(["--seeds", "30", "--executor", scheduler.address, "--record", str(record)]) == 1
    out = capsys.readouterr().out
    ((first, last),) = json.loads(record.read_text())["runs"][0]["not_run"]
    assert first in {1, 9}
    assert last == 30
    missing = 31 - first
    lost = f"ClusterError: the cluster at {scheduler.host} has had no workers for 3 s"
    assert f"not run: seeds {first} to 30: {lost}" in out
    assert f"run them: python -m sansio_tl_transports.cli.simulate --from {first} --seeds {missing} --faults all" in out
    assert f"{missing} seeds were not run: see above." in out
    assert out.splitlines()[-1].startswith(f"{30 - missing} seeds in ")


class UninformedClient:
    """A Dask client that has connected, and knows nothing about its scheduler yet."""

    status = "running"

    def get_executor(self, *, pure: bool) -> Any:
        del pure
        return self

    def submit(self, *_: Any) -> Future[Any]:
        return Future()

    def scheduler_info(self) -> dict[str, Any]:
        return {}


def test_client_that_knows_no_workers_yet_gives_up_in_time() -> None:
    executor = DaskExecutor(UninformedClient(), "127.0.0.1:8786", 0.1)  # type: ignore[arg-type]
    with pytest.raises(ClusterError, match=r"the cluster at 127\.0\.0\.1:8786 has had no workers for 0 s"):
        executor.submit(abs, 1).result(timeout=30)


class Recorded:
    """`recorded`, with the arguments of `simulate`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, seed: int, faults: Any) -> Report:
        return recorded(seed, self.folder)


def has_workers(cluster: Cluster) -> bool:
    try:
        with dask_executor(cluster.address, worker_timeout=0.5):
            return True
    except ClusterError:
        return False


def test_lost_scheduler_ends_the_run(scheduler: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CONNECT_TIMEOUT", 2.0)
    scheduler.start_worker("--no-nanny")
    wait_until(lambda: has_workers(scheduler))

    def kill() -> None:
        wait_until((tmp_path / "9").exists)
        scheduler.scheduler.kill()

    Thread(target=kill).start()
    with dask_executor(scheduler.address) as executor:
        results = list(run_seeds(range(1, 31), partial(recorded, folder=tmp_path), executor=executor))
    assert len({each.seed for each in results if each.report is not None}) in {0, 8}
    assert {each.not_run for each in results[8:]} == {f"ClusterError: the scheduler at {scheduler.host} was lost"}


def test_worker_with_another_version_is_refused(scheduler: Cluster, tmp_path: Path) -> None:
    package = tmp_path / "other" / "sansio_tl"
    package.mkdir(parents=True)
    ours = Path(sansio_tl.__file__).parent
    for path in ours.iterdir():
        if path.name != "__init__.py":
            (package / path.name).symlink_to(path)
    text = (ours / "__init__.py").read_text()
    (package / "__init__.py").write_text(text.replace(sansio_tl.__version__, "0.0.7"))
    scheduler.start_worker("--no-nanny", PYTHONPATH=str(package.parent))
    with pytest.raises(ClusterError) as refused, dask_executor(scheduler.address, worker_timeout=90):
        pass
    version, digest = code_of_worker()
    lines = str(refused.value).splitlines()
    assert lines[0].startswith("worker tcp://127.0.0.1:")
    assert " has sansio_tl 0.0.7 with source " in lines[0]
    assert lines[1] == f"This process has sansio_tl {version} with source {digest}: install the same on each worker."


def test_worker_that_comes_later_is_checked() -> None:
    with pytest.raises(ClusterError, match="a worker has another sansio_tl"):
        module.run_checked("0123456789ab", str, (), {})
    assert module.run_checked(module.code_digest(), str, (5,), {}) == "5"


def test_worker_without_the_package_is_refused() -> None:
    with pytest.raises(ClusterError, match="worker tcp://h:1 cannot import this sansio_tl: ModuleNotFoundError: none"):
        module.check_workers({"tcp://h:1": ModuleNotFoundError("none"), "tcp://h:2": code_of_worker()})
    module.check_workers({"tcp://h:2": code_of_worker()})


@pytest.mark.parametrize(
    "wrong", ["dask://", "tcp://localhost:8786", "dask://localhost:8786/x", "dask://localhost:many"]
)
def test_invalid_address_is_an_error_of_the_command_line(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        simulate.main(["--executor", wrong])
    assert stopped.value.code == 2
    assert "dask://HOST:PORT" in capsys.readouterr().err


def test_jobs_and_a_cluster_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        simulate.main(["--executor", "dask://localhost:8786", "--jobs", "2"])
    assert "--jobs is for processes of this computer" in capsys.readouterr().err


def test_missing_extra_is_named(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SystemExit):
        simulate.main(["--executor", "dask://localhost:8786"])
    assert "The extra dask brings it: pip install '.[dask]' in a checkout" in capsys.readouterr().err


def test_unreachable_scheduler_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(module, "CONNECT_TIMEOUT", 0.5)
    with pytest.raises(SystemExit):
        simulate.main(["--executor", "dask://127.0.0.1:9"])
    assert "no Dask scheduler responds at 127.0.0.1:9" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "its answer is none of a scheduler (MemoryError)"),
        (b"\x1b]0;title\x07\x1b[31m" * 10, "its answer is none of a scheduler (MemoryError)"),
        (bytes(1 << 16), "its answer is none of a scheduler (error)"),
        (b"", "timed out after 2 s"),
    ],
    ids=["HTTP", "escape sequences", "zeros", "silent"],
)
def test_address_of_another_server_is_named(
    sent: bytes, reason: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "CONNECT_TIMEOUT", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        clients: list[socket.socket] = []

        def answer() -> None:
            with contextlib.suppress(OSError):
                while True:
                    clients.append(server.accept()[0])
                    clients[-1].sendall(sent)

        Thread(target=answer, daemon=True).start()
        address = f"127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(SystemExit) as stopped:
            simulate.main(["--executor", f"dask://{address}"])
        server.shutdown(socket.SHUT_RDWR)
        for each in clients:
            each.close()
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert f"no Dask scheduler responds at {address}: {reason}. Is it running" in error
    assert "Traceback" not in error
