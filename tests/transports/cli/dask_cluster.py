"""A Dask cluster on this computer for tests: the programs that users start, `dask scheduler` and `dask worker`."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 90.0
"""Seconds for a process to start on a busy machine."""


class Cluster:
    """A scheduler, and workers that are added."""

    def __init__(self, folder: Path, allowed_failures: int) -> None:
        self._folder = folder
        self._environment = {
            **os.environ,
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(allowed_failures),
            "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s",
        }
        self._processes: list[subprocess.Popen[bytes]] = []
        file = folder / "scheduler.json"
        self.scheduler = self._start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)
        )
        wait_until(lambda: file.exists() and bool(file.read_text()))
        self.host: str = json.loads(file.read_text())["address"].removeprefix("tcp://")

    @property
    def address(self) -> str:
        """What the command is given."""
        return f"dask://{self.host}"

    def start_worker(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a worker with one thread; it runs in the folder of the project, where it finds the tests."""
        return self._start(
            "worker", f"tcp://{self.host}", "--nthreads", "1", "--no-dashboard", *arguments, **environment
        )

    def _start(self, program: str, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        name = f"{program}-{len(self._processes)}"
        local = ["--local-directory", str(self._folder / name)] if program == "worker" else []
        with (self._folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", program, *arguments, *local],
                cwd=ROOT,
                env={**self._environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._processes.append(process)
        return process

    def stop(self) -> None:
        """End all processes, and the workers of nannies, which are in their group."""
        for process in self._processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextlib.contextmanager
def running_cluster(folder: Path, *, workers: int = 0, allowed_failures: int = 3) -> Iterator[Cluster]:
    """A scheduler and workers, each of which is restarted when it dies."""
    cluster = Cluster(folder, allowed_failures)
    try:
        for _ in range(workers):
            cluster.start_worker("--nanny")
        yield cluster
    finally:
        cluster.stop()


def wait_until(holds: Callable[[], bool]) -> None:
    """Until it does."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
