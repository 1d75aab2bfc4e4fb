from __future__ import annotations

from typing import Any

from benchmarks.session import answers
from tests.benchmarks.pages import are_written

RESULTS = "answers.json"


def test_pages_are_made_from_the_committed_figures(figures: dict[str, Any]) -> None:
    are_written(answers.pages(figures), "python -m benchmarks.session.answers report")


def test_table_has_a_row_for_each_client(figures: dict[str, Any]) -> None:
    assert len(answers.table(figures)) == 1 + len(answers.CALLERS)
