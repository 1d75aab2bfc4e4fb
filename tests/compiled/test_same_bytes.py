"""The engine in C and the engine in Python: the same inputs, the same bytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src"
SEEDS = "12"


def transcript(python_path: str) -> dict[str, Any]:
    script = str(Path(__file__).with_name("transcript.py"))
    run = subprocess.run(
        [sys.executable, script, SEEDS],
        env={**os.environ, "PYTHONPATH": python_path},
        check=True,
        capture_output=True,
        text=True,
    )
    reported: dict[str, Any] = json.loads(run.stdout)
    return reported


@pytest.mark.compiled
def test_compiled_and_interpreted_engines_write_the_same_bytes_in_a_simulation() -> None:
    compiled, interpreted = transcript(""), transcript(str(SOURCE))
    assert Path(compiled.pop("engine")).suffix in {".so", ".pyd"}
    assert Path(interpreted.pop("engine")) == SOURCE / "sansio_tl" / "connection" / "client.py"
    assert compiled["bytes"] > 1_000_000
    assert compiled == interpreted
