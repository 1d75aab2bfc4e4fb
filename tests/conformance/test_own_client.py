"""Every case for clients, with our own client, in memory."""

from __future__ import annotations

from itertools import pairwise

import pytest

from sansio_tl.conformance.case import Case, CaseVerdict, Finding, Level
from sansio_tl.conformance.client_cases import CLIENT_CASES
from tests.conformance.in_memory_client import run_client_case, run_control
from tests.conformance.in_memory_report import results_of

SEGMENT = 65_000
"""Bytes that a client's system gives it at once, over the loopback interface."""
CONTROLS = {case.control: case for case in CLIENT_CASES if case.control is not None}


@pytest.mark.parametrize("case", CLIENT_CASES, ids=lambda case: case.name)
def test_own_client_passes(case: Case) -> None:
    full = case.check == "TR5"
    verdict, judgement = run_client_case(case, full=full)
    expected = CaseVerdict.INFORMATIONAL if case.level is Level.MAY else CaseVerdict.PASS
    assert verdict is expected, judgement.reason
    assert run_client_case(case, full=full) == (verdict, judgement), "another run gives another verdict"


@pytest.mark.parametrize("case", [each for each in CLIENT_CASES if "codec" in each.tags], ids=lambda case: case.name)
def test_messages_fit_a_segment(case: Case) -> None:
    """A client that takes what has arrived for a whole packet fails the cases about that, and no others."""
    (outcome,) = results_of([case]).outcomes
    assert max(len(entry.packet) for entry in outcome.transcript) < SEGMENT


def test_client_can_use_each_answer_before_the_next_comes() -> None:
    """A client that processes packets at the same time may use either of two that come together."""
    (outcome,) = results_of(case for case in CLIENT_CASES if case.name == "message-id-repeated").outcomes
    sent = [entry for entry in outcome.transcript if "fault" in entry.note or entry.note == "the true answer"]
    times = [entry.at for entry in sent]
    assert len(times) == 4
    assert all(0.4 <= later - earlier < 0.5 for earlier, later in pairwise(times))


@pytest.mark.parametrize("case", CONTROLS.values(), ids=lambda case: f"control-of-{case.name}")
def test_own_client_passes_the_controls(case: Case) -> None:
    judgement = run_control(case)
    assert judgement.finding is Finding.CORRECT, judgement.reason
