"""The README: its length, its links, its badges and its figures."""

from __future__ import annotations

import json
import re

import pytest

import badges
from tests.repository.scan import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def table(name: str) -> dict[str, list[str]]:
    """The rows of a published table of benchmarks, by their first column or, for the compiled codec, first two.

    Of two tables, times and ratios, those of the second.
    """
    lines = (ROOT / "docs" / "benchmarks" / name).read_text(encoding="utf-8").rpartition("| ---")[2].splitlines()[1:]
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines]
    return {f"{row[0]} {row[1]}" if row[1] in {"decode", "encode"} else row[0]: row for row in rows}


def ratio(cell: str) -> float:
    """The ratio in a cell such as "22.13 x"."""
    [found] = re.findall(r"([\d.]+) x", cell)
    return float(found)


def test_readme_has_at_most_150_lines() -> None:
    assert len(README.splitlines()) <= 150


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)]+)\)", README))
def test_links_and_pictures_of_the_readme_are_files(target: str) -> None:
    assert (ROOT / target).is_file()


@pytest.mark.parametrize("name", badges.badges())
def test_badges_are_up_to_date(name: str) -> None:
    committed = (badges.STATIC / name).read_text(encoding="utf-8")
    assert committed == badges.badges()[name], "python docs/_ext/badges.py"


def test_badges_of_the_readme_say_what_the_pictures_show() -> None:
    shown = re.findall(r"!\[([^\]]*)\]\(docs/_static/(python|typed|licence)\.svg\)", README)
    assert [name for _, name in shown] == ["python", "typed", "licence"]
    for text, name in shown:
        assert all(word.strip(",") in badges.badges()[f"{name}.svg"] for word in text.split())


def test_figures_beside_telethon_are_the_published_ones() -> None:
    decode = 1 / ratio(table("decode.inc")["messages.messages"][1])
    compiled = 1 / ratio(table("compiled.inc")["messages.messages decode"][4])
    assert f"| {decode:.2f}; {compiled:.2f} with the codec in C | 1 |" in README
    calls = table("session_calls.inc")
    pure, fast = (1 / ratio(calls[name][1]) for name in ("asyncio account", "asyncio account, compiled"))
    assert f"| {pure:.2f}; {fast:.2f} compiled | 1 |" in README


def test_number_of_conformance_cases_is_that_of_the_published_matrix() -> None:
    matrix = json.loads((ROOT / "docs" / "conformance" / "matrix.json").read_text(encoding="utf-8"))
    assert f": {len(matrix['cases'])} cases," in README
