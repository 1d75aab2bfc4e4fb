"""Selects cases by name, check, tag or section of the protocol."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from sansio_tl.conformance.case import Case


def select(cases: Sequence[Case], patterns: Iterable[str]) -> list[Case]:
    """The cases that match one of the patterns, or all without any. Raises ValueError for one that matches nothing.

    A pattern is the name of a case, of a check (``HS9``, ``HS*``), of a tag, or of a page of the protocol's
    documentation, with ``*`` and ``?`` for any letters.
    """
    wanted = list(patterns)
    for pattern in wanted:
        if not any(matches(case, pattern) for case in cases):
            raise ValueError(f"no case matches {pattern!r}; --list lists the cases")
    return [case for case in cases if not wanted or any(matches(case, pattern) for pattern in wanted)]


def matches(case: Case, pattern: str) -> bool:
    """Whether a pattern selects the case."""
    page = case.section.rpartition("/")[2]
    return any(fnmatchcase(name, pattern) for name in (case.name, case.check, page, case.level.value, *case.tags))
