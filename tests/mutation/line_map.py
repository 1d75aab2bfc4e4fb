"""Which tests run which line: measured by coverage.py, one context for each test (`contexts`).

The map outlives the commit that it was made at: it keeps the source that it was made of, and `LineMap.load` moves the
line numbers to where the lines are now. Measuring again runs only the files of tests that are new or changed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from hashlib import sha256
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from xml.etree import ElementTree as ET

from tests.mutation.sites import SOURCE, Mutation, files

ROOT = SOURCE.parent
MAP = ROOT / ".mutation" / "lines.json"
LEFT_OUT = ("mutation/", "removed_checks/", "typing/", "docs/", "benchmarks/", "repository/", "compiled/", "interop/")
"""Tests that judge the text of the source or start programs of their own: they would see any change, or none."""
MARKERS = ("-m", "not long and not peers and not proxies and not compiled and not loops")
"""The default tests, and those of stores that need a server, which are skipped where there is none."""
DECLARATIONS = (
    "tests/repository/test_reprs.py",
    "tests/test_defaults.py",
    "tests/test_engine_constants.py",
    "tests/testing/test_constants.py",
    "tests/transports/test_constants.py",
    "tests/transports/test_public_defaults.py",
)
"""They look at whatever a module declares: constants, defaults, what a record shows."""
_PROGRAMS = ("cli", "account_commands", "demo", "pytest_plugin")
"""Tests by name that start the command line in a process of its own: they run lines that seem to be run by none."""
_MAY_RUN = 10
"""How much dearer a test is that does not run the line in its own process."""
_FILES_AT_ONCE = 10
_CONFIG = """[run]
parallel = true
source = {source}
concurrency = thread
data_file = {folder}/data
omit =
    {omit}
"""

IMPORT = ""
"""Stands for a test where a line runs while a module is imported."""

Lines = Mapping[str, Mapping[int, Sequence[str]]]
"""The tests of each line of each file."""


class LineMap:
    """The tests of each line, quick and near ones first. A file of tests that was not measured is asked whole."""

    def __init__(self, lines: Lines, seconds: Mapping[str, float], by_name: Mapping[str, Sequence[str]]) -> None:
        """`by_name`: all tests of the file `test_NAME.py`, whatever they run: they may start a program of their own."""
        self._lines = lines
        self._seconds = seconds
        self._by_name = by_name

    @classmethod
    def load(cls) -> LineMap:
        """What `measure` saved. Raises FileNotFoundError when it has not been called."""
        saved = _Saved.load(MAP)
        by_name: dict[str, list[str]] = defaultdict(list)
        new = set(_files_of_tests()) - {_file(test) for test in saved.seconds}
        for test in [*saved.seconds, *sorted(new)]:
            by_name[Path(_file(test)).stem.removeprefix("test_")].append(test)
        return cls(saved.lines, saved.seconds, by_name)

    def tests_of(self, mutation: Mutation, budget: float) -> list[str]:
        """The tests to run for a mutation: those that run its line, as many as fit into `budget` seconds.

        The quick ones of the file that mirrors the changed one and of its package come first, then others, and of these
        rather those that are known to run the line than those that may do so in another process. A line that runs on
        import has no test of its own (neither has a function that makes a constant): it gets those that look at all
        declarations, and those that run any line of the file, or else those of its package.
        """
        by_line = self._lines.get(mutation.file, {})
        on_import = mutation.on_import or set(by_line.get(mutation.line, ())) == {IMPORT}
        found = chain.from_iterable(by_line.values()) if on_import else by_line.get(mutation.line, ())
        stem = Path(mutation.file).stem.strip("_")
        runs = set(found) - {IMPORT}
        named = set(runs)
        if not named and mutation.file.startswith("transports/"):
            named = {test for name in _PROGRAMS for test in self._by_name.get(name, ())}
        package = _mirror(mutation.file)
        named |= {test for test in self._by_name.get(stem, ()) if test.startswith(package)}
        if on_import and not named:
            named = {test for tests in self._by_name.values() for test in tests if test.startswith(package)}
        ordered = [*(DECLARATIONS if on_import else ())]
        cost = {test: _weight(test, mutation.file) * self._seconds.get(test, 1.0) for test in named}
        ordered += sorted(named, key=lambda test: (cost[test] * (1 if test in runs else _MAY_RUN), test))
        chosen: list[str] = []
        spent = 0.0
        for test in ordered:
            spent += self._seconds.get(test, 1.0)
            if chosen and spent > budget:
                break
            chosen.append(test)
        return chosen

    def longest(self, tests: Sequence[str]) -> float:
        """Seconds of the slowest of these tests."""
        return max((self._seconds.get(test, 1.0) for test in tests), default=1.0)


class _Saved(NamedTuple):
    """What the file of the map says, its lines where they are now, without tests that are gone."""

    lines: dict[str, dict[int, list[str]]]
    seconds: dict[str, float]
    test_files: dict[str, str]
    """The digest of each file of tests when it was measured."""

    @classmethod
    def load(cls, file: Path) -> _Saved:
        saved = json.loads(file.read_text())
        tests = [test if _is_there(test) else None for test in saved["tests"]]
        lines = {}
        for name, old in saved["sources"].items():
            if not (SOURCE / name).exists():
                continue
            by_line = {
                int(line): [test for number in numbers if (test := tests[number]) is not None]
                for line, numbers in saved["lines"].get(name, {}).items()
            }
            lines[name] = moved(by_line, old, (SOURCE / name).read_text())
        seconds = {test: time for test, time in saved["seconds"].items() if _is_there(test)}
        return cls(lines, seconds, saved["test_files"])

    def forget(self, test_files: set[str]) -> None:
        """Drop what is known of these files of tests."""
        for by_line in self.lines.values():
            for line, tests in by_line.items():
                by_line[line] = [test for test in tests if _file(test) not in test_files]
        for test in [test for test in self.seconds if _file(test) in test_files]:
            del self.seconds[test]
        for file in test_files:
            self.test_files.pop(file, None)

    def save(self, file: Path) -> None:
        """Tests by their number: most lines have hundreds."""
        numbers: dict[str, int] = {}
        lines = {
            name: {
                line: [numbers.setdefault(test, len(numbers)) for test in sorted(set(tests))]
                for line, tests in sorted(by_line.items())
            }
            for name, by_line in self.lines.items()
        }
        sources = {name: (SOURCE / name).read_text() for name in files()}
        file.parent.mkdir(exist_ok=True)
        content = {"sources": sources, "test_files": self.test_files, "seconds": self.seconds}
        file.write_text(json.dumps({**content, "tests": list(numbers), "lines": lines}))


def moved(by_line: Mapping[int, list[str]], old: str, new: str) -> dict[int, list[str]]:
    """The tests of the lines of `new`, from those of the lines of `old`.

    A line that was not there gets the tests of those that it replaces, or of the one before it.
    """
    if old == new:
        return dict(by_line)
    result: dict[int, list[str]] = {}
    matcher = SequenceMatcher(None, old.splitlines(), new.splitlines(), autojunk=False)
    for kind, first, end, new_first, new_end in matcher.get_opcodes():
        if kind == "equal":
            result |= {
                new_first + step + 1: by_line[first + step + 1]
                for step in range(end - first)
                if first + step + 1 in by_line
            }
            continue
        near = range(max(first - 1, 0), max(end, first + 1) + 1)
        tests = sorted({test for line in near for test in by_line.get(line + 1, ())})
        result |= {line + 1: tests for line in range(new_first, new_end)}
    return result


def measure(jobs: int, *, afresh: bool = False) -> None:
    """Run the default tests under coverage, and save which of them run which line.

    Only what is new or changed since the map was made is run, unless `afresh` is set. It is saved every few files: a
    run that was interrupted goes on where it was.
    """
    known = _Saved.load(MAP) if MAP.exists() and not afresh else _Saved({}, {}, {})
    digests = {file: sha256((ROOT / file).read_bytes()).hexdigest() for file in _files_of_tests()}
    todo = [file for file, digest in digests.items() if known.test_files.get(file) != digest]
    known.forget({*todo, *(known.test_files.keys() - digests.keys())})
    size = _FILES_AT_ONCE * jobs
    for first in range(0, len(todo), size):
        print(f"{len(todo) - first} of {len(digests)} files of tests to run", flush=True)
        some = todo[first : first + size]
        _add(known, some, jobs)
        known.test_files.update((file, digests[file]) for file in some)
        known.save(MAP)


def _add(known: _Saved, test_files: Sequence[str], jobs: int) -> None:
    with TemporaryDirectory(prefix="mutation-") as name:
        folder = Path(name)
        config = folder / "coveragerc"
        expected = {SOURCE / file for file in files()}
        omit = "\n    ".join(str(file) for file in sorted(SOURCE.rglob("*.py")) if file not in expected)
        config.write_text(_CONFIG.format(source=SOURCE, folder=folder, omit=omit))
        reports = [folder / f"{job}.xml" for job in range(min(jobs, len(test_files)))]
        runs = [_start(config, report, test_files[job::jobs]) for job, report in enumerate(reports)]
        for run in runs:
            run.wait()
        for case in chain.from_iterable(ET.parse(report).iter("testcase") for report in reports):
            test = junit_test_id(case)
            known.seconds[test] = known.seconds.get(test, 0.0) + float(case.get("time", 0))
        for file, by_line in _read(config, folder).items():
            for line, tests in by_line.items():
                known.lines.setdefault(file, {}).setdefault(line, []).extend(tests)


def _files_of_tests() -> list[str]:
    found = (path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "tests").rglob("test_*.py")))
    return [file for file in found if not file.removeprefix("tests/").startswith(LEFT_OUT)]


def _start(config: Path, report: Path, test_files: Sequence[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "coverage", "run", f"--rcfile={config}", "-m", "pytest", "-q", "--tb=line"]
    command += ["-p", "tests.mutation.contexts", "-p", "no:cacheprovider"]
    command += [f"--junit-xml={report}", "-o", "junit_family=xunit1", *MARKERS, *test_files]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "HYPOTHESIS_PROFILE": "map"})


def _read(config: Path, folder: Path) -> dict[str, dict[int, list[str]]]:
    from coverage import Coverage

    coverage = Coverage(data_file=str(folder / "data"), config_file=str(config))
    coverage.combine()
    data = coverage.get_data()
    lines: dict[str, dict[int, list[str]]] = {}
    for path in data.measured_files():
        file = Path(path)
        if file.is_relative_to(SOURCE):
            by_line = {line: list(tests) for line, tests in data.contexts_by_lineno(path).items()}
            lines[file.relative_to(SOURCE).as_posix()] = {line: tests for line, tests in by_line.items() if tests}
    return lines


def junit_test_id(case: ET.Element) -> str:
    """As pytest names it on its command line, without parameters."""
    file = case.get("file", "")
    in_file = case.get("classname", "").removeprefix(file.removesuffix(".py").replace("/", ".")).strip(".")
    name = case.get("name", "").partition("[")[0]
    return "::".join(filter(None, (file, in_file.replace(".", "::"), name)))


def _mirror(file: str) -> str:
    """How the names of tests begin that mirror the package of a file."""
    package, slash, _ = file.removeprefix("sansio_tl/").partition("/")
    return f"tests/{package}/" if slash else "tests/test_"


def _weight(test: str, file: str) -> float:
    """How much a second of the test costs: little if its file mirrors the changed one or is of its package."""
    package, path = _mirror(file), Path(file.removeprefix("sansio_tl/"))
    own = f"test_{path.stem.strip('_')}.py"
    folder = path.parent.as_posix().replace("transports/sansio_tl_transports", "transports").replace("/_shared", "")
    if _file(test) == (Path("tests") / folder / own).as_posix():
        return 1.0
    return 3.0 if test.startswith(package) or _file(test).endswith("/" + own) else 30.0


def _file(test: str) -> str:
    return test.partition("::")[0]


def _is_there(test: str) -> bool:
    """Whether the file of the test still has its name."""
    if test == IMPORT:
        return True
    file = ROOT / _file(test)
    return file.is_file() and test.rpartition("::")[2] in _text(file)


def _text(file: Path, _read: dict[Path, str] = {}) -> str:  # noqa: B006  # what has been read already
    if file not in _read:
        _read[file] = file.read_text() + " runTest"
    return _read[file]
