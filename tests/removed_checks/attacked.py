"""Proof that the simulation finds attacks: each countermeasure is removed in turn, and a seed must detect it.

    python -m tests.removed_checks.attacked                 each at the seed that is written down; a minute or two
    python -m tests.removed_checks.attacked --search        find the first seed that shows each, and write it down
    python -m tests.removed_checks.attacked --only 'MS3'    those whose name begins so

Which mutants these are stands in `attacked.json`: what an attacker had achieved, and by which mutants of the table
(`removed/*.diff`) the code is opened for it again. A search goes through the simulations 1 to 2,000 with all faults, as
`make simulate` does. Ends with status 1 when a mutant is not noticed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.removed_checks.table import MUTANTS, SOURCE, Mutant, written_by_hand

KNOWN = Path(__file__).with_name("attacked.json")
SEEDS = 2000
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.egg-info")
_PROGRAM = """
import sys
from sansio_tl.simulation import Faults, Violation, simulate
first, last = map(int, sys.argv[1:])
for seed in range(first, last + 1):
    try:
        simulate(seed, Faults.ALL)
    except Violation as violation:
        print(seed, violation.invariant, sep="\\n")
        break
"""


class Attack(NamedTuple):
    """What an attacker can do when some mutants are there."""

    what: str
    """A description."""
    mutants: tuple[str, ...]
    """As the table names them: the check, and what has gone."""
    seed: int | None = None
    """A seed that detects it."""
    invariant: str | None = None
    """Which one does not hold there."""


class Finding(NamedTuple):
    """What the simulation says."""

    attack: Attack
    seed: int | None
    invariant: str | None
    seconds: float


def attacks() -> list[Attack]:
    """Those of the file."""
    return [Attack(**{**known, "mutants": tuple(known["mutants"])}) for known in json.loads(KNOWN.read_text())]


def write(known: Sequence[Attack]) -> None:
    """Write the file."""
    KNOWN.write_text(json.dumps([attack._asdict() for attack in known], indent=1) + "\n")


def mutants_of(attack: Attack) -> list[Mutant]:
    """Its mutants. Raises ValueError for one that is not in the table."""
    named = {f"{mutant.check}: {mutant.without}": mutant for mutant in MUTANTS}
    if missing := [name for name in attack.mutants if name not in named]:
        raise ValueError(f"{attack.what}: no mutant is called {missing[0]!r}")
    return [named[name] for name in attack.mutants]


def opening(attack: Attack, texts: Mapping[Path, str]) -> dict[Path, str]:
    """Those of the files that change, as they become with all its mutants."""
    changed: dict[Path, str] = {}
    for mutant in mutants_of(attack):
        changed |= mutant.apply({**texts, **changed})
    return changed


@contextmanager
def opened(attack: Attack) -> Iterator[Path]:
    """A copy of the source in which the attack is possible again."""
    with TemporaryDirectory(prefix="attacked-") as folder:
        copy = Path(folder) / SOURCE.name
        shutil.copytree(SOURCE, copy, ignore=_LEFT_OUT)
        for path, text in opening(attack, written_by_hand(copy)).items():
            path.write_text(text)
        yield Path(folder)


def noticed(source: Path, first: int, last: int) -> tuple[int, str] | None:
    """The first of these simulations in which an invariant does not hold, and which one."""
    environment = {**os.environ, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", _PROGRAM, str(first), str(last)]
    outcome = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    seed, _, invariant = outcome.stdout.strip().partition("\n")
    return (int(seed), invariant) if seed else None


def judge(attack: Attack, *, search: bool) -> Finding:
    """Open the code for an attack, and look whether the simulation notices."""
    started = time.monotonic()
    with opened(attack) as source:
        found = None if attack.seed is None else noticed(source, attack.seed, attack.seed)
        if search:
            found = noticed(source, 1, SEEDS)
    seed, invariant = found or (None, None)
    return Finding(attack, seed, invariant, time.monotonic() - started)


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge them, print the table, and with --search write it down."""
    parser = argparse.ArgumentParser(prog="python -m tests.removed_checks.attacked", description=__doc__.split("\n")[0])
    parser.add_argument("--search", action="store_true", help="look for the first seed, and write it down")
    parser.add_argument("--only", default="", metavar="NAME", help="only attacks or mutants whose name begins so")
    parser.add_argument("--jobs", type=int, default=1, help="how many at one time (default: 1)")
    options = parser.parse_args(arguments)
    known = attacks()
    chosen = [
        attack for attack in known if any(name.startswith(options.only) for name in (attack.what, *attack.mutants))
    ]
    found: dict[str, Finding] = {}
    with ThreadPoolExecutor(options.jobs) as pool:
        for finding in pool.map(lambda attack: judge(attack, search=options.search), chosen):
            found[finding.attack.what] = finding
            seed = "NOT FOUND" if finding.seed is None else f"seed {finding.seed}"
            print(f"{seed:>10}  {finding.attack.what}: {finding.invariant or ''}  {finding.seconds:.0f} s", flush=True)
    if options.search:
        write([_updated(attack, found.get(attack.what)) for attack in known])
    missed = [finding for finding in found.values() if finding.seed is None]
    print(f"{len(found) - len(missed)} of {len(found)} noticed")
    return 1 if missed else 0


def _updated(attack: Attack, finding: Finding | None) -> Attack:
    return attack if finding is None else attack._replace(seed=finding.seed, invariant=finding.invariant)


if __name__ == "__main__":
    sys.exit(main())
