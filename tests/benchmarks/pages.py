"""Pages of the documentation that are made from figures."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.report import PAGES


def are_written(pages: Mapping[str, str], command: str) -> None:
    """The pages are in the documentation as `command` makes them."""
    for name, text in pages.items():
        assert (PAGES / name).read_text(encoding="utf-8") == text, f"{name}: run `{command}`"
