"""What the benchmark of fleets makes of the reports of its processes."""

from __future__ import annotations

from typing import Any

from benchmarks.fleets import STEPS, follow


def reports(*steps: tuple[float, str, str]) -> list[dict[str, Any]]:
    """As a process writes them."""
    usage: list[dict[str, Any]] = [{"what": "usage", "at": 0.0}]
    return usage + [{"at": at, "what": what, "name": name} for at, what, name in steps]


def test_time_of_a_takeover_is_that_since_the_kill() -> None:
    killed = reports((1.0, "begin", "a"), (2.0, "open", "a"))
    found = follow([(10.0, killed), (None, reports((60.0, "begin", "a"), (62.5, "open", "a")))])
    assert found == {"taken_over": 1, "indirectly": 0, "twice": 0, "times": [52.5] * (STEPS + 1)}


def test_takeover_by_way_of_a_process_that_had_no_answer_yet_is_counted_apart() -> None:
    first = reports((1.0, "begin", "a"), (2.0, "open", "a"))
    second, third = reports((60.0, "begin", "a")), reports((130.0, "begin", "a"), (131.0, "open", "a"))
    found = follow([(10.0, first), (70.0, second), (None, third)])
    assert found == {"taken_over": 1, "indirectly": 1, "twice": 0, "times": []}


def test_account_that_is_begun_while_another_process_has_it_is_counted() -> None:
    one = reports((1.0, "begin", "a"), (2.0, "open", "a"), (9.0, "end", "a"))
    assert follow([(None, one), (None, reports((3.0, "begin", "a")))])["twice"] == 1
    assert follow([(8.0, one[:-1]), (None, reports((7.9, "begin", "a")))])["twice"] == 1
    assert follow([(None, one), (None, reports((9.1, "begin", "a"), (9.5, "open", "a")))])["twice"] == 0


def test_account_that_fails_after_a_takeover_counts_until_it_is_open() -> None:
    first = reports((1.0, "begin", "a"), (2.0, "open", "a"))
    second = reports((60.0, "begin", "a"), (61.0, "end", "a"), (66.0, "begin", "a"), (67.0, "open", "a"))
    assert follow([(10.0, first), (None, second)])["times"][0] == 57.0


def test_quantiles_have_the_shortest_and_the_longest_time() -> None:
    names = [f"account{number}" for number in range(1000)]
    first = reports(*((1.0, what, name) for name in names for what in ("begin", "open")))
    second = reports(*((60.0 + number, what, name) for number, name in enumerate(names) for what in ("begin", "open")))
    times = follow([(10.0, first), (None, second)])["times"]
    assert (times[0], times[STEPS // 2], times[-1]) == (50.0, 550.0, 1049.0)
