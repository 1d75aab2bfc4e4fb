"""The directive `checks`: tables of every check id with its description, the files that cite it, and its tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

import check_index
from tables import table

logger = logging.getLogger(__name__)

HEADINGS = ("id", "what is checked", "source", "tests")
WIDTHS = (8, 52, 22, 18)


class Checks(SphinxDirective):
    """One section for each family, in the order of docs/checks.toml. A cited id without a description is a warning."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        found = check_index.index()
        families = check_index.families()
        for path in (*check_index.ROOT.glob("src/**/*.py"), *check_index.ROOT.glob("tests/**/test_*.py")):
            self.env.note_dependency(str(path))
        self.env.note_dependency(str(check_index.ROOT / "docs" / "checks.toml"))
        known = {check for family in families for check in family.checks}
        for unknown in sorted(found.keys() - known):
            logger.warning("check %s is cited in %s but not described in docs/checks.toml", unknown, found[unknown])
        return [self._section(family, found) for family in families]

    def _section(self, family: check_index.Family, found: dict[str, check_index.Places]) -> nodes.section:
        section = nodes.section(ids=[nodes.make_id(family.title)])
        section += nodes.title(text=family.title)
        intro = nodes.paragraph(text=family.intro + " (")
        intro += nodes.reference(text="protocol documentation", refuri=family.section)
        intro += nodes.Text(")")
        section += intro
        section += self._table(family, found)
        self.state.document.note_implicit_target(section, section)
        return section

    def _table(self, family: check_index.Family, found: dict[str, check_index.Places]) -> nodes.table:
        rows = []
        for check, description in family.checks.items():
            places = found.get(check, check_index.Places())
            rows.append((_name(check), description, _sources(places), _tests(places)))
        return table(HEADINGS, rows, widths=WIDTHS, style="checks")


def _name(check: str) -> nodes.paragraph:
    paragraph = nodes.paragraph()
    paragraph += nodes.strong(text=check, ids=[nodes.make_id(check)])
    return paragraph


def _sources(places: check_index.Places) -> nodes.Element:
    return _lines([_short(path) for path in places.cited], "not yet")


def _tests(places: check_index.Places) -> nodes.Element:
    return _lines([f"{_short(path)} ({len(names)})" for path, names in places.tests.items()], "none yet")


def _short(path: str) -> str:
    return path.removeprefix("src/").removeprefix("sansio_tl/").removeprefix("tests/")


def _lines(lines: list[str], if_empty: str) -> nodes.Element:
    if not lines:
        paragraph = nodes.paragraph()
        paragraph += nodes.emphasis(text=if_empty)
        return paragraph
    block = nodes.line_block()
    for text in lines:
        line = nodes.line()
        line += nodes.literal(text=text)
        block += line
    return block


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("checks", Checks)
    return {"version": str(Path(__file__).stat().st_mtime_ns), "parallel_read_safe": True}
