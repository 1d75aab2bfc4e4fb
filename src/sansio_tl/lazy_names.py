"""The error for a name that a module with lazy names lacks."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module


def no_attribute(module: str, name: str, known: Iterable[str], namespaces: Iterable[str] = ()) -> AttributeError:
    """The AttributeError of a module, with the most similar known name: Python compares with at most 750.

    A name that only namespaces of the module have (`types.SentCode`) is suggested with its namespace: for that, each
    is imported.
    """
    text = f"module {module!r} has no attribute {name!r}"
    if name.islower() or name.startswith("_"):  # inspection looks for such names often
        return AttributeError(text)
    from difflib import get_close_matches

    spellings = {each.lower(): [each] for each in known}
    close = get_close_matches(name.lower(), spellings, n=1, cutoff=0.8)
    if name.lower() not in close:
        nested: dict[str, list[str]] = {}
        for namespace in sorted(namespaces):
            for each in import_module(f"{module}.{namespace}").__all__:
                nested.setdefault(each.lower(), []).append(f"{namespace}.{each}")
        if name.lower() in nested or not close:
            spellings, close = nested, get_close_matches(name.lower(), nested, n=1, cutoff=0.8)
    if not close:
        return AttributeError(text)
    similar = " or ".join(repr(each) for each in spellings[close[0]])
    # Without an object, Python adds no suggestion of its own when it prints the error.
    return AttributeError(f"{text}. Did you mean: {similar}?", name=name, obj=None)
