"""The table of mutants follows the source, and names every check that the security page lists."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import check_index
from tests.mutants.__main__ import choose
from tests.mutants.run import named_after
from tests.mutants.table import MUTANTS, SOURCE, Edit, Mutant, StaleError, read


def test_each_mutant_changes_the_source_into_other_source() -> None:
    for mutant in MUTANTS:
        for path, text in mutant.apply(SOURCE).items():
            assert text != path.read_text(), mutant
            ast.parse(text, str(mutant))


def test_every_check_has_a_mutant_and_tests_that_carry_its_name() -> None:
    listed = {check for family in check_index.families() for check in family.checks}
    assert {mutant.check for mutant in MUTANTS} == listed
    assert [check for check in sorted(listed) if not named_after(check)] == []


def test_no_mutant_stands_in_the_table_twice() -> None:
    assert len({str(mutant) for mutant in MUTANTS}) == len(MUTANTS)
    assert len({(mutant.check, mutant.edits) for mutant in MUTANTS}) == len(MUTANTS)


def test_lines_that_the_source_no_longer_has_are_noticed() -> None:
    text = "if a:\n    b\nif a:\n    c\n"
    for old in ("if d:\n", "if a:\n", "b\n"):
        with pytest.raises(StaleError, match="not once"):
            Edit("room.py", old, "").apply(text)
    assert Edit("room.py", "    b\n", "    d\n").apply(text) == "if a:\n    d\nif a:\n    c\n"


def test_several_places_of_one_file_may_change(tmp_path: Path) -> None:
    (tmp_path / "room.py").write_text("a\nb\nc\n")
    mutant = Mutant("MS1", "two", (Edit("room.py", "a\n", ""), Edit("room.py", "c\n", "d\n")))
    assert mutant.apply(tmp_path) == {tmp_path / "room.py": "b\nd\n"}


def test_a_table_is_read() -> None:
    text = "MS1: the parity\n@@ a.py\n if a:\n-    b\n+    c\n@@ b.py\n+d\n e\n\nMS2: the past\n@@ a.py\n-f\n"
    assert list(read(text)) == [
        Mutant("MS1", "the parity", (Edit("a.py", "if a:\n    b\n", "if a:\n    c\n"), Edit("b.py", "e\n", "d\ne\n"))),
        Mutant("MS2", "the past", (Edit("a.py", "f\n", ""),)),
    ]


@pytest.mark.parametrize(
    "text", ["MS1\n@@ a.py\n-b", "MS1: x", "MS1: x\n@@ a.py", "MS1: x\n@@ a.py\n b", "MS1: x\n@@ a\nb"]
)
def test_what_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no "):
        list(read(text))


def test_checks_and_families_can_be_asked_for() -> None:
    assert {mutant.check for mutant in choose(["HS1", "EN"])} == {"HS1", *(f"EN{number}" for number in range(1, 10))}
    assert len(choose([])) == len(MUTANTS)
    assert choose(["XY1"]) == []
