"""The table of mutants and the cases that fail with them, tests/conformance/sharpness.json."""

from __future__ import annotations

import json

from sansio_tl.conformance.client_cases import CLIENT_CASES
from sansio_tl.conformance.server_cases import SERVER_CASES
from tests.conformance.sharpness import TABLE
from tests.conformance.sharpness_notes import UNNOTICED
from tests.removed_checks.table import MUTANTS

CASES = {case.name: case for case in (*CLIENT_CASES, *SERVER_CASES)}
OBSERVABLE = {str(mutant): mutant for mutant in MUTANTS if mutant.check in {case.check for case in CASES.values()}}
SHARPNESS: dict[str, list[str]] = json.loads(TABLE.read_text())
LISTED = [name for names in UNNOTICED.values() for name in names.split()]


def test_mutants_and_cases_of_the_table_exist() -> None:
    assert set(SHARPNESS) <= set(OBSERVABLE)
    for mutant, cases in SHARPNESS.items():
        for case in cases:
            assert CASES[case].check == OBSERVABLE[mutant].check


def test_every_mutant_of_an_observable_check_is_in_the_table() -> None:
    assert set(OBSERVABLE) <= set(SHARPNESS), "python -m tests.conformance.sharpness --missing"


def test_every_case_fails_with_a_mutant_or_is_listed_with_a_reason() -> None:
    failing = {case for cases in SHARPNESS.values() for case in cases}
    assert len(LISTED) == len(set(LISTED))
    assert set(CASES) - failing == set(LISTED)
