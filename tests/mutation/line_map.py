"""Which tests run which line: measured once by coverage.py, with the name of the test as context."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET

from tests.mutation.sites import SOURCE, Mutation

ROOT = SOURCE.parent
MAP = ROOT / ".mutation" / "lines.json"
_LEFT_OUT = ("tests/mutation", "tests/mutants", "tests/typing", "tests/docs", "tests/benchmarks", "tests/repository")
"""Tests that judge the text of the source or start programs of their own: they would see any change, or none."""
_CONFIG = """[run]
parallel = true
dynamic_context = test_function
source = {source}
concurrency = thread
data_file = {folder}/data
omit =
    */sansio_tl/types/*
    */sansio_tl/functions/*
    */sansio_tl/codec/types/*
    */sansio_tl/codec/functions/*
"""


class LineMap:
    """The tests of each line, the quickest first."""

    def __init__(self, lines: dict[str, dict[str, list[str]]], seconds: dict[str, float]) -> None:
        """`lines` by file and line number; `seconds` by test."""
        self._lines = lines
        self._seconds = seconds

    @classmethod
    def load(cls) -> LineMap:
        """What `measure` saved. Raises FileNotFoundError when it has not been called."""
        saved = json.loads(MAP.read_text())
        return cls(saved["lines"], saved["seconds"])

    def tests_of(self, mutation: Mutation, budget: float) -> list[str]:
        """The tests to run for a mutation: those that run its line, as many as fit into `budget` seconds.

        Tests whose file mirrors the changed one come first, then the quick ones. A line that runs on import only has no
        test of its own: it gets those that run any line of the file.
        """
        by_line = self._lines.get(mutation.file, {})
        named = by_line.get(str(mutation.line)) or sorted({test for tests in by_line.values() for test in tests})
        stem = Path(mutation.file).stem
        ordered = sorted(named, key=lambda test: (f"test_{stem}.py" not in test, self._seconds.get(test, 1.0), test))
        chosen: list[str] = []
        spent = 0.0
        for test in ordered:
            spent += self._seconds.get(test, 1.0)
            if chosen and spent > budget:
                break
            chosen.append(test)
        return chosen


def measure(jobs: int) -> None:
    """Run the default tests under coverage, and save which of them run which line."""
    test_files = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        if not path.relative_to(ROOT).as_posix().startswith(_LEFT_OUT)
    ]
    with TemporaryDirectory(prefix="mutation-") as name:
        folder = Path(name)
        config = folder / "coveragerc"
        config.write_text(_CONFIG.format(source=SOURCE, folder=folder))
        runs = [_start(config, folder / f"{job}.xml", test_files[job::jobs]) for job in range(jobs)]
        for run in runs:
            run.wait()
        seconds: dict[str, float] = defaultdict(float)
        for job in range(jobs):
            for case in ET.parse(folder / f"{job}.xml").iter("testcase"):
                seconds[_test_id(case.get("classname", ""), case.get("name", ""))] += float(case.get("time", 0))
        MAP.parent.mkdir(exist_ok=True)
        MAP.write_text(json.dumps({"lines": _read(config, folder), "seconds": seconds}))


def _start(config: Path, report: Path, test_files: Sequence[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "coverage", "run", f"--rcfile={config}", "-m", "pytest", "-q", "--tb=line"]
    command += ["-p", "no:cacheprovider", f"--junit-xml={report}", "-o", "junit_family=xunit1", *test_files]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "HYPOTHESIS_PROFILE": "ci"})


def _test_id(class_name: str, name: str) -> str:
    return f"{class_name.replace('.', '/')}.py::{name.partition('[')[0]}"


def _read(config: Path, folder: Path) -> dict[str, dict[str, list[str]]]:
    from coverage import Coverage

    coverage = Coverage(data_file=str(folder / "data"), config_file=str(config))
    coverage.combine()
    data = coverage.get_data()
    lines: dict[str, dict[str, list[str]]] = {}
    for path in data.measured_files():
        file = Path(path)
        if not file.is_relative_to(SOURCE):
            continue
        by_line = {
            str(line): sorted({_context_id(context) for context in contexts if context.startswith("tests.")})
            for line, contexts in data.contexts_by_lineno(path).items()
        }
        lines[file.relative_to(SOURCE).as_posix()] = {line: tests for line, tests in by_line.items() if tests}
    return lines


def _context_id(context: str) -> str:
    """`tests.client.test_client.test_it` as pytest names it."""
    module, _, name = context.rpartition(".")
    return f"{module.replace('.', '/')}.py::{name}"
