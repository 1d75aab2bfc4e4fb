"""Every case for servers, with our own server, in memory."""

from __future__ import annotations

import pytest

from sansio_tl.conformance.case import Case, CaseVerdict, Finding, Level
from sansio_tl.conformance.server_cases import SERVER_CASES
from tests.conformance.in_memory import run_server_case, run_server_control

CONTROLS = {case.control: case for case in SERVER_CASES if case.control is not None}


@pytest.mark.parametrize("case", SERVER_CASES, ids=lambda case: case.name)
def test_own_server_passes(case: Case) -> None:
    verdict, judgement = run_server_case(case)
    expected = CaseVerdict.INFORMATIONAL if case.level is Level.MAY else CaseVerdict.PASS
    assert verdict is expected, judgement.reason
    assert run_server_case(case) == (verdict, judgement), "another run gives another verdict"


@pytest.mark.parametrize("case", CONTROLS.values(), ids=lambda case: f"control-of-{case.name}")
def test_own_server_passes_the_controls(case: Case) -> None:
    judgement = run_server_control(case)
    assert judgement.finding is Finding.CORRECT, judgement.reason
