"""The engine computes without I/O, and is deterministic."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.repository.scan import ROOT


def run_python(*arguments: str, hash_seed: str = "0") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def run_sealed(*statements: str, hash_seed: str = "0") -> subprocess.CompletedProcess[str]:
    return run_python("-m", "tests.repository.without_io", *statements, hash_seed=hash_seed)


def test_same_entropy_and_times_give_the_same_bytes_in_a_sealed_process() -> None:
    first, second = run_sealed(hash_seed="1"), run_sealed(hash_seed="2")
    assert first.returncode == 0, first.stderr
    assert second.returncode == 0, second.stderr
    assert len(first.stdout.strip()) == 64
    assert first.stdout == second.stdout


def test_sealed_process_blocks_io_clocks_randomness_and_threads() -> None:
    run = run_sealed(
        "time.time()",
        "time.sleep(0)",
        "os.urandom(16)",
        "random.random()",
        "secrets.token_bytes(16)",
        "socket.socket()",
        "open('/dev/null')",
        "os.listdir('.')",
        "Path('/dev/null').read_bytes()",
        "import subprocess; subprocess.run(['true'])",
        "threading.Thread(target=int).start()",
        "print('here')",
        "1 + 1",
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout[64:].strip() == "1 + 1"


PLANTED = """
import time
from sansio_tl.connection.client import Connection
from tests.repository import without_io

receive_data = Connection.receive_data
Connection.receive_data = lambda self, data, now: (time.time(), receive_data(self, data, now=now))[1]
without_io.main()
"""


def test_sealed_process_fails_when_the_engine_reads_a_clock() -> None:
    run = run_python("-c", PLANTED)
    assert run.returncode == 1
    assert "SealBrokenError: time" in run.stderr
