"""Draws a flow from its transition table: the inputs, and the states that they can lead to.

A flow has many running states, each with a dozen possible errors, so a graph of all of them would be unreadable. The
drawing has a column for each state that waits for input and a row for each input. A row has a square at the state where
the input is allowed, a full circle at each state that results lead to, and a hollow one at each state that errors lead
to, found by following the table through the running states. When these reach a running state that another input starts,
a triangle marks the state of that input. The tooltip of a mark lists the results and errors behind it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from sansio_tl.auth.state_table import Final, RpcFailure, Running, State, Table, UserInput
from svg import CHARACTER, Drawing

_LABEL = 236.0
_COLUMN = 92.0
_ROW = 24.0
_LINE = 14.0
_LEGEND = {
    "source": "allowed in this state",
    "answered": "a result can lead here",
    "refused": "an error can lead here",
    "onward": "continues as from here",
}


@dataclass(slots=True)
class Reach:
    """The states that one input can lead to, each with the results and errors that lead there."""

    source: State
    user_input: UserInput
    answered: dict[State, set[str]] = field(default_factory=lambda: defaultdict(set))
    refused: dict[State, set[str]] = field(default_factory=lambda: defaultdict(set))
    onward: dict[State, set[str]] = field(default_factory=lambda: defaultdict(set))
    """States from which the flow continues by itself as after an input there."""


def waiting_states(table: Table) -> list[State]:
    """Every state that is not a running one, in the order of its first mention, the final ones last."""
    mentioned = [state for (source, _), target in table.items() for state in (source, target)]
    found = [state for state in dict.fromkeys(mentioned) if not isinstance(state, Running)]
    return sorted(found, key=lambda state: isinstance(state, Final))


def reaches(table: Table) -> list[Reach]:
    """One `Reach` for each user input of the table, in its order."""
    begins: dict[State, State] = {}
    for (source, given), target in table.items():
        if isinstance(given, UserInput) and isinstance(target, Running):
            begins.setdefault(target, source)
    found = []
    for (source, given), target in table.items():
        if isinstance(given, UserInput):
            reach = Reach(source, given)
            _follow(table, begins, reach, target, str(given))
            found.append(reach)
    return found


def _follow(table: Table, begins: dict[State, State], reach: Reach, first: State, user_input: str) -> None:
    """Follow the table from the state that an input enters to the states that wait or are final."""
    if not isinstance(first, Running):
        reach.answered[first].add(user_input)
        return
    pending: list[tuple[State, bool]] = [(first, False)]
    seen = set(pending)
    while pending:
        state, refused = pending.pop()
        for (source, given), target in table.items():
            if source != state:
                continue
            now_refused = refused or isinstance(given, RpcFailure)
            if not isinstance(target, Running):
                (reach.refused if now_refused else reach.answered)[target].add(str(given))
            elif target in begins:
                reach.onward[begins[target]].add(str(given))
            elif (target, now_refused) not in seen:
                seen.add((target, now_refused))
                pending.append((target, now_refused))


def listing(table: Table) -> list[tuple[str, str, str]]:
    """The whole table as (state, inputs, next state), with inputs of the same effect in one row."""
    grouped: dict[tuple[State, State], list[str]] = defaultdict(list)
    for (source, given), target in table.items():
        grouped[source, target].append(str(given))
    order = list(dict.fromkeys(source for source, _ in table))
    rows = sorted(grouped.items(), key=lambda item: order.index(item[0][0]))
    return [(str(source), ", ".join(inputs), str(target)) for (source, target), inputs in rows]


def draw(table: Table, title: str, sources: Collection[State] | None = None) -> str:
    """SVG of a flow, or of the inputs of the states `sources`, with only the states that they involve."""
    drawing = Drawing(title)
    shown = [reach for reach in reaches(table) if sources is None or reach.source in sources]
    involved = {state for reach in shown for state in (reach.source, *reach.answered, *reach.refused, *reach.onward)}
    states = [state for state in waiting_states(table) if sources is None or state in involved]
    columns = {state: _LABEL + (number + 0.5) * _COLUMN for number, state in enumerate(states)}
    heads = {state: _wrapped(str(state)) for state in states}
    head_height = max(len(lines) for lines in heads.values()) * _LINE + 12
    rows = sorted(shown, key=lambda reach: states.index(reach.source))
    bottom = head_height + len(rows) * _ROW + 8
    for state, x in columns.items():
        drawing.line([(x, head_height), (x, bottom)], style="grid")
        drawing.box(x - _COLUMN / 2 + 3, 0, _COLUMN - 6, head_height, hint=state.about)
        top = (head_height - len(heads[state]) * _LINE) / 2 + 11
        for number, line in enumerate(heads[state]):
            drawing.text(x, top + number * _LINE, line, anchor="middle")
    for number, reach in enumerate(rows):
        _draw_row(drawing, reach, columns, head_height + (number + 0.8) * _ROW)
    for number, (style, text) in enumerate(_LEGEND.items()):
        x = _LABEL + 8 + number * 190
        drawing.mark(x, bottom + 14, style)
        drawing.text(x + 10, bottom + 18, text, style="small")
    return drawing.svg()


def _draw_row(drawing: Drawing, reach: Reach, columns: dict[State, float], y: float) -> None:
    drawing.text(_LABEL - 4, y + 4, str(reach.user_input), style="on", anchor="end")
    marks: dict[State, list[tuple[str, set[str]]]] = defaultdict(list)
    marks[reach.source].append(("source", set()))
    for style in ("answered", "refused", "onward"):
        for state, inputs in getattr(reach, style).items():
            marks[state].append((style, inputs))
    reached = [columns[state] for state in marks]
    drawing.line([(min(reached), y), (max(reached), y)])
    for state, at_state in marks.items():
        for number, (style, inputs) in enumerate(at_state):
            x = columns[state] + (number - (len(at_state) - 1) / 2) * 11
            drawing.mark(x, y, style, hint=", ".join(sorted(inputs)))


def _wrapped(name: str) -> list[str]:
    """A name in lines that fit a column."""
    lines = [""]
    for word in name.split():
        if lines[-1] and (len(lines[-1]) + 1 + len(word)) * CHARACTER > _COLUMN - 10:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
