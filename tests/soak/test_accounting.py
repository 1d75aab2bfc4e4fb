"""The accounting of the soak detects lost, doubled and repeated calls, and growing memory."""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import Any

import msgspec
import pytest

from tests.soak.__main__ import main, quantile, report
from tests.soak.accounting import Account, Executions
from tests.soak.calls import MOST_CALLS, MOST_CLIENTS, answer, number_in, number_of, parts_of, question
from tests.soak.memory import MEGABYTE, flatness, usage_of
from tests.soak.messages import Ending, Tally
from tests.soak.results import Results, Series, checks_of
from tests.soak.soak_clients import bucket_of, seconds_of


def entry(number: int, *, error: str | None = None, method: str = "users.getUsers") -> str:
    return json.dumps({"at": 1.0, "method": method, "query": repr(question(number, 3)), "error": error}) + "\n"


def compared(record: str, *made: int, troubles: tuple[tuple[int, str, str], ...] = ()) -> Account:
    """What one process with so many calls of each client comes to."""
    executions = Executions()
    for start in range(0, len(record), 100):  # as it is read while it grows
        executions.read(record[start : start + 100].encode())
    return executions.compare({1: Ending(list(made), list(troubles))})


def a_call(client: int, sequence: int) -> int:
    return number_of(1, client, sequence)


EVERYTHING = "".join(entry(a_call(client, sequence)) for client in range(2) for sequence in range(3))


# --- calls ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("parts", [(1, 0, 0), (3, MOST_CLIENTS - 1, MOST_CALLS - 1), (2, 199, 900)])
def test_call_number_is_found_in_question_and_answer(parts: tuple[int, int, int]) -> None:
    number = number_of(*parts)
    assert parts_of(number) == parts
    for size in (1, 50):
        assert number_in(repr(question(number, size))) == number
        assert len(answer(question(number, size))) == size


def test_answers_of_different_calls_differ() -> None:
    assert answer(question(a_call(0, 1), 2)) != answer(question(a_call(0, 2), 2))


# --- executions -------------------------------------------------------------------------------------------------------


def test_every_call_executed_and_answered_once_gives_no_error() -> None:
    assert compared(EVERYTHING, 3, 3) == Account(6, 6, 0, 0, 0)


def test_call_executed_twice_is_counted() -> None:
    assert compared(EVERYTHING + entry(a_call(1, 1)), 3, 3).executed_twice == 1


def test_execution_without_a_request_is_counted() -> None:
    for other in (a_call(1, 3), a_call(7, 0), number_of(9, 0, 0)):
        assert compared(EVERYTHING + entry(other), 3, 3).executed_unrequested == 1


def test_answer_without_an_execution_is_counted_unless_the_outcome_is_unknown() -> None:
    missing = EVERYTHING.replace(entry(a_call(0, 1)), "")
    assert compared(missing, 3, 3).answered_unexecuted == 1
    assert compared(missing, 3, 3, troubles=((a_call(0, 1), "unknown", "gone"),)).answered_unexecuted == 0


def test_errors_and_other_methods_do_not_count_as_executions() -> None:
    record = EVERYTHING + entry(a_call(0, 0), error="400 PEER_ID_INVALID") + entry(1, method="help.getConfig")
    assert compared(record, 3, 3) == Account(6, 6, 0, 0, 0)


# --- memory -----------------------------------------------------------------------------------------------------------


def test_constant_memory_after_a_warm_up_is_flat() -> None:
    warming_up = [20 * MEGABYTE + step * MEGABYTE for step in range(40)]
    assert flatness(warming_up + [60 * MEGABYTE] * 120, relative=0.03, absolute=0).flat


def test_growing_memory_is_not_flat() -> None:
    growing = [100 * MEGABYTE + step * MEGABYTE // 8 for step in range(160)]  # 20 MB in all, of which half counts
    assert not flatness(growing, relative=0.03, absolute=2 * MEGABYTE).flat
    assert flatness(growing, relative=0.10, absolute=2 * MEGABYTE).flat


def test_single_outlier_sample_is_ignored() -> None:
    samples = [50 * MEGABYTE] * 40
    samples[-3] = 500 * MEGABYTE
    assert flatness(samples, relative=0.0, absolute=0).flat


def test_usage_of_reports_memory_files_and_threads_of_a_process() -> None:
    before = usage_of(os.getpid())
    ballast = bytearray(b"x" * (64 << 20))
    with open(os.devnull, "rb"):  # noqa: PTH123
        after = usage_of(os.getpid())
    assert after.rss - before.rss > len(ballast) // 2
    assert after.files == before.files + 1
    assert after.threads >= 1


# --- the checks of a run ----------------------------------------------------------------------------------------------


def results(**changes: Any) -> Results:
    """A run in which everything went well."""
    good = Results(
        when="",
        machine="",
        versions={},
        minutes=30,
        clients=1,
        pace=1,
        life=1,
        seed=1,
        processes={"server": Series(rss=[800] * 8)},
        totals={"trio": Tally(calls=6, answered=6)},
        account=Account(6, 6, 0, 0, 0),
    )
    return msgspec.structs.replace(good, **changes)


def failed(files_left: int = 0, **changes: Any) -> list[str]:
    run = results(**changes)
    run.checks = checks_of(run, files_left=files_left, relative=0.03, absolute=0)
    bad = [check.name for check in run.checks if not check.good]
    assert report(run) == bool(bad), "the exit status says it"
    return bad


def test_run_without_errors_passes() -> None:
    assert failed() == []


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"totals": {"trio": Tally(lost=1)}}, "unanswered calls"),
        ({"totals": {"trio": Tally(waiting=1)}}, "unanswered calls"),
        ({"totals": {"trio": Tally(), "sync": Tally(doubled=1)}}, "calls that were answered twice"),
        ({"totals": {"trio": Tally(foreign=1)}}, "calls that were answered with something else"),
        ({"totals": {"trio": Tally(refused=1)}}, "calls that were refused"),
        ({"totals": {"trio": Tally(unknown=1)}}, "calls whose outcome is unknown"),
        ({"account": Account(6, 6, 1, 0, 0)}, "calls that were executed twice"),
        ({"account": Account(6, 6, 0, 1, 0)}, "unrequested executions"),
        ({"account": Account(6, 5, 0, 0, 1)}, "answers to calls that were not executed"),
        ({"files_left": 1}, "sockets that the server has kept"),
        ({"processes": {"sync": Series(rss=[800] * 6 + [830] * 2)}}, "memory of sync in the last quarter, MB"),
    ],
)
def test_run_with_an_error_fails_the_corresponding_check(changes: dict[str, Any], name: str) -> None:
    assert failed(**changes) == [name]


def test_latency_is_counted_in_the_bucket_that_holds_it() -> None:
    for seconds in (0.0001, 0.001, 0.0015, 1.0, 77.0):
        assert seconds_of(bucket_of(seconds) - 1) < max(seconds, 1e-3) <= seconds_of(bucket_of(seconds)) * 1.000001
    counted = msgspec.json.decode(msgspec.json.encode(Tally(latencies={0: 98, 40: 2})), type=Tally)
    assert quantile(Counter(counted.latencies), 0.5) == 0.001
    assert quantile(Counter(counted.latencies), 0.99) == round(seconds_of(40), 4)


def test_invalid_command_line_exits_with_status_2() -> None:
    with pytest.raises(SystemExit) as left:
        main(["--adapter", "none"])
    assert left.value.code == 2
