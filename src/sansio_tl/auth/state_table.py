"""Building blocks of the login flows: states, inputs, and tables of them.

    TABLE = table({(AWAITING_CODE, ENTER_CODE): SIGNING_IN, (SIGNING_IN, CODE_WRONG): AWAITING_CODE, ...})

A flow waits in an `AwaitInput` state for the user, performs one request in a `Request` state or a computation in a
`Computation` state, and ends in a `Final` state. A table lists everything that a flow can do. Anything else is misuse
if it is user input, a protocol violation if it is a result, and, if it is an error, leads to the `home` of the state
and is kept for the user. The diagrams of the documentation are drawn from the tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias


@dataclass(frozen=True)
class State:
    """A state of a flow. `value` is its name, in snapshots and diagrams; `about` a sentence for readers."""

    value: str
    about: str = field(compare=False)

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class AwaitInput(State):
    """Waits for input of the user, or of the program on the user's behalf."""

    keeps: frozenset[str] = field(default=frozenset(), compare=False)
    """The secrets that are still needed; the others are dropped on entry."""


@dataclass(frozen=True)
class Running(State):
    """The flow has an action for its driver."""

    home: State = field(compare=False)
    """The next state after an error without a row, usually one that awaits input."""
    needs: frozenset[str] = field(default=frozenset(), compare=False)
    """The secrets that the action needs. Snapshots hold none: without them a restored flow returns to `home` and asks
    again."""


@dataclass(frozen=True)
class Request(Running):
    """A request is pending. Which one depends on the flow; `about` names it."""


@dataclass(frozen=True)
class Computation(Running):
    """A computation is pending that is slow enough for a thread."""


@dataclass(frozen=True)
class Final(State):
    """The end of the flow."""


@dataclass(frozen=True)
class Input:
    """An input of a flow. `value` is its name."""

    value: str

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class UserInput(Input):
    """User input: a method of the flow."""


@dataclass(frozen=True)
class Result(Input):
    """The result of a request or a computation."""


@dataclass(frozen=True)
class RpcFailure(Input):
    """An error of the server with one of these names."""

    names: tuple[str, ...] = ()


Table: TypeAlias = Mapping[tuple[State, Input], State]
"""(state, input) -> next state."""


def table(*parts: Mapping[tuple[State, Input], State]) -> Table:
    """Join several parts to one table; two parts may not contradict each other."""
    whole: dict[tuple[State, Input], State] = {}
    for part in parts:
        for (state, given), target in part.items():
            if whole.setdefault((state, given), target) != target:
                raise ValueError(f"two targets for {given} in state {state}")
    return MappingProxyType(whole)


def rpc_failure(*names: str) -> RpcFailure:
    """An error input that is named after its errors."""
    return RpcFailure(" / ".join(names), names)


def from_each(states: tuple[State, ...], given: Input, target: State) -> Table:
    """The same row for several states."""
    return dict.fromkeys(((state, given) for state in states), target)


def back_home(states: tuple[Running, ...], given: Input) -> Table:
    """For each state a row that leads to its home: a known error after which the user decides again."""
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
