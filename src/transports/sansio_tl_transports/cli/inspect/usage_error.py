"""Errors of the input: one line with the reason and similar valid names. Exit status 2."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class UsageError(Exception):
    """The input is invalid; the text is the reason."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean ...?`, or nothing when no known name is similar."""
    by_spelling: dict[str, str] = {}
    for candidate in known:
        by_spelling.setdefault(candidate.lower(), candidate)
    near = get_close_matches(name.lower(), by_spelling, n=3, cutoff=0.75)
    if not near:
        return ""
    return f"; did you mean {' or '.join(by_spelling[spelling] for spelling in near)}?"
