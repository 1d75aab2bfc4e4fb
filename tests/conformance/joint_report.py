"""One HTML report of all peers, from the JSON reports of each in a folder (python -m tests.conformance --reports)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sansio_tl.conformance.case import Case, CaseResult, CaseVerdict, Ending, TranscriptEntry
from sansio_tl.conformance.client_cases import CLIENT_CASES
from sansio_tl.conformance.server_cases import SERVER_CASES
from sansio_tl.role import Role
from sansio_tl_transports.conformance.html_report import to_html
from sansio_tl_transports.conformance.results import SuiteResults

_CASES = {case.name: case for case in (*CLIENT_CASES, *SERVER_CASES)}


def results_of(report: dict[str, Any]) -> SuiteResults:
    """The results in a JSON report, for the cases that there are now; it has the packets of those that did not pass."""
    outcomes = [_outcome(_CASES[found["case"]], found) for found in report["cases"] if found["case"] in _CASES]
    return SuiteResults(report["peer"], outcomes, report["seconds"])


def _outcome(case: Case, found: dict[str, Any]) -> CaseResult:
    return CaseResult(
        case,
        CaseVerdict(found["verdict"]),
        found["reason"],
        Ending(found["ending"]),
        found["seconds"],
        tuple(map(_entry, found.get("transcript", ()))),
        found.get("output", ""),
    )


def _entry(found: dict[str, Any]) -> TranscriptEntry:
    return TranscriptEntry(
        found["at"],
        found["connection"],
        None if found["sender"] is None else Role(found["sender"]),
        found["note"],
        bytes.fromhex(found["packet"]),
        bytes.fromhex(found.get("plaintext", "")),
    )


def joint_report(folder: Path, peers: tuple[str, ...]) -> str:
    """The HTML report of the peers that have a JSON report in the folder, and in its `proxied` for fake TLS."""
    joint = []
    for name in peers:
        files = [file for file in (folder / f"{name}.json", folder / "proxied" / f"{name}.json") if file.is_file()]
        runs = [results_of(json.loads(file.read_text(encoding="utf-8"))) for file in files]
        if runs:
            outcomes = [outcome for run in runs for outcome in run.outcomes]
            joint.append(SuiteResults(runs[0].peer, outcomes, sum(run.seconds for run in runs)))
    return to_html(*joint)
