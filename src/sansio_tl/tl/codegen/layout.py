"""Formats generated source like the formatter, so that the committed code needs no second pass."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

WIDTH = 120


def call(head: str, items: Sequence[str], tail: str, indent: int = 0) -> list[str]:
    """`head item, item tail` on one line if it fits, else the items on a line of their own, else one a line.

    >>> call("f(", ["a", "b"], ")")
    ['f(a, b)']
    """
    pad = " " * indent
    line = f"{pad}{head}{', '.join(items)}{tail}"
    if len(line) <= WIDTH:
        return [line]
    inner = f"{pad}    {', '.join(items)}"
    if (len(inner) <= WIDTH and len(items) > 1) or len(items) == 1:
        return [pad + head, inner, pad + tail]
    return [pad + head, *(f"{pad}    {item}," for item in items), pad + tail]


def display(head: str, items: Iterable[str], tail: str, indent: int = 0) -> list[str]:
    """A tuple, list, set or import: one line if it fits, else one item a line with a trailing comma."""
    items = list(items)
    pad = " " * indent
    line = f"{pad}{head}{', '.join(items)}{tail}"
    if len(line) <= WIDTH:
        return [line]
    return [pad + head, *(f"{pad}    {item}," for item in items), pad + tail]


def string(head: str, text: str, indent: int = 0) -> list[str]:
    """`head"text"`, broken at blanks into adjacent literals if it is too long for a line."""
    pad = " " * indent
    if len(pad) + len(head) + len(text) + 2 <= WIDTH:
        return [f'{pad}{head}"{text}"']
    if indent + 4 + len(text) + 2 <= WIDTH:
        return [f"{pad}{head}(", f'{pad}    "{text}"', f"{pad})"]
    parts = textwrap.wrap(text, WIDTH - indent - 7, break_long_words=False, break_on_hyphens=False)
    lines = [f'{pad}    "{part} "' for part in parts[:-1]] + [f'{pad}    "{parts[-1]}"']
    return [f"{pad}{head}(", *lines, f"{pad})"]


def union(head: str, items: Sequence[str]) -> list[str]:
    """`head A | B | C`, one member a line if it is too long."""
    line = head + " | ".join(items)
    if len(line) <= WIDTH:
        return [line]
    if len(line) - len(head) + 4 <= WIDTH:
        return [head + "(", f"    {' | '.join(items)}", ")"]
    return [head + "(", f"    {items[0]}", *(f"    | {item}" for item in items[1:]), ")"]


def paragraph(text: str, indent: int, hang: int = 0) -> list[str]:
    """Wrapped prose."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + hang),
        break_long_words=False,
        break_on_hyphens=False,
    )
