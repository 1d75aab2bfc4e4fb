"""Removes checks from a copy of the tree, one at a time, and asks pytest whether a test of the check's name fails."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.removed_checks.table import SOURCE, Mutant, written_by_hand

ROOT = SOURCE.parents[1]
_COPIED = ("src", "tests", "docs", "hatch_build.py", "pyproject.toml", "README.md", "Makefile")
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "_build", ".hypothesis", "*.egg-info", "corpus")
_TOO_LONG = 240
"""Seconds after which a mutant counts as one that hangs, which the timeout of any test would find."""
_TESTS_FAILED = 1
_DEFINED_TEST = re.compile(r"def (test_\w+)")
_FAILED_TEST = re.compile(r"^FAILED .*?::([\w\[\]. -]+)", re.MULTILINE)


class Fate(Enum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "SURVIVED"
    BROKEN = "BROKEN"
    """It did not fail a test but stopped pytest: the table is wrong."""


class Verdict(NamedTuple):
    """What became of a mutant, and how that is known."""

    mutant: Mutant
    fate: Fate
    shown_by: str
    seconds: float


def named_after(check: str) -> list[str]:
    """The tests that carry the id, as pytest names them; a test may carry several ids."""
    return list(_files_by_part().get(check, ()))


@cache
def _files_by_part() -> dict[str, dict[str, None]]:
    """Each part of the name of a test, but the last one -> the files that have such a test."""
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for name in _DEFINED_TEST.findall(path.read_text()):
            for part in name.split("_")[1:-1]:
                found[part][str(path.relative_to(ROOT))] = None
    return found


def judge(mutants: Sequence[Mutant]) -> Iterator[Verdict]:
    """Try each mutant in turn."""
    with TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder)
        copy_tree(copy)
        source = written_by_hand(copy / SOURCE.relative_to(ROOT))
        for mutant in mutants:
            started = time.monotonic()
            with _mutated(source, mutant):
                fate, shown_by = _ask_pytest(copy, mutant.check)
            yield Verdict(mutant, fate, shown_by, time.monotonic() - started)


def without_mutation(checks: Sequence[str]) -> str | None:
    """What is wrong with the tests of these checks when nothing is removed; None if nothing is."""
    with TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder)
        copy_tree(copy)
        files = sorted({file for check in checks for file in named_after(check)})
        select = " or ".join(f"_{check}_" for check in checks)
        outcome = _pytest(copy, files, select, timeout=None)
        return None if outcome.returncode == 0 else _account(outcome)


def copy_tree(copy: Path) -> None:
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=_LEFT_OUT)
        elif source.exists():
            shutil.copy2(source, copy / name)


def source_path(copy: Path) -> str:
    """The PYTHONPATH with which both distributions are imported from a copy of the tree, not from the tree itself."""
    return os.pathsep.join([str(copy / "src"), str(copy / "src" / "transports")])


@contextmanager
def _mutated(source: Mapping[Path, str], mutant: Mutant) -> Iterator[None]:
    """The files with the mutant's changes, and back again; each time with a time stamp that no bytecode was made of."""
    changed = mutant.apply(source)
    before = {path: path.stat().st_mtime_ns for path in changed}
    try:
        for path, text in changed.items():
            path.write_text(text)
            _stamp(path, time.time_ns())
        yield
    finally:
        for path, mtime in before.items():
            path.write_text(source[path])
            _stamp(path, mtime)


def _stamp(path: Path, mtime: int) -> None:
    os.utime(path, ns=(mtime, mtime))


def _ask_pytest(copy: Path, check: str) -> tuple[Fate, str]:
    files = named_after(check)
    if not files:
        return Fate.SURVIVED, f"no test is named after {check}"
    try:
        outcome = _pytest(copy, files, f"_{check}_", timeout=_TOO_LONG)
    except subprocess.TimeoutExpired:
        return Fate.KILLED, f"it hangs for more than {_TOO_LONG} s"
    if outcome.returncode == _TESTS_FAILED:
        failed = _FAILED_TEST.search(outcome.stdout)
        return Fate.KILLED, failed[1] if failed else "a test"
    if outcome.returncode == 0:
        return Fate.SURVIVED, "every test of its name passes"
    return Fate.BROKEN, _account(outcome)


def _account(outcome: subprocess.CompletedProcess[str]) -> str:
    """The output of pytest, for users to read."""
    return f"{outcome.stdout[-3000:]}{outcome.stderr[-3000:]}pytest ended with status {outcome.returncode}"


def _pytest(copy: Path, files: Sequence[str], select: str, timeout: float | None) -> subprocess.CompletedProcess[str]:
    """Run the selected tests in the copy. The same examples each time, so that the verdict is the same each time."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--tb=no", "-k", select, *files]
    environment = {**os.environ, "PYTHONPATH": source_path(copy), "HYPOTHESIS_PROFILE": "ci", "NO_COLOR": "1"}
    return subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True, timeout=timeout, check=False
    )
