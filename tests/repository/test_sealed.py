"""What the engine does, it does without reaching out, and the same way every time."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.repository.scan import ROOT


def run_sealed(*arguments: str, hash_seed: str = "0") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.repository.sealed", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_same_entropy_and_times_give_the_same_bytes_in_a_sealed_process() -> None:
    first, second = run_sealed(hash_seed="1"), run_sealed(hash_seed="2")
    assert first.returncode == 0, first.stderr
    assert second.returncode == 0, second.stderr
    assert len(first.stdout.strip()) == 64
    assert first.stdout == second.stdout


@pytest.mark.parametrize(
    "statement",
    [
        "time.time()",
        "time.sleep(0)",
        "os.urandom(16)",
        "random.random()",
        "secrets.token_bytes(16)",
        "socket.socket()",
        "open('/dev/null')",
        "os.listdir('.')",
        "Path('/dev/null').read_bytes()",
        "__import__('subprocess').run(['true'])",
        "threading.Thread(target=int).start()",
        "print('here')",
    ],
)
def test_a_planted_reach_breaks_the_seal(statement: str) -> None:
    run = run_sealed(statement)
    assert run.returncode == 1
    assert "SealBrokenError" in run.stderr
