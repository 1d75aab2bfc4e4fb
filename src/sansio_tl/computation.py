"""Slow computations, which the engine makes itself or leaves to its driver.

A part of the engine with such computations is a generator: it yields each as a `Job`, gets the value, or has the
ProtocolError raised that the function has raised, and returns its own result in the end.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias, TypeVar

from sansio_tl.errors import ProtocolError
from sansio_tl.errors.protocol import LocalProtocolError

T = TypeVar("T")


class Job(NamedTuple):
    """A computation: a function without arguments, and the type of its value."""

    function: Callable[[], Any]
    returns: type


def require_value(value: object, returns: type) -> None:
    """Raises LocalProtocolError for what a computation with values of this type cannot have returned."""
    if not isinstance(value, ProtocolError | returns):
        raise LocalProtocolError(
            f"a value of {type(value).__name__} is not what the job of this Compute returns: pass its return value"
        )


Computing: TypeAlias = Generator[Job, Any, T]


@dataclass(frozen=True, slots=True, eq=False)
class Compute:
    """Call `job()`, in a thread or process if you like, and pass its return value to `receive_computed`.

    It never raises. It can be pickled, and so can its value; pickled, both contain secrets. Keep the action itself:
    `receive_computed` does not know a copy of it.
    """

    job: Callable[[], object] = field(repr=False)


@dataclass(frozen=True, repr=False)
class _Task:
    """The `job` of a Compute. A `partial` would show its arguments, which are secrets."""

    function: Callable[[], object]

    def __call__(self) -> object:
        return outcome_of(self.function)

    def __repr__(self) -> str:
        return "<job of a Compute>"


def outcome_of(job: Callable[[], object]) -> object:
    """The value of a computation, or the ProtocolError that it raises."""
    try:
        return job()
    except ProtocolError as error:
        return error.with_traceback(None)


def left_to_driver(function: Callable[[], object]) -> Compute:
    """The action for a computation."""
    return Compute(_Task(function))


def go_on(computing: Computing[T], value: object) -> Job:
    """The next computation, after the one before has had this outcome; None for the first one.

    Raises StopIteration with the result in the end.
    """
    return computing.throw(value) if isinstance(value, ProtocolError) else computing.send(value)


def compute(computing: Computing[T]) -> T:
    """Make all the computations at once; returns the result."""
    value: object = None
    while True:
        try:
            job = go_on(computing, value)
        except StopIteration as end:
            result: T = end.value
            return result
        value = outcome_of(job.function)
