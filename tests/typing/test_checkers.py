"""mypy --strict and pyright accept the programs in `right`, and in `wrong` refuse the marked lines and no others."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MARK = "# refused"
Refused = set[tuple[str, int]]
"""File and line."""


def mypy(folder: str) -> Refused:
    programs = sorted(map(str, (HERE / folder).glob("*.py")))
    done = _run("mypy", "--output", "json", *programs)
    if done.returncode not in (0, 1):
        pytest.fail(done.stdout + done.stderr)
    found = (json.loads(line) for line in done.stdout.splitlines() if line.startswith("{"))
    return {(Path(error["file"]).name, error["line"]) for error in found if error["severity"] == "error"}


def pyright(folder: str) -> Refused:
    pytest.importorskip("pyright", reason="pyright is not installed")
    done = _run("pyright", "--outputjson", "--pythonpath", sys.executable, str(HERE / folder))
    try:
        report = json.loads(done.stdout)
    except ValueError:
        pytest.skip(f"pyright cannot run here: {(done.stderr or done.stdout).strip()[-200:]}")
    found = (error for error in report["generalDiagnostics"] if error["severity"] == "error")
    return {(Path(error["file"]).name, error["range"]["start"]["line"] + 1) for error in found}


def _run(checker: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", checker, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def marked(folder: str) -> Refused:
    return {
        (path.name, number)
        for path in (HERE / folder).glob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if line.endswith(MARK)
    }


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_well_typed_programs_pass_the_type_checker(checker: Callable[[str], Refused]) -> None:
    assert checker("right") == set()


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_ill_typed_programs_are_reported_at_the_marked_lines(checker: Callable[[str], Refused]) -> None:
    assert marked("wrong"), "nothing is marked"
    assert checker("wrong") == marked("wrong")
