"""Operations written once for blocking and for asynchronous libraries: generators that yield commands, get answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeAlias, TypeVar

C = TypeVar("C")
T = TypeVar("T")

Operation: TypeAlias = Generator[C, Any, T]


def run(operation: Operation[C, T], execute: Callable[[C], Any]) -> T:
    """Run an operation with a function that blocks."""
    answer: Any = None
    while True:
        try:
            command = operation.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result
        answer = execute(command)


async def run_async(operation: Operation[C, T], execute: Callable[[C], Awaitable[Any]]) -> T:
    """Run an operation with an async function."""
    answer: Any = None
    while True:
        try:
            command = operation.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result
        answer = await execute(command)
