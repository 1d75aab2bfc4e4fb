"""Every check that the engine claims is made somewhere, described in the docs, and has a test of its name."""

from __future__ import annotations

from pathlib import Path

import pytest

import check_index

PROVEN = (
    *(f"HS{number}" for number in range(1, 18)),
    *(f"TR{number}" for number in (1, 2, 3, 4, 5, 6, 9, 10)),
    *(f"EN{number}" for number in range(1, 10)),
)
"""The checks that must be there; more of them are, and the security page lists which."""

INDEX = check_index.index()
KNOWN = {check for family in check_index.families() for check in family.checks}


@pytest.mark.parametrize("check", PROVEN)
def test_check_is_cited_in_src_and_has_a_test_named_after_it(check: str) -> None:
    places = INDEX.get(check, check_index.Places())
    assert places.cited, f"{check} is cited nowhere in src"
    assert places.tests, f"no test is called test_{check}_..."


def test_every_cited_check_is_described() -> None:
    assert not INDEX.keys() - KNOWN


def test_every_id_of_a_family_is_described_in_order() -> None:
    for family in check_index.families():
        letters = {check.rstrip("0123456789") for check in family.checks}
        assert len(letters) == 1
        numbers = [int(check.removeprefix(next(iter(letters)))) for check in family.checks]
        assert numbers == sorted(set(numbers))


def test_index_finds_ranges_lists_and_test_names(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "src" / "module.py").write_text("# EN3 first\n# HS7-HS9, TR1\nraise RemoteProtocolError('TL10', '')\n")
    (tmp_path / "tests" / "test_module.py").write_text("def test_EN3_rejects(): ...\nasync def test_TR1_too(): ...\n")
    found = check_index.index(tmp_path)
    assert found.keys() == {"EN3", "HS7", "HS8", "HS9", "TR1", "TL10"}
    assert found["HS8"].cited == {"src/module.py": [2]}
    assert found["EN3"].tests == {"tests/test_module.py": ["test_EN3_rejects"]}
    assert found["TR1"].tests == {"tests/test_module.py": ["test_TR1_too"]}
