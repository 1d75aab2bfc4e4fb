"""Proof that the suite is sharp: each check is removed from our engine, and the cases of that check must fail.

    python -m tests.conformance.sharpness --only HS     mutants of these checks; writes sharpness.json

The mutants are those of tests/removed_checks. A mutant that no case notices breaks a place that cannot be seen from
outside, or one that our client and server reach only in ways that the suite does not take; the table lists it as such.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
TABLE = Path(__file__).with_name("sharpness.json")
_TOO_LONG = 300.0
_CASE_TOO_LONG = 10.0
"""Seconds of processor time for one case; without a mutant none takes a second."""


def failing_cases(check: str) -> list[str]:
    """The cases of a check that our client or server violates, in this process."""
    from sansio_tl.conformance.case import Finding
    from sansio_tl.conformance.client_cases import CLIENT_CASES
    from sansio_tl.conformance.server_cases import SERVER_CASES
    from tests.conformance.in_memory import run_server_case
    from tests.conformance.in_memory_client import run_client_case

    wrong = {Finding.VIOLATED, Finding.STALLED}
    runs = [
        (case.name, partial(run_client_case, case, full=check == "TR5")) for case in CLIENT_CASES if case.check == check
    ]
    runs += [(case.name, partial(run_server_case, case)) for case in SERVER_CASES if case.check == check]
    found = []
    signal.signal(signal.SIGVTALRM, _end_case)
    for name, run in runs:
        signal.setitimer(signal.ITIMER_VIRTUAL, _CASE_TOO_LONG)
        try:
            is_wrong = run()[1].finding in wrong
        except _HungError:
            is_wrong = True  # a peer that computes for ever
        except Exception as error:  # noqa: BLE001
            is_wrong = _raised_by_peer(error)  # a peer that crashes; the suite has the same code, and may crash, too
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        if is_wrong:
            found.append(name)
    return found


def _raised_by_peer(error: BaseException) -> bool:
    """Whether an exception comes from the engine under test, not from the suite."""
    frames = traceback.extract_tb(error.__traceback__)
    return not any("sansio_tl/conformance/" in Path(frame.filename).as_posix() for frame in frames)


class _HungError(BaseException):
    """A case has computed for too long."""


def _end_case(number: int, frame: object) -> None:
    raise _HungError


def _link(source: str, target: str) -> str:
    """A file of a copy: a link to the same bytes where that is possible."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target


@cache
def _texts() -> dict[Path, str]:
    """The modules, read once: the places of mutants in them are found once, too."""
    from tests.removed_checks.table import written_by_hand

    return written_by_hand()


def _with_mutant(name: str, check: str) -> list[str] | None:
    """The cases that fail with a mutant; None if the run did not end."""
    from tests.removed_checks.table import MUTANTS, SOURCE

    mutant = next(mutant for mutant in MUTANTS if str(mutant) == name)
    with TemporaryDirectory(prefix="sharpness-") as folder:
        copy = Path(folder) / SOURCE.name
        shutil.copytree(SOURCE, copy, copy_function=_link)  # with its bytecode, which stays valid for the rest
        for path, text in mutant.apply(_texts()).items():
            changed = copy / path.relative_to(SOURCE)
            changed.unlink()
            changed.write_text(text)
        environment = {**os.environ, "PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "tests.conformance.sharpness", "--check", check]
        try:
            done = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=_TOO_LONG, check=False
            )
        except subprocess.TimeoutExpired:
            return None
    if done.returncode:
        print(done.stderr[-1500:], file=sys.stderr)
        return None
    found: list[str] = json.loads(done.stdout)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the mutants, and write the table."""
    from sansio_tl.conformance.client_cases import CLIENT_CASES
    from sansio_tl.conformance.server_cases import SERVER_CASES
    from tests.removed_checks.table import MUTANTS

    parser = argparse.ArgumentParser(prog="python -m tests.conformance.sharpness")
    parser.add_argument("--only", default="", help="only checks whose id begins so")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--missing", action="store_true", help="only mutants that are not in the table")
    parser.add_argument("--check", help="print the cases of this check that fail as it is")
    options = parser.parse_args(arguments)
    if options.check:
        print(json.dumps(failing_cases(options.check)))
        return 0
    checks = {case.check for case in (*CLIENT_CASES, *SERVER_CASES)}
    chosen = [mutant for mutant in MUTANTS if mutant.check in checks and mutant.check.startswith(options.only)]
    table: dict[str, list[str]] = json.loads(TABLE.read_text()) if TABLE.exists() else {}
    if options.missing:
        chosen = [mutant for mutant in chosen if str(mutant) not in table]
    with ThreadPoolExecutor(options.jobs) as pool:
        results = pool.map(lambda mutant: _with_mutant(str(mutant), mutant.check), chosen)
        for mutant, cases in zip(chosen, results, strict=True):
            print(f"{mutant}: {'did not end' if cases is None else ', '.join(cases) or 'NOT NOTICED'}", flush=True)
            if cases is not None:
                table[str(mutant)] = cases
                _write(table, [str(each) for each in MUTANTS])
    return 0


def _write(table: dict[str, list[str]], order: Sequence[str]) -> None:
    """Write the table, in the order of the mutants."""
    known = {name: table[name] for name in order if name in table}
    TABLE.write_text(json.dumps(known, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
