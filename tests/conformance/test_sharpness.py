"""The table of mutants and the cases that fail with them, tests/conformance/sharpness.json."""

from __future__ import annotations

import json

import pytest

from tests.conformance.sharpness import CASES, CONTROL, OWN_MUTANTS, TABLE, Judge, failed, runs, unchanged_suite
from tests.conformance.sharpness_notes import NO_CASE, TOGETHER, UNNOTICED_CASES, UNNOTICED_MUTANTS
from tests.removed_checks.table import MUTANTS

SHARPNESS: dict[str, list[str]] = json.loads(TABLE.read_text())
CHECKS_WITH_CASES = {case.check for case in CASES.values()}


def listed(reasons: dict[str, str]) -> list[str]:
    """The names under all reasons, one a line."""
    return [line.strip() for names in reasons.values() for line in names.strip().splitlines()]


def listed_words(reasons: dict[str, str]) -> list[str]:
    """The names under all reasons, separated by spaces."""
    return [name for names in reasons.values() for name in names.split()]


def test_every_mutant_was_run_and_every_case_of_the_table_exists() -> None:
    missing = "python -m tests.conformance.sharpness --missing"
    assert set(SHARPNESS) == {run.name for run in runs()}, missing
    assert {case for cases in SHARPNESS.values() for case in cases} <= {*CASES, CONTROL}, missing


def test_every_removed_check_is_noticed_or_listed_with_a_reason() -> None:
    unnoticed = [str(mutant) for mutant in MUTANTS if SHARPNESS.get(str(mutant)) == []]
    assert sorted(listed(UNNOTICED_MUTANTS)) == sorted(unnoticed)


def test_every_check_has_a_case_or_is_listed_with_a_reason() -> None:
    assert sorted(listed_words(NO_CASE)) == sorted({mutant.check for mutant in MUTANTS} - CHECKS_WITH_CASES)


def test_every_case_fails_with_a_mutant_or_is_listed_with_a_reason() -> None:
    failing = {case for cases in SHARPNESS.values() for case in cases} - {CONTROL}
    assert sorted(listed_words(UNNOTICED_CASES)) == sorted(set(CASES) - failing)


def test_what_exists_only_for_the_suite_fails_a_case() -> None:
    together = [" + ".join(names) for names in TOGETHER]
    assert [name for name in (*map(str, OWN_MUTANTS), *together) if not {*SHARPNESS[name]} - {CONTROL}] == []


@pytest.mark.interpreted
@pytest.mark.long
def test_only_the_engine_under_test_is_mutated() -> None:
    name = "HS16: the XOR (first_salt)"
    with unchanged_suite() as suite:
        judge = Judge(suite)
        usual = judge.findings(())
        found = judge.findings([mutant for mutant in MUTANTS if str(mutant) == name])
        judge.close()
    assert list(usual) == list(found) == list(CASES)
    assert failed(usual, usual) == []
    assert failed(found, usual) == SHARPNESS[name]
    assert "first-salt" in SHARPNESS[name]
