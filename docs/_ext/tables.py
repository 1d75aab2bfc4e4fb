"""Builds docutils tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from docutils import nodes


def table(
    headings: Sequence[str],
    rows: Iterable[Sequence[str | nodes.Element]],
    *,
    widths: Sequence[int] | None = None,
    style: str = "",
) -> nodes.table:
    """A table; strings become paragraphs. `widths` are relative."""
    group = nodes.tgroup(cols=len(headings))
    group += [nodes.colspec(colwidth=width) for width in widths or [1] * len(headings)]
    head = nodes.thead()
    head += _row(headings)
    body = nodes.tbody()
    body += [_row(row) for row in rows]
    group += [head, body]
    whole = nodes.table(classes=[style] if style else [])
    whole += group
    return whole


def _row(cells: Sequence[str | nodes.Element]) -> nodes.row:
    row = nodes.row()
    for cell in cells:
        entry = nodes.entry()
        entry += nodes.paragraph(text=cell) if isinstance(cell, str) else cell
        row += entry
    return row
