"""docs/conformance/matrix.json belongs to the present cases and peers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sansio_tl.conformance.case import Case, CaseVerdict
from sansio_tl.conformance.client_cases import CLIENT_CASES
from sansio_tl.conformance.server_cases import SERVER_CASES
from tests.conformance import __main__ as conformance

ALL = {case.name: case for case in (*CLIENT_CASES, *SERVER_CASES)}
MATRIX: dict[str, Any] = json.loads(conformance.MATRIX.read_text(encoding="utf-8"))


def result(name: str, verdict: CaseVerdict) -> dict[str, str]:
    return {"case": name, "verdict": verdict.value, "ending": "completed its program", "reason": "a reason"}


def results(*cases: dict[str, str], peer: str = "A client") -> dict[str, Any]:
    return {"peer": peer, "cases": list(cases)}


def test_matrix_has_the_present_cases() -> None:
    assert list(MATRIX["cases"]) == list(ALL), "make conformance; without a peer: ARGS=sansio-tl-sync"


@pytest.mark.parametrize("case", ALL.values(), ids=lambda case: case.name)
def test_matrix_describes_the_case_as_it_is(case: Case) -> None:
    assert MATRIX["cases"][case.name] == conformance.description(case)


@pytest.mark.parametrize("name", MATRIX["peers"])
def test_results_of_a_peer_are_for_present_cases(name: str) -> None:
    peer = MATRIX["peers"][name]
    titles = {peer.name: peer.title for peer in conformance.CLIENTS} | conformance.SERVERS
    assert peer["title"] == titles[name], "another version: make conformance ARGS=NAME"
    role = (SERVER_CASES if name in conformance.SERVERS else CLIENT_CASES)[0].role
    assert {ALL[case].role for case in peer["cases"]} == {role}
    assert peer["counts"] == conformance.counts_of(peer["cases"])


def test_quick_form_names_cases_of_both_sides() -> None:
    clients, servers = (conformance.matching(cases, conformance.QUICK_CASES) for cases in (CLIENT_CASES, SERVER_CASES))
    assert {*clients, *servers} == set(conformance.QUICK_CASES)
    assert clients
    assert servers


def test_cases_that_were_not_run_keep_their_results() -> None:
    first, second = list(ALL)[:2]
    before = conformance.matrix_of(
        {"tdlib": results(result(first, CaseVerdict.PASS), result(second, CaseVerdict.PASS))}, {}
    )
    after = conformance.matrix_of({"tdlib": results(result(second, CaseVerdict.FAIL))}, before)
    peer = after["peers"]["tdlib"]
    assert {name: case["verdict"] for name, case in peer["cases"].items()} == {first: "pass", second: "fail"}
    assert (peer["counts"]["pass"], peer["counts"]["fail"]) == (1, 1)


def test_difference_from_the_matrix_is_found() -> None:
    first, second = list(ALL)[:2]
    matrix = conformance.matrix_of({"tdlib": results(result(first, CaseVerdict.FAIL))}, {})
    assert conformance.differences({"tdlib": results(result(first, CaseVerdict.FAIL))}, matrix) == []
    found = conformance.differences(
        {"tdlib": results(result(first, CaseVerdict.PASS), result(second, CaseVerdict.NON_STRICT))}, matrix
    )
    assert found == [
        f"tdlib: {first} is pass, not fail: a reason",
        f"tdlib: {second} is non-strict, not pass: a reason",
    ]


def test_comparison_writes_nothing_and_its_status_says_whether_verdicts_differ(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = next(case.name for case in CLIENT_CASES)
    matrix = tmp_path / "matrix.json"
    monkeypatch.setattr(conformance, "MATRIX", matrix)
    matrix.write_text(json.dumps(conformance.matrix_of({"telethon": results(result(first, CaseVerdict.FAIL))}, {})))
    before = matrix.read_bytes()
    verdicts = iter((CaseVerdict.FAIL, CaseVerdict.PASS))
    monkeypatch.setattr(conformance, "run_client", lambda *_: results(result(first, next(verdicts))))
    assert conformance.main(["--compare", "telethon"]) == 0
    assert capsys.readouterr().out == "the verdicts are those of the matrix\n"
    assert conformance.main(["--compare", "telethon"]) == 1
    assert f"telethon: {first} is pass, not fail" in capsys.readouterr().out
    assert matrix.read_bytes() == before
