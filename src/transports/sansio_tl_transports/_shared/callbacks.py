"""Functions of the application that are called where nothing can be awaited: in the middle of the engine's work."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

_WHAT_TO_DO = "is called where nothing can be awaited: pass a plain function (in an async program it may start a task)"


def require_plain(**callbacks: object) -> None:
    """Raises TypeError for an async function among them, before anything is done with it; None is none."""
    for name, callback in callbacks.items():
        call = getattr(callback, "__call__", None)  # noqa: B004  an object may have an async one
        if inspect.iscoroutinefunction(callback) or inspect.iscoroutinefunction(call):
            raise TypeError(f"{name} {_WHAT_TO_DO}")


def call_plain(name: str, callback: Callable[..., T], what: Any) -> T:
    """Call it. Raises TypeError when it returns something that would have to be awaited: it did not do its work."""
    result = callback(what)
    if inspect.isawaitable(result):
        if inspect.iscoroutine(result):
            result.close()  # it would complain that nobody awaited it
        raise TypeError(f"{name} {_WHAT_TO_DO}")
    return result
