"""What a flow asks of whoever drives it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sansio_tl.tl.objects import Function


@dataclass(frozen=True, slots=True)
class Invoke:
    """Send this request and hand its result to `receive_result`, its error to `receive_error`.

    When the link is lost and nobody knows what became of the request, ask `next_action` again: it gives the same one.
    """

    function: Function[Any]
    dc: int | None = None
    """The data center it must go to; None means the account's own, wherever that is now."""
    moves_account: bool = False
    """Whether that data center is to be remembered as the account's own."""

    def __repr__(self) -> str:
        return f"Invoke({type(self.function).NAME}, dc={self.dc})"


@dataclass(frozen=True, slots=True)
class Compute:
    """Call `job()`, in a thread if you like, and hand what it returns to `receive_computed`. It never raises."""

    job: Callable[[], object] = field(repr=False)


Action: TypeAlias = Invoke | Compute
