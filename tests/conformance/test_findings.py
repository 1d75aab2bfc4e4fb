"""docs/conformance/findings.md has every failure of the matrix, and no other."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import Any

import pytest

from tests.conformance import __main__ as conformance

MATRIX: dict[str, Any] = json.loads(conformance.MATRIX.read_text(encoding="utf-8"))
FINDINGS = conformance.MATRIX.with_name("findings.md").read_text(encoding="utf-8")
TITLES = {peer["title"] for peer in MATRIX["peers"].values()}
SECTION = re.compile(r"^## (.+)\n((?:(?!## ).*\n)*)", re.MULTILINE)
"""A heading with the titles of peers, and what follows."""
CASES = re.compile(r"^\((`[^)]+)\)", re.MULTILINE)
"""The parenthesis in front of a paragraph: cases, checks, and names of peers if it is not about all of the section."""


def failures(page: str) -> dict[str, set[str]]:
    """The title of each peer with the cases that the page says it fails."""
    found: dict[str, set[str]] = defaultdict(set)
    for heading, text in SECTION.findall(page):
        titles = heading.split("; ")
        for inside in CASES.findall(text):
            cases = re.findall(r"`([^`]+)`", inside)
            named = [title for title in titles if re.search(rf"\b{re.escape(title.rsplit(' ', 1)[0])}\b", inside)]
            for title in named or titles:
                found[title] |= set(cases)
    return found


@pytest.mark.parametrize("name", MATRIX["peers"])
def test_failures_of_a_peer_are_those_of_the_matrix(name: str) -> None:
    peer = MATRIX["peers"][name]
    failed = {case for case, result in peer["cases"].items() if result["verdict"] == "fail"}
    assert failures(FINDINGS).get(peer["title"], set()) == failed


def test_sections_are_about_peers_of_the_matrix() -> None:
    assert {title for heading, _ in SECTION.findall(FINDINGS) for title in heading.split("; ")} <= TITLES


def test_paragraph_is_about_all_peers_of_its_section_unless_it_names_some() -> None:
    page = "## One 1; Two 2\n\n(`x`, `y`; HS1)\n\n(`z`, MS1; Two) Text (`none`).\n\n## Three 3\n\n(`w`)\n"
    assert failures(page) == {"One 1": {"x", "y"}, "Two 2": {"x", "y", "z"}, "Three 3": {"w"}}
