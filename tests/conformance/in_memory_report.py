"""Results of our client for a report, made in memory."""

from __future__ import annotations

from collections.abc import Iterable

from sansio_tl.conformance.behavior import Observed
from sansio_tl.conformance.case import Case, CaseResult
from sansio_tl.conformance.faulty_server import ServerBehavior
from sansio_tl_transports.conformance.results import SuiteResults
from tests.conformance.in_memory_client import MemoryRun, secret_for


def results_of(cases: Iterable[Case]) -> SuiteResults:
    """The results of these cases for clients. Those that only observe share a run, as in the runner."""
    results = SuiteResults("sansio_tl, in memory")
    observed: MemoryRun | None = None
    for case in cases:
        behavior = case.make()
        assert isinstance(behavior, ServerBehavior)
        if isinstance(behavior, Observed):
            if observed is None:
                observed = MemoryRun(ServerBehavior(), "observed")
                observed.judge()
            run, judgement = observed.run, behavior.on_end(observed.run)
        else:
            made = MemoryRun(behavior, case.name, full=case.check == "TR5", secret=secret_for(case))
            run, judgement = made.run, made.judge()
        verdict, transcript = case.verdict(judgement.finding), tuple(run.transcript)
        results.outcomes.append(CaseResult(case, verdict, judgement.reason, run.ending, 0.1, transcript))
    return results
