"""The results of a run of the suite: as JSON, as JUnit, and as lines of a terminal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from traceback import format_exception
from typing import Any
from xml.etree import ElementTree as ET

from sansio_tl import __version__
from sansio_tl.conformance.case import Case, CaseResult, CaseVerdict, Ending

_LAST_LINE = 200
"""Characters of a client's last line that are shown."""
_NAMED = 5
"""Cases that the last line names."""


@dataclass(slots=True)
class SuiteResults:
    """The outcomes for one peer."""

    peer: str
    outcomes: list[CaseResult] = field(default_factory=list)
    seconds: float = 0.0

    def add_bug(self, case: Case, bug: Exception) -> CaseResult:
        """The suite itself has failed in a case: the others go on."""
        reason = f"the suite failed, which is a bug in it: {type(bug).__name__}: {bug}"
        where = "".join(format_exception(bug))
        outcome = CaseResult(case, CaseVerdict.UNREACHABLE, reason, Ending.UNKNOWN, 0.0, output=where)
        self.outcomes.append(outcome)
        return outcome

    @property
    def counts(self) -> dict[str, int]:
        """How often there was each verdict."""
        counted = Counter(outcome.verdict for outcome in self.outcomes)
        return {verdict.value: counted[verdict] for verdict in CaseVerdict}

    @property
    def has_tested(self) -> bool:
        """Whether the peer could be judged in at least one case."""
        return any(outcome.verdict is not CaseVerdict.UNREACHABLE for outcome in self.outcomes)

    def is_good(self, *, strict: bool) -> bool:
        """Whether something was tested, and neither a case nor the suite failed; with `strict`, none is non-strict."""
        bad = {CaseVerdict.FAIL, CaseVerdict.NON_STRICT} if strict else {CaseVerdict.FAIL}
        return self.has_tested and not any(
            outcome.verdict in bad or outcome.ending is Ending.UNKNOWN for outcome in self.outcomes
        )


def to_json(results: SuiteResults) -> str:
    """The results as JSON, with the transcripts of the cases that did not pass."""
    data = {
        "suite": __version__,
        "peer": results.peer,
        "seconds": round(results.seconds, 1),
        "counts": results.counts,
        "cases": [_case(outcome) for outcome in results.outcomes],
    }
    return json.dumps(data, indent=1) + "\n"


def _case(outcome: CaseResult) -> dict[str, Any]:
    case = outcome.case
    found: dict[str, Any] = {
        "case": case.name,
        "check": case.check,
        "level": case.level.value,
        "verdict": outcome.verdict.value,
        "reason": outcome.reason,
        "ending": outcome.ending.value,
        "seconds": round(outcome.seconds, 2),
    }
    if outcome.verdict in {CaseVerdict.FAIL, CaseVerdict.NON_STRICT, CaseVerdict.UNREACHABLE}:
        found["transcript"] = [
            {
                "at": round(entry.at, 3),
                "connection": entry.connection,
                "sender": None if entry.sender is None else entry.sender.value,
                "note": entry.note,
                "packet": entry.packet.hex(),
                **({"plaintext": entry.plaintext.hex()} if entry.plaintext else {}),
            }
            for entry in outcome.transcript
        ]
        found["output"] = outcome.output
    return found


def to_junit(results: SuiteResults) -> str:
    """The results as JUnit XML: a failure for ``fail``, skipped for ``unreachable``."""
    counts = results.counts
    suite = ET.Element(
        "testsuite",
        name=_printable(f"MTProto conformance of {results.peer}"),
        tests=str(len(results.outcomes)),
        failures=str(counts["fail"]),
        skipped=str(counts["unreachable"]),
        time=f"{results.seconds:.1f}",
    )
    for outcome in results.outcomes:
        case = outcome.case
        element = ET.SubElement(suite, "testcase", classname=case.check, name=case.name, time=f"{outcome.seconds:.2f}")
        text = (
            f"{case.title} Expected: {case.expected} Found: {outcome.reason} ({outcome.ending.value}). {case.section}"
        )
        if outcome.verdict is CaseVerdict.FAIL:
            ET.SubElement(element, "failure", message=_printable(outcome.reason)).text = _printable(text)
        elif outcome.verdict is CaseVerdict.UNREACHABLE:
            ET.SubElement(element, "skipped", message=_printable(outcome.reason))
        elif outcome.verdict is not CaseVerdict.PASS:
            ET.SubElement(element, "system-out").text = _printable(f"{outcome.verdict.value}: {text}")
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def line_of(outcome: CaseResult) -> str:
    """One line for a terminal."""
    case, reason, ending = outcome.case, outcome.reason, outcome.ending.value
    if outcome.ending is Ending.EXITED:  # why: a correct client names the fault, another one its own error
        last = last_line(outcome.output)
        shown = (() if "exited with status" in reason else (ending,)) + ((last,) if last and last not in reason else ())
        ending = ": ".join(shown)
    end = f" [{ending}]" if ending and ending not in reason else ""
    return f"{outcome.verdict.value:<13} {case.check:<5} {case.name:<36} {reason}{end}"


def last_line(output: str) -> str:
    """The last line of a client's output, shortened; empty if there is none."""
    return next((line.strip() for line in reversed(output.split("\n")) if line.strip()), "")[:_LAST_LINE]


def summary(results: SuiteResults) -> str:
    """The last line."""
    counts = ", ".join(f"{count} {name}" for name, count in results.counts.items())
    cases = "1 case" if len(results.outcomes) == 1 else f"{len(results.outcomes)} cases"
    return f"{results.peer}: {cases} in {results.seconds:.0f} s: {counts}"


def conclusion(results: SuiteResults) -> str:
    """What the run has shown, in a sentence."""
    lenient = [each.case.name for each in results.outcomes if each.verdict is CaseVerdict.NON_STRICT]
    failed = [each.case.name for each in results.outcomes if each.verdict is CaseVerdict.FAIL]
    tested = sum(each.verdict is not CaseVerdict.UNREACHABLE for each in results.outcomes)
    if not tested:
        return f"Nothing is known about {results.peer}: no case could be tested."
    if failed:
        return f"{results.peer} violates the protocol in {len(failed)} of {tested} tested cases: {_named(failed)}."
    less = f"; in {len(lenient)} of them it is less strict than it should be: {_named(lenient)}" if lenient else ""
    return f"{results.peer} behaves as the protocol requires in all {tested} tested cases{less}."


def _named(cases: Sequence[str]) -> str:
    return ", ".join(cases[:_NAMED]) + (f" and {len(cases) - _NAMED} more" if len(cases) > _NAMED else "")


def in_order(outcomes: Sequence[CaseResult], names: Sequence[str]) -> list[CaseResult]:
    """The outcomes in the order of the cases."""
    place = {name: at for at, name in enumerate(names)}
    return sorted(outcomes, key=lambda outcome: place[outcome.case.name])
