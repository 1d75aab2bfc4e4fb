"""Proof that the suite is sharp: each check is removed from our engine, and a case must fail.

    python -m tests.conformance.sharpness --only HS     these mutants; writes sharpness.json

Only the engine under test is mutated. The suite plays the other side with an unchanged copy of it, which has another
name in the same process: otherwise a mutant that breaks both sides alike would not be noticed.

Each of these is run with all cases:

- the mutants of tests/removed_checks whose check has a case, one at a time.
- the mutants of sharpness.diff, which show only that a case is sharp: they send something wrong, or reject what is
  right. They are no removed checks.
- several mutants together (sharpness_notes.TOGETHER), for what several checks of our engine reject.

A case counts as failed if its finding is wrong with the mutant and right without it, and its control is right with
both. One of level MAY only informs: there, another finding counts.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import NamedTuple, TypeVar

from sansio_tl.conformance.case import Finding, Level
from sansio_tl.conformance.client_cases import CLIENT_CASES
from sansio_tl.conformance.server_cases import SERVER_CASES
from tests.conformance.findings_in_memory import CONTROL_FAILED, SUITE_FAILED
from tests.conformance.sharpness_notes import TOGETHER
from tests.removed_checks.table import MUTANTS, SOURCE, Mutant, read, written_by_hand

ROOT = Path(__file__).resolve().parents[2]
TABLE = Path(__file__).with_name("sharpness.json")
CASES = {case.name: case for case in (*CLIENT_CASES, *SERVER_CASES)}
T = TypeVar("T")
_SUITE, _SUITE_TESTS = "suite_tl", "suite_tests"
CONTROL = "(a control)"
"""In the table: the engine fails the control of some cases, with which these are not reached."""
_NO_FAILURE = {Finding.CORRECT.value, Finding.NOT_REACHED.value, SUITE_FAILED, CONTROL_FAILED}

OWN_MUTANTS = tuple(read(Path(__file__).with_name("sharpness.diff").read_text()))


class Run(NamedTuple):
    """Mutants that are applied together."""

    name: str
    mutants: tuple[Mutant, ...]


def runs() -> Iterator[Run]:
    """All of them."""
    checks = {case.check for case in CASES.values()}
    for mutant in (*OWN_MUTANTS, *(mutant for mutant in MUTANTS if mutant.check in checks)):
        yield Run(str(mutant), (mutant,))
    named = {str(mutant): mutant for mutant in (*OWN_MUTANTS, *MUTANTS)}
    for names in TOGETHER:
        yield Run(" + ".join(names), tuple(named[name] for name in names))


# -- one run ----------------------------------------------------------------------------------------------------------


@cache
def _texts() -> dict[Path, str]:
    """The modules, read once: the places of mutants in them are found once, too."""
    return written_by_hand()


def _copy_renamed(source: Path, target: Path) -> None:
    """Copy Python, so that it uses the unchanged engine. Only `own_*`, our client and server, use the mutated one."""
    for path in source.rglob("*.py"):
        text = re.sub(r"\bsansio_tl\b", _SUITE, path.read_text())
        text = re.sub(r"\btests\.(?!conformance\.own_)", f"{_SUITE_TESTS}.", text)
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text)
    for path in source.rglob("*.tl"):
        shutil.copy2(path, target / path.relative_to(source))


@contextmanager
def unchanged_suite() -> Iterator[Path]:
    """A folder in which the suite has an unchanged engine, under another name."""
    with TemporaryDirectory(prefix="sharpness-suite-") as folder:
        _copy_renamed(SOURCE, Path(folder) / _SUITE)
        for name in ("helpers", "conformance"):
            _copy_renamed(ROOT / "tests" / name, Path(folder) / _SUITE_TESTS / name)
        yield Path(folder)


class Judge:
    """A process that runs cases, with an unchanged suite."""

    def __init__(self, suite: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": str(suite)}
        command = [sys.executable, "-m", f"{_SUITE_TESTS}.conformance.findings_in_memory"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def findings(self, mutants: Iterable[Mutant]) -> dict[str, str]:
        """What the cases find with these mutants; empty if our engine cannot be imported."""
        changed: dict[Path, str] = {}
        for mutant in mutants:
            changed |= mutant.apply({**_texts(), **changed})
        job = {str(path): text for path, text in changed.items()}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(job), file=self._process.stdin, flush=True)
        found: dict[str, str] = json.loads(self._process.stdout.readline())
        return found

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def failed(found: Mapping[str, str], usual: Mapping[str, str]) -> list[str]:
    """The cases that fail with a mutant, given what they find without one; `CONTROL` if a control fails."""
    failing = [
        name
        for name, finding in found.items()
        if finding != usual[name]
        and (finding not in _NO_FAILURE or (CASES[name].level is Level.MAY and finding == Finding.CORRECT.value))
    ]
    return failing + [CONTROL] * (CONTROL_FAILED in found.values())


# -- all of them ------------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the mutants, and write the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.sharpness")
    parser.add_argument("--only", default="", help="only mutants whose name begins so")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--missing", action="store_true", help="only mutants that are not in the table")
    options = parser.parse_args(arguments)
    table: dict[str, list[str]] = json.loads(TABLE.read_text())
    every_run = list(runs())
    chosen = [run for run in every_run if run.name.startswith(options.only)]
    if options.missing:
        chosen = [run for run in chosen if run.name not in table]
    with unchanged_suite() as suite, ThreadPoolExecutor(options.jobs) as pool:
        judges: SimpleQueue[Judge] = SimpleQueue()
        for _ in range(options.jobs):
            judges.put(Judge(suite))
        usual = _with_any(judges, lambda judge: judge.findings(()))

        def failing(run: Run) -> list[str]:
            return failed(_with_any(judges, lambda judge: judge.findings(run.mutants)), usual)

        for run, cases in zip(chosen, pool.map(failing, chosen), strict=True):
            print(f"{run.name}: {', '.join(cases) or 'NOT NOTICED'}", flush=True)
            table[run.name] = cases
            _write(table, [run.name for run in every_run])
        for _ in range(options.jobs):
            judges.get().close()
    return 0


def _with_any(judges: SimpleQueue[Judge], ask: Callable[[Judge], T]) -> T:
    judge = judges.get()
    try:
        return ask(judge)
    finally:
        judges.put(judge)


def _write(table: dict[str, list[str]], order: Sequence[str]) -> None:
    """Write the table, in the order of the mutants."""
    known = {name: table[name] for name in order if name in table}
    TABLE.write_text(json.dumps(known, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
