"""The error for a name that a module with lazy names lacks."""

from __future__ import annotations

from collections.abc import Iterable


def no_attribute(module: str, name: str, known: Iterable[str]) -> AttributeError:
    """The AttributeError of a module, with the most similar known name: Python compares with at most 750."""
    text = f"module {module!r} has no attribute {name!r}"
    if not name.islower() and not name.startswith("_"):  # inspection looks for such names often
        from difflib import get_close_matches

        spellings = {each.lower(): each for each in known}
        if close := get_close_matches(name.lower(), spellings, n=1, cutoff=0.8):
            text += f". Did you mean: {spellings[close[0]]!r}?"
    return AttributeError(text)
