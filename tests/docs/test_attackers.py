"""Each row of docs/attackers.toml names tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("sphinx")

import attackers_directive

ROOT = Path(__file__).resolve().parents[2]


def test_every_row_is_shown_by_tests_that_there_are() -> None:
    text = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    there = set(re.findall(r"^(?:async )?def (test_\w+)", text, flags=re.MULTILINE))
    for attacker in attackers_directive.attackers().values():
        assert attacker.rows
        for row in attacker.rows:
            assert row.tests, row.tries
            assert set(row.tests) <= there, (row.tries, set(row.tests) - there)
