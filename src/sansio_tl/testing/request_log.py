"""The requests that a data center has received, as a test reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar, overload

from sansio_tl.tl.objects import Function

F = TypeVar("F", bound=Function[Any])


class RequestLog(Sequence[F]):
    """Requests in the order in which they were answered. Equals a list of the same requests; its repr hides secrets."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, requests: Iterable[F], clear: Callable[[], None]) -> None:
        self._requests = tuple(requests)
        self._clear = clear

    def clear(self) -> None:
        """Forget these requests, and later ones of the same method: the next log has only what arrives from now on."""
        self._clear()
        self._requests = ()

    def __repr__(self) -> str:
        shown = "".join(f"\n    {request!r}," for request in self._requests)
        return f"[{shown}\n]" if shown else "[]"

    def __len__(self) -> int:
        return len(self._requests)

    def __iter__(self) -> Iterator[F]:
        return iter(self._requests)

    @overload
    def __getitem__(self, index: int) -> F: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[F, ...]: ...

    def __getitem__(self, index: int | slice) -> F | tuple[F, ...]:
        return self._requests[index]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RequestLog | list | tuple):
            return NotImplemented
        return self._requests == tuple(other)
