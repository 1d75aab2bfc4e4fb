"""Draws a flow from its transition table: the states that wait for input, and where each input can lead.

A flow has many running states, each with a dozen possible errors, so a graph of all of them would be unreadable. The
table is followed through the running states to the states that wait for input. When it reaches a running state that
another input starts, a triangle marks the state of that input. The tooltip of a mark lists the results and errors
behind it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

import state_drawing
from sansio_tl.auth.state_table import Final, RpcFailure, Running, State, Table, UserInput
from state_drawing import Arrow, Box, Row


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
    shown = [reach for reach in reaches(table) if sources is None or reach.source in sources]
    involved = {state for reach in shown for state in (reach.source, *reach.answered, *reach.refused, *reach.onward)}
    states = [state for state in waiting_states(table) if sources is None or state in involved]
    boxes = [
        Box(str(state), tuple(_row(reach) for reach in shown if reach.source == state), state.about) for state in states
    ]
    return state_drawing.draw(boxes, title)


def _row(reach: Reach) -> Row:
    """A target has one mark, of the first style that applies, and what leads there in any style as its tooltip."""
    styles: dict[State, str] = {}
    causes: dict[State, set[str]] = defaultdict(set)
    for style in state_drawing.LEGEND:
        for state, inputs in getattr(reach, style).items():
            styles.setdefault(state, style)
            causes[state] |= inputs
    arrows = [Arrow(str(state), style, ", ".join(sorted(causes[state]))) for state, style in styles.items()]
    return Row(str(reach.user_input), tuple(arrows))
