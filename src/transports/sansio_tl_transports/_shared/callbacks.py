"""Calls of the application's callbacks, which must be plain functions: the engine's code cannot await."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

_REQUIREMENT = "must be a plain function, not an async one"
_HINTS = {"save": "only the open_client of asyncio and of trio awaits it"}
_HINT = "in an async program it may start a task"


def _refusal(name: str) -> TypeError:
    return TypeError(f"{name} {_REQUIREMENT} ({_HINTS.get(name, _HINT)})")


def require_plain(**callbacks: object) -> None:
    """Raises TypeError for an async function among the callbacks; None is allowed."""
    for name, callback in callbacks.items():
        call = getattr(callback, "__call__", None)  # noqa: B004  an object may have an async one
        if inspect.iscoroutinefunction(callback) or inspect.iscoroutinefunction(call):
            raise _refusal(name)


def require_callable(**callbacks: object) -> None:
    """Raises TypeError for what is neither a function nor None."""
    for name, callback in callbacks.items():
        if not (callback is None or callable(callback)):
            raise TypeError(f"{name} must be a function or None, not {type(callback).__name__}")


def require_callbacks(**callbacks: object) -> None:
    """Raises TypeError for what is neither a function nor None, and for an async function."""
    require_callable(**callbacks)
    require_plain(**callbacks)


def call_plain(name: str, callback: Callable[..., T], what: Any) -> T:
    """Call a callback. Raises TypeError when it returns an awaitable."""
    result = callback(what)
    if inspect.isawaitable(result):
        if inspect.iscoroutine(result):
            result.close()  # else Python warns that it was never awaited
        raise _refusal(name)
    return result
