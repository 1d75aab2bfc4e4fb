"""The directive `attackers`: the abilities of each attacker, with the tests that show them (docs/attackers.toml)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from documented_methods import DOCS
from tables import table

FILE = DOCS / "attackers.toml"
HEADINGS = ("the attacker tries to", "outcome", "tests")
WIDTHS = (26, 46, 28)


class Row(msgspec.Struct, frozen=True):
    """One attempt."""

    tries: str
    outcome: str
    tests: list[str]


class Attacker(msgspec.Struct, frozen=True):
    """One kind of attacker."""

    title: str
    intro: str
    rows: list[Row]


def attackers() -> dict[str, Attacker]:
    """All attackers, in the order of the file."""
    return msgspec.convert(tomllib.loads(FILE.read_text()), dict[str, Attacker])


class Attackers(SphinxDirective):
    """One section for each attacker."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(FILE))
        return [self._section(attacker) for attacker in attackers().values()]

    def _section(self, attacker: Attacker) -> nodes.section:
        section = nodes.section(ids=[nodes.make_id(attacker.title)])
        section += nodes.title(text=attacker.title)
        section += nodes.paragraph(text=attacker.intro)
        section += table(
            HEADINGS,
            ((row.tries, row.outcome, _names(row.tests)) for row in attacker.rows),
            widths=WIDTHS,
            style="attackers",
        )
        self.state.document.note_implicit_target(section, section)
        return section


def _names(tests: list[str]) -> nodes.line_block:
    block = nodes.line_block()
    for name in tests:
        line = nodes.line()
        line += nodes.literal(text=name)
        block += line
    return block


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("attackers", Attackers)
    return {"version": str(Path(__file__).stat().st_mtime_ns), "parallel_read_safe": True}
