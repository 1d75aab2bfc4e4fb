"""The table of docs/mutation.md is that of a whole sample."""

from __future__ import annotations

import pytest

from tests.mutation.packages import PACKAGES

mutation_directive = pytest.importorskip("mutation_directive", reason="sphinx is not installed")


def test_every_package_is_in_the_table_and_each_survivor_below_it() -> None:
    sample = mutation_directive.load()
    assert list(sample.packages) == list(PACKAGES)
    assert sum(row.counted for row in sample.packages.values()) >= 300
    for row in sample.packages.values():
        assert row.killed <= row.counted == row.tried - row.equivalent <= row.lines
        assert row.survivors is None or len(row.survivors) == row.counted - row.killed
        assert (row.survivors is None) == (row.seed is None) == (row.commit is None)


def test_the_last_row_is_the_total() -> None:
    rows = mutation_directive.rows(mutation_directive.load())
    assert rows[-1][0] == "all"
    assert int(rows[-1][2]) == sum(int(row[2]) for row in rows[:-1])
