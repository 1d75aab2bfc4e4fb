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
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
TABLE = Path(__file__).with_name("sharpness.json")
_TOO_LONG = 300.0


def failing_cases(check: str) -> list[str]:
    """The cases of a check that our client or server violates, in this process."""
    from sansio_tl.conformance.case import Finding
    from sansio_tl.conformance.client_cases import CLIENT_CASES
    from sansio_tl.conformance.server_cases import SERVER_CASES
    from tests.conformance.in_memory import run_server_case
    from tests.conformance.in_memory_client import run_client_case

    wrong = {Finding.VIOLATED, Finding.STALLED}
    clients = [case for case in CLIENT_CASES if case.check == check]
    servers = [case for case in SERVER_CASES if case.check == check]
    found = [case.name for case in clients if run_client_case(case, full=check == "TR5")[1].finding in wrong]
    found += [case.name for case in servers if run_server_case(case)[1].finding in wrong]
    return found


def _with_mutant(name: str, check: str) -> list[str] | None:
    """The cases that fail with a mutant; None if the run did not end."""
    from tests.removed_checks.table import MUTANTS, SOURCE, written_by_hand

    mutant = next(mutant for mutant in MUTANTS if str(mutant) == name)
    with TemporaryDirectory(prefix="sharpness-") as folder:
        copy = Path(folder) / SOURCE.name
        shutil.copytree(SOURCE, copy)  # with its bytecode, which stays valid for what does not change
        for path, text in mutant.apply(written_by_hand(copy)).items():
            path.write_text(text)
        environment = {**os.environ, "PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "tests.conformance.sharpness", "--check", check]
        try:
            done = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=_TOO_LONG, check=False
            )
        except subprocess.TimeoutExpired:
            return None
    if done.returncode:
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
