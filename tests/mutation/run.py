"""Applies mutations to copies of the tree, one at a time, and asks the tests of their lines.

A test that fails has detected the mutation only if it passes on the unchanged tree: each is run there once. One that
fails there as well is left out from then on, and the mutation is tried with the others.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import NamedTuple, Protocol

from tests.mutation.line_map import MARKERS
from tests.mutation.sites import SOURCE, Mutation
from tests.removed_checks.run import copy_tree, source_path

EQUIVALENT = Path(__file__).with_name("equivalent.toml")
_TESTS_FAILED = (1, 2)  # 2: a file of tests could not be imported
_NO_TESTS = (4, 5)
_NO_TESTS_LEFT = 5
_FAILED = re.compile(r"^(?:FAILED|ERROR) ([^\s\[]+)", re.MULTILINE)
_NEAR = 2
"""Files of tests that are asked first: nine mutations of ten end there, and importing all the others takes longer."""
_SLOWER = 10.0
"""A test that takes this many times as long as it did when it was measured hangs; a busy machine is slow too."""
_LEAST_TIMEOUT = 20.0


class Fate(Enum):
    """What became of a mutation."""

    KILLED = "killed"
    HANGS = "hangs"
    """A test did not end in time: killed too."""
    SURVIVED = "SURVIVED"
    EQUIVALENT = "equivalent"
    NOT_RUN = "NOT RUN"
    """No test runs the line."""
    UNRELIABLE = "UNRELIABLE"
    """Its tests do not pass on the unchanged tree either: they show nothing, and it counts as not killed."""


class Verdict(NamedTuple):
    """What became of a mutation, and how long that took to find."""

    mutation: Mutation
    fate: Fate
    tests: int
    seconds: float
    killer: str = ""
    """The test that failed, and passes on the unchanged tree."""
    failing: tuple[str, ...] = ()
    """The tests that failed before it, and fail on the unchanged tree as well."""


class Tests(Protocol):
    """Says which tests a mutation is tried with: `LineMap`, or `Mirror` without one."""

    def tests_of(self, mutation: Mutation, budget: float) -> list[str]:
        """As arguments of pytest, the nearest first."""

    def longest(self, tests: Sequence[str]) -> float:
        """Seconds of the slowest of these tests."""


def judge(sample: Sequence[Mutation], known: Tests, *, budget: float, jobs: int) -> Iterator[Verdict]:
    """Try each mutation with the tests of its line, for about `budget` seconds at most."""
    equivalent = known_equivalents()
    unchanged = Unchanged()
    with TemporaryDirectory(prefix="mutation-") as folder, ThreadPoolExecutor(jobs) as pool:
        copies: SimpleQueue[Path] = SimpleQueue()
        for job in range(jobs):
            copy = Path(folder) / str(job)
            copy.mkdir()
            copy_tree(copy)
            copies.put(copy)

        def try_one(mutation: Mutation) -> Verdict:
            if is_equivalent(mutation, equivalent):
                return Verdict(mutation, Fate.EQUIVALENT, 0, 0.0)
            tests = known.tests_of(mutation, budget)
            if not tests:
                return Verdict(mutation, Fate.NOT_RUN, 0, 0.0)
            copy = copies.get()
            started = time.monotonic()
            try:
                timeout = max(_LEAST_TIMEOUT, _SLOWER * known.longest(tests))
                fate, killer, failing = try_in(copy, mutation, tests, timeout, unchanged)
            finally:
                copies.put(copy)
            return Verdict(mutation, fate, len(tests), time.monotonic() - started, killer, failing)

        yield from pool.map(try_one, sample)


def known_equivalents() -> dict[tuple[str, str, str], str]:
    """The reasons for which mutations are equivalent to the original, by file, change and line.

    The line is the text of the source line, or empty: then every such change of the file is equivalent.
    """
    entries = tomllib.loads(EQUIVALENT.read_text()).get("mutation", [])
    return {(entry["file"], entry["change"], entry.get("line", "")): entry["reason"] for entry in entries}


def is_equivalent(mutation: Mutation, known: Mapping[tuple[str, str, str], str]) -> bool:
    """Whether the mutation is one of those that are known to be equivalent."""
    lines = (SOURCE / mutation.file).read_text().splitlines()
    return any((mutation.file, mutation.change, line) in known for line in ("", lines[mutation.line - 1].strip()))


class Unchanged:
    """Which tests pass on the unchanged tree: what one run of each has shown."""

    def __init__(self) -> None:
        self._passes: dict[tuple[str, ...], bool] = {}

    @property
    def failing(self) -> list[str]:
        """The tests that failed there."""
        return sorted(tests[0] for tests, passes in list(self._passes.items()) if not passes and len(tests) == 1)

    def passes(self, copy: Path, tests: Sequence[str], timeout: float) -> bool:
        """Run them in this copy, whose source is unchanged. A file stands for its import, if it is the only one."""
        key = tuple(tests)
        if key not in self._passes:
            collect = ("--collect-only",) if len(key) == 1 and "::" not in key[0] else ()
            fate, _ = _ask_pytest(copy, tests, timeout, *collect)
            self._passes[key] = fate is Fate.SURVIVED
        return self._passes[key]


def try_in(
    copy: Path, mutation: Mutation, tests: Sequence[str], timeout: float, unchanged: Unchanged
) -> tuple[Fate, str, tuple[str, ...]]:
    """What becomes of a mutation in a copy of the tree, the test that detects it, and those that fail without it."""
    failing: list[str] = []
    for stage in stages(tests):
        while True:
            left_out = [f"--deselect={test}" for test in unchanged.failing]
            with _mutated(copy / "src" / mutation.file, mutation):
                fate, killer = _ask_pytest(copy, stage, timeout, *left_out)
            if fate is Fate.SURVIVED:
                break
            if unchanged.passes(copy, [killer] if killer else stage, timeout):
                return fate, killer, tuple(failing)
            if not killer or killer in failing:
                return Fate.UNRELIABLE, "", tuple(failing)
            failing.append(killer)
    return Fate.SURVIVED, "", tuple(failing)


@contextmanager
def _mutated(target: Path, mutation: Mutation) -> Iterator[None]:
    original = target.read_bytes()
    target.write_bytes(mutation.apply(original))
    os.utime(target, ns=(time.time_ns(), time.time_ns()))  # bytecode of an earlier text must not be taken for it
    try:
        yield
    finally:
        target.write_bytes(original)
        os.utime(target, ns=(time.time_ns(), time.time_ns()))


def stages(tests: Sequence[str]) -> list[list[str]]:
    """The tests of the nearest files, and then those of all others."""
    near = list(dict.fromkeys(test.partition("::")[0] for test in tests))[:_NEAR]
    first = [test for test in tests if test.partition("::")[0] in near]
    return [stage for stage in (first, [test for test in tests if test not in first]) if stage]


def _ask_pytest(copy: Path, tests: Sequence[str], timeout: float, *options: str) -> tuple[Fate, str]:
    """Run the tests until one fails, and say which, without parameters. Stops with them whatever they have started."""
    chosen = copy / "chosen.txt"
    chosen.write_text("\n".join(tests))
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--tb=no", f"--timeout={timeout}"]
    command += MARKERS
    environment = {**os.environ, "PYTHONPATH": source_path(copy), "HYPOTHESIS_PROFILE": "ci", "NO_COLOR": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # compiling everything each time takes longer than most tests
    with subprocess.Popen(
        [*command, *options, f"@{chosen}"],
        cwd=copy,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as run:
        try:
            sent, _ = run.communicate(timeout=_SLOWER * timeout)
        except subprocess.TimeoutExpired:
            return Fate.HANGS, ""
        finally:
            with suppress(ProcessLookupError):
                os.killpg(run.pid, signal.SIGKILL)
    if run.returncode in _NO_TESTS and "not found" in sent:
        raise RuntimeError(f"the map of lines is older than the tests: make it again\n{sent}")
    if run.returncode == 0 or (run.returncode == _NO_TESTS_LEFT and "deselected" in sent):
        return Fate.SURVIVED, ""
    named = _FAILED.search(sent)
    return Fate.HANGS if "Timeout (>" in sent else Fate.KILLED, named[1] if named else ""
