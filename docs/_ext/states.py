"""Draws a state machine from its table, one row a transition.

States stand side by side, each over a line of its own; every entry of the table is an arrow from the state that it
leaves to the state that it enters, with the input on it. Nothing overlaps however the table grows, and every
entry is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from itertools import pairwise

from svg import Drawing, width_of

_ROW = 30.0
_HEAD = 34.0
_PAD = 10.0


def draw(table: Mapping[tuple[Enum, Enum], Enum], title: str) -> str:
    """SVG of `table`; states in the order of their first mention, inputs in the order of the table."""
    order = list(dict.fromkeys([source for source, _ in table] + list(table.values())))
    columns = _columns(table, order)
    drawing = Drawing(title)
    bottom = _HEAD + len(table) * _ROW + _PAD
    for state, x in columns.items():
        width = width_of(_name(state)) + 2 * _PAD
        drawing.line([(x, _HEAD - 8), (x, bottom)], style="life")
        drawing.box(x - width / 2, 0, width, _HEAD - 8)
        drawing.text(x, _HEAD / 2 + 1, _name(state), anchor="middle")
    y = _HEAD + _ROW / 2
    for (source, cause), target in table.items():
        start, end = columns[source], columns[target]
        if source is target:
            drawing.loop(start, y - 4, 26, 12)
            drawing.text(start + 26, y + 6, _name(cause), style="on")
        else:
            drawing.line([(start, y + 4), (end, y + 4)], arrow=True)
            drawing.text(min(start, end) + _PAD, y, _name(cause), style="on")
        y += _ROW
    return drawing.svg()


def _columns(table: Mapping[tuple[Enum, Enum], Enum], order: list[Enum]) -> dict[Enum, float]:
    """Where each state stands: far enough from its left neighbour for their names and the words between them."""
    room = dict.fromkeys(order, 0.0)
    for (source, cause), target in table.items():
        left = min(source, target, key=order.index)
        room[left] = max(room[left], width_of(_name(cause)) + (26 if source is target else 0) + 2 * _PAD)
    x = width_of(_name(order[0])) / 2 + _PAD
    columns = {order[0]: x}
    for left, right in pairwise(order):
        names = (width_of(_name(left)) + width_of(_name(right))) / 2 + 4 * _PAD
        x += max(names, room[left])
        columns[right] = x
    return columns


def _name(member: Enum) -> str:
    return member.value if isinstance(member.value, str) else member.name.lower().replace("_", " ")
