from __future__ import annotations

from collections import Counter

import pytest

import check_index
from sansio_tl.conformance.case import Case, CaseVerdict, Finding, Level
from sansio_tl.conformance.client_cases import CLIENT_CASES
from sansio_tl.conformance.server_cases import SERVER_CASES
from sansio_tl.role import Role

ALL = (*CLIENT_CASES, *SERVER_CASES)
CHECKS = {check for family in check_index.families() for check in family.checks}


def test_names_are_unique() -> None:
    assert [name for name, count in Counter(case.name for case in ALL).items() if count > 1] == []


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_case_names_a_known_check_and_a_page_of_the_protocol(case: Case) -> None:
    assert case.check in CHECKS
    assert case.section.startswith("https://core.telegram.org/")
    assert case.tags
    for text in (case.title, case.expected, case.risk):
        assert text.endswith(".")


def test_each_side_has_cases() -> None:
    assert {case.role for case in CLIENT_CASES} == {Role.CLIENT}
    assert {case.role for case in SERVER_CASES} == {Role.SERVER}


@pytest.mark.parametrize(
    ("level", "finding", "verdict"),
    [
        (Level.MUST, Finding.CORRECT, CaseVerdict.PASS),
        (Level.MUST, Finding.VIOLATED, CaseVerdict.FAIL),
        (Level.MUST, Finding.STALLED, CaseVerdict.NON_STRICT),
        (Level.SHOULD, Finding.VIOLATED, CaseVerdict.NON_STRICT),
        (Level.MAY, Finding.VIOLATED, CaseVerdict.INFORMATIONAL),
        (Level.MAY, Finding.NOT_REACHED, CaseVerdict.UNREACHABLE),
        (Level.MUST, Finding.NOT_REACHED, CaseVerdict.UNREACHABLE),
    ],
)
def test_verdict_depends_on_the_level(level: Level, finding: Finding, verdict: CaseVerdict) -> None:
    case = next(case for case in ALL if case.level is level)
    assert case.verdict(finding) is verdict
