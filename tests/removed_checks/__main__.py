"""`python -m tests.removed_checks [id or family ...]`: see the package. Ends with status 1 when a mutant lives."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence

from tests.removed_checks.run import Fate, judge, without_mutation
from tests.removed_checks.table import MUTANTS, Mutant, StaleError, written_by_hand


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge the mutants that were asked for; the status of the process."""
    parser = argparse.ArgumentParser(prog="python -m tests.removed_checks", description=__doc__)
    parser.add_argument("checks", nargs="*", metavar="ID", help="a check (HS1) or a family (HS); all of them if none")
    chosen = choose(parser.parse_args(arguments).checks)
    if not chosen:
        print("no mutant has such an id", file=sys.stderr)
        return 2
    if stale := [*_stale(chosen)]:
        print("the table no longer fits the source:", *stale, sep="\n", file=sys.stderr)
        return 1
    checks = list(dict.fromkeys(mutant.check for mutant in chosen))
    print(f"{len(chosen)} mutants of {len(checks)} checks; first the tests with nothing removed", flush=True)
    wrong = without_mutation(checks)
    if wrong is not None:
        print(wrong, file=sys.stderr)
        return 1
    return report(chosen)


def choose(asked: Sequence[str]) -> list[Mutant]:
    """The mutants of these checks and families."""
    return [
        mutant for mutant in MUTANTS if not asked or mutant.check in asked or mutant.check.rstrip("0123456789") in asked
    ]


def _stale(mutants: Sequence[Mutant]) -> Iterator[str]:
    source = written_by_hand()
    for mutant in mutants:
        try:
            mutant.apply(source)
        except StaleError as stale:
            yield f"{mutant}\n  {stale}"


def report(chosen: Sequence[Mutant]) -> int:
    """Print what becomes of each, and of all."""
    fates: Counter[Fate] = Counter()
    alive = []
    for number, verdict in enumerate(judge(chosen), 1):
        fates[verdict.fate] += 1
        line = f"{number:4}/{len(chosen)}  {verdict.fate.value:8}  {verdict.mutant}  {verdict.seconds:.1f} s"
        print(line, flush=True)
        if verdict.fate is Fate.KILLED:
            print(f"{'':12}by {verdict.shown_by}", flush=True)
        else:
            alive.append(verdict)
            print(f"{'':12}{verdict.shown_by}", flush=True)
    print(f"{fates[Fate.KILLED]} of {len(chosen)} killed")
    for verdict in alive:
        print(f"{verdict.fate.value}: {verdict.mutant}")
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main())
