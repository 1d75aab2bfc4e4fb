"""Where each check id is cited and which tests have it in their name, found by reading src and tests.

docs/checks.toml describes the ids; the security page and tests/repository/test_checks.py use this index.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_ID = r"(?:HS|TR|EN|MS|TL|AU|L)\d{1,2}"
_CITATION = re.compile(rf"\b({_ID})(?:\s?(?:-|\.\.|to)\s?({_ID}))?\b")
_TEST = re.compile(rf"^\s*(?:async )?def (test_({_ID})_\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Family:
    """Checks of one part of the protocol, with the page of the documentation that describes it."""

    title: str
    section: str
    intro: str
    checks: Mapping[str, str]
    """id -> description."""


@dataclass(slots=True)
class Places:
    """Where an id is cited: file relative to the root -> lines, or names of tests."""

    cited: dict[str, list[int]] = field(default_factory=dict)
    tests: dict[str, list[str]] = field(default_factory=dict)


def families(root: Path = ROOT) -> list[Family]:
    data = tomllib.loads((root / "docs" / "checks.toml").read_text())
    return [Family(**entry) for entry in data.values()]


def index(root: Path = ROOT) -> dict[str, Places]:
    """Every id that occurs in src or in the name of a test, known or not.

    The conformance suite makes no check: it tests whether others do.
    """
    found: dict[str, Places] = {}
    for path in _sources(root / "src"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for check in _cited(line):
                lines = found.setdefault(check, Places()).cited.setdefault(str(path.relative_to(root)), [])
                if number not in lines:
                    lines.append(number)
    for path in _sources(root / "tests"):
        for name, check in _TEST.findall(path.read_text()):
            found.setdefault(check, Places()).tests.setdefault(str(path.relative_to(root)), []).append(name)
    return found


def _sources(folder: Path) -> Iterator[Path]:
    engine, adapters = folder / "sansio_tl", folder / "transports" / "sansio_tl_transports"
    left_out = {engine / "types", engine / "functions", engine / "conformance", adapters / "conformance"}
    for path in sorted(folder.rglob("*.py")):
        if not left_out & set(path.parents):
            yield path


def _cited(line: str) -> Iterator[str]:
    for first, last in _CITATION.findall(line):
        family = first.rstrip("0123456789")
        if last and last.startswith(family):
            for number in range(int(first[len(family) :]), int(last[len(family) :]) + 1):
                yield f"{family}{number}"
        else:
            yield first
            if last:
                yield last
