"""Applies mutations to copies of the tree, one at a time, and asks the tests of their lines."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.mutants.run import copy_tree
from tests.mutation.line_map import LineMap
from tests.mutation.sites import Mutation

EQUIVALENT = Path(__file__).with_name("equivalent.toml")
_TESTS_FAILED = (1, 2)  # 2: a file of tests could not be imported
_NO_TESTS = (4, 5)
_HANGS_AFTER = 2.0
"""A run that takes this many times the budget of a mutation hangs."""


class Fate(Enum):
    """What became of a mutation."""

    KILLED = "killed"
    SURVIVED = "SURVIVED"
    EQUIVALENT = "equivalent"
    NOT_RUN = "NOT RUN"
    """No test runs the line."""


class Verdict(NamedTuple):
    """What became of a mutation, and how long that took to find."""

    mutation: Mutation
    fate: Fate
    tests: int
    seconds: float


def judge(sample: Sequence[Mutation], line_map: LineMap, *, budget: float, jobs: int) -> Iterator[Verdict]:
    """Try each mutation with the tests of its line, for about `budget` seconds at most."""
    equivalent = known_equivalents()
    with TemporaryDirectory(prefix="mutation-") as folder, ThreadPoolExecutor(jobs) as pool:
        copies: SimpleQueue[Path] = SimpleQueue()
        for job in range(jobs):
            copy = Path(folder) / str(job)
            copy.mkdir()
            copy_tree(copy)
            copies.put(copy)

        def try_one(mutation: Mutation) -> Verdict:
            if (mutation.file, mutation.change) in equivalent:
                return Verdict(mutation, Fate.EQUIVALENT, 0, 0.0)
            tests = line_map.tests_of(mutation, budget)
            if not tests:
                return Verdict(mutation, Fate.NOT_RUN, 0, 0.0)
            copy = copies.get()
            started = time.monotonic()
            try:
                fate = _try(copy, mutation, tests, budget)
            finally:
                copies.put(copy)
            return Verdict(mutation, fate, len(tests), time.monotonic() - started)

        yield from pool.map(try_one, sample)


def known_equivalents() -> dict[tuple[str, str], str]:
    """The mutations that nobody could tell from the original, by file and change, each with the reason."""
    entries = tomllib.loads(EQUIVALENT.read_text()).get("mutation", [])
    return {(entry["file"], entry["change"]): entry["reason"] for entry in entries}


def _try(copy: Path, mutation: Mutation, tests: Sequence[str], budget: float) -> Fate:
    target = copy / "src" / mutation.file
    original = target.read_bytes()
    target.write_bytes(mutation.apply(original))
    os.utime(target, ns=(time.time_ns(), time.time_ns()))  # bytecode of an earlier text must not be taken for it
    try:
        return _ask_pytest(copy, tests, budget)
    finally:
        target.write_bytes(original)
        os.utime(target, ns=(time.time_ns(), time.time_ns()))


def _ask_pytest(copy: Path, tests: Sequence[str], budget: float) -> Fate:
    chosen = copy / "chosen.txt"
    chosen.write_text("\n".join(tests))
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--tb=no", "--timeout=60"]
    environment = {**os.environ, "PYTHONPATH": str(copy / "src"), "HYPOTHESIS_PROFILE": "ci", "NO_COLOR": "1"}
    try:
        outcome = subprocess.run(
            [*command, f"@{chosen}"],
            cwd=copy,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_HANGS_AFTER * budget + 60,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Fate.KILLED
    if outcome.returncode in _NO_TESTS and "error" not in outcome.stdout.lower():
        raise RuntimeError(f"the map of lines is older than the tests: make it again\n{outcome.stdout}{outcome.stderr}")
    return Fate.SURVIVED if outcome.returncode == 0 else Fate.KILLED
