"""The words in which the log-in flows are written down: states, inputs, and tables of them.

    TABLE = table({(CODE_WANTED, ENTER_CODE): SIGNING_IN, (SIGNING_IN, CODE_WRONG): CODE_WANTED, ...})

A flow rests in a `AwaitInput` state until somebody moves, is busy in an `Request` state (one request each) or a
`Computation` one, and ends in a `Final` one. A table says everything that a flow can do: what is not in it is misuse
when it is a move, a broken protocol when it is an answer, and, when it is a refusal, leads to the `home` of the state,
with the error kept for the person to see. The diagrams of the documentation are drawn from the tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias


@dataclass(frozen=True)
class State:
    """A place in a flow. `value` is its name, in snapshots and diagrams; `about` a sentence for people."""

    value: str
    about: str = field(compare=False)

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class AwaitInput(State):
    """Somebody must move: a person, or the program for them."""

    keeps: frozenset[str] = field(default=frozenset(), compare=False)
    """The secrets that may still be of use; the others are forgotten on arrival."""


@dataclass(frozen=True)
class Running(State):
    """The flow has work for its driver."""

    home: State = field(compare=False)
    """Where a refusal leads that the table does not know, usually where somebody moves."""
    needs: frozenset[str] = field(default=frozenset(), compare=False)
    """The secrets that the work is made with. No snapshot has them: without them the flow goes home and asks again."""


@dataclass(frozen=True)
class Request(Running):
    """A request is under way. Which one depends on the flow; the sentence names it."""


@dataclass(frozen=True)
class Computation(Running):
    """A computation is under way that is heavy enough for a thread."""


@dataclass(frozen=True)
class Final(State):
    """The end: nothing follows."""


@dataclass(frozen=True)
class Input:
    """What may happen to a flow. `value` is its name."""

    value: str

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class UserInput(Input):
    """Somebody outside does something: a method of the flow."""


@dataclass(frozen=True)
class Result(Input):
    """A request or a computation has a result."""


@dataclass(frozen=True)
class RpcFailure(Input):
    """The server refused a request with an error of one of these names."""

    names: tuple[str, ...] = ()


Table: TypeAlias = Mapping[tuple[State, Input], State]
"""(state, input) -> next state."""


def table(*parts: Mapping[tuple[State, Input], State]) -> Table:
    """One table of several parts; a later part may not contradict an earlier one."""
    whole: dict[tuple[State, Input], State] = {}
    for part in parts:
        for (state, given), target in part.items():
            if whole.setdefault((state, given), target) != target:
                raise ValueError(f"two targets for {given} in state {state}")
    return MappingProxyType(whole)


def refusal(*names: str) -> RpcFailure:
    """A refusal that is called after its errors."""
    return RpcFailure(" / ".join(names), names)


def from_each(states: tuple[State, ...], given: Input, target: State) -> Table:
    """The same row for several states."""
    return dict.fromkeys(((state, given) for state in states), target)


def back_home(states: tuple[Running, ...], given: Input) -> Table:
    """For each state a row that leads to its home: a known refusal after which the person decides again."""
    return {(state, given): state.home for state in states}


def states_of(whole: Table) -> dict[str, State]:
    """Every state of a table by its name, homes included."""
    found: dict[str, State] = {}
    for (state, _), target in whole.items():
        for each in (state, target):
            found[each.value] = each
            if isinstance(each, Running):
                found[each.home.value] = each.home
    return found
