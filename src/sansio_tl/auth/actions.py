"""The actions that a flow asks of its driver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from sansio_tl.computation import Compute
from sansio_tl.tl.objects import Function

__all__ = ["Action", "Compute", "Invoke"]


@dataclass(frozen=True, slots=True)
class Invoke:
    """Send this request and pass its result to `receive_result`, its error to `receive_error`.

    If the connection is lost and the outcome of the request is unknown, call `next_action` again: it returns the same
    action.
    """

    function: Function[Any]
    dc: int | None = None
    """The data center that must receive it; None is the account's home data center at that time."""
    moves_account: bool = False
    """Whether that data center becomes the account's home data center."""

    def __repr__(self) -> str:
        return f"Invoke({type(self.function).NAME}, dc={self.dc})"


Action: TypeAlias = Invoke | Compute
