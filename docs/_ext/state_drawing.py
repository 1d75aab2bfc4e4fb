"""Draws states as boxes and what leads from one to another as arrows, narrow enough for a phone.

A box has the name of a state and a row for each input that the state allows. From a row a line runs to the right, to
the vertical lines of the states that the input can lead to; each of these ends with an arrow at its state. A full
circle is where a result leads, a hollow one where only errors lead, a triangle where nothing leads but the flow goes on
by itself as after an input there. Lines that cross without a mark have nothing to do with each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from svg import Drawing, width_of

_TITLE = 24.0
_ROW = 19.0
_GAP = 14.0
_LANE = 12.0
_COLOURS = 5

LEGEND = {"answered": "a result leads there", "refused": "only errors lead there", "onward": "goes on as from there"}


@dataclass(frozen=True, slots=True)
class Arrow:
    """What one input leads to."""

    target: str
    style: str = "answered"
    """One of `LEGEND`."""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One input of a state."""

    text: str
    arrows: tuple[Arrow, ...]
    """One for each target."""


@dataclass(frozen=True, slots=True)
class Box:
    """A state with its inputs; `about` is the tooltip."""

    name: str
    rows: tuple[Row, ...] = ()
    about: str = ""


Edge = tuple[str, str, str]
"""From, to, and the cause."""


def boxes_of(edges: Iterable[Edge], order: Sequence[str], failures: Collection[str] = ()) -> list[Box]:
    """The states in this order, with a row for each edge; causes in `failures` are drawn as errors."""
    rows: dict[str, list[Row]] = {state: [] for state in order}
    for before, after, cause in edges:
        rows[before].append(Row(cause, (Arrow(after, "refused" if cause in failures else "answered"),)))
    return [Box(state, tuple(its)) for state, its in rows.items()]


@dataclass(slots=True)
class _Lane:
    x: float
    entry: float
    """Where the arrow enters the state."""
    leaves: list[float] = field(default_factory=list)
    """Where rows meet the lane."""


def draw(boxes: Sequence[Box], title: str) -> str:
    """SVG of the states, in their order from the top."""
    drawing = Drawing(title)
    texts = [text for box in boxes for text in (box.name, *(row.text for row in box.rows))]
    width = max(width_of(text) for text in texts) + 16
    targets = {arrow.target for box in boxes for row in box.rows for arrow in row.arrows}
    tops, bottom = _positions(boxes)
    entered = [box.name for box in boxes if box.name in targets]
    lanes = {
        name: _Lane(width + 22 + number * _LANE, tops[name] + _TITLE / 2 + 1) for number, name in enumerate(entered)
    }
    marks: list[tuple[float, float, Arrow]] = []
    for box in boxes:
        for number, row in enumerate(box.rows):
            y = tops[box.name] + _TITLE + (number + 0.5) * _ROW
            drawing.line([(width, y), (max(lanes[arrow.target].x for arrow in row.arrows), y)])
            for arrow in row.arrows:
                lanes[arrow.target].leaves.append(y)
                marks.append((lanes[arrow.target].x, y, arrow))
    for number, lane in enumerate(lanes.values()):
        levels = (lane.entry, *lane.leaves)
        style = f"curve c{number % _COLOURS}"
        drawing.line([(lane.x, min(levels)), (lane.x, max(levels))], style=style)
        drawing.line([(lane.x, lane.entry), (width + 1, lane.entry)], style=style, arrow=True)
    for box in boxes:
        _draw_box(drawing, box, tops[box.name], width)
    for x, y, arrow in marks:
        drawing.mark(x, y, arrow.style, hint=arrow.hint)
    _draw_legend(drawing, {arrow.style for _, _, arrow in marks}, bottom)
    return drawing.svg(margin=4)


def _positions(boxes: Sequence[Box]) -> tuple[dict[str, float], float]:
    """The top of each box, and the end of the last."""
    tops, y = {}, 0.0
    for box in boxes:
        tops[box.name] = y
        y += _height(box) + _GAP
    return tops, y


def _height(box: Box) -> float:
    return _TITLE + (len(box.rows) * _ROW + 3 if box.rows else 0)


def _draw_box(drawing: Drawing, box: Box, top: float, width: float) -> None:
    drawing.box(0, top, width, _height(box), hint=box.about)
    drawing.text(8, top + 16, box.name, style="label")
    for number, row in enumerate(box.rows):
        drawing.text(8, top + _TITLE + (number + 0.5) * _ROW + 4, row.text, style="on")


def _draw_legend(drawing: Drawing, styles: set[str], top: float) -> None:
    if styles == {"answered"}:
        return
    x = 4.0
    for style, text in LEGEND.items():
        if style in styles:
            drawing.mark(x, top + 8, style)
            drawing.text(x + 8, top + 12, text, style="small")
            x += width_of(text, 10.0) + 22
