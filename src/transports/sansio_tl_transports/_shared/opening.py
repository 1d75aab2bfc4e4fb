"""What `connect`, `open_client`, `serve` and `open_fleet` return: a context manager that says so when it is used as
something else.

The usual mistake is to forget `with`, or the `async` before it. Those of `contextlib` then raise an AttributeError that
names a private class, or nothing at all.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn, ParamSpec, TypeVar

from sansio_tl.errors import LocalProtocolError

P = ParamSpec("P")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class NotEnteredError(LocalProtocolError, AttributeError):
    """What `connect`, `open_client`, `serve` or `open_fleet` has returned was used without `with` or `async with`."""


class _Misuse:
    """Raises NotEnteredError for any use but the right one."""

    _keyword: str

    def __init__(self, function: str, variable: str) -> None:
        self._call = f"{function}(...)"
        self._variable = variable
        self._noticed = False
        """Whether it was entered, or an error has reported that it was not."""
        self._entered = False

    def __repr__(self) -> str:
        return f"<{self._call}: not open; use it with `{self._keyword}`>"

    def __del__(self) -> None:
        if not getattr(self, "_noticed", True):
            warnings.warn(f"{self._call} did nothing: {self._remedy()}", RuntimeWarning, stacklevel=2, source=self)

    def _enter(self) -> None:
        """Raises LocalProtocolError the second time."""
        if self._entered:
            raise LocalProtocolError(
                f"this {self._call} was entered before, and can be entered only once: call it again for another"
                f" {self._variable}"
            )
        self._noticed = self._entered = True

    def _remedy(self) -> str:
        return f"write `{self._keyword} {self._call} as {self._variable}:`"

    def _refuse(self, reason: str, hint: str = "") -> NoReturn:
        self._noticed = True
        raise NotEnteredError(f"{self._call} {reason}: {self._remedy()}{hint}")

    if not TYPE_CHECKING:  # a type checker has errors of its own for these

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("_"):  # inspection, and a half-made object
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            self._refuse(f"is not open, so it has no {name!r}")

        def __await__(self) -> NoReturn:
            self._refuse("cannot be awaited")


class Opening(_Misuse, AbstractContextManager[T_co]):
    """A context manager of the adapter for blocking sockets."""

    _keyword = "with"

    def __init__(self, function: str, variable: str, manager: AbstractContextManager[T_co]) -> None:
        super().__init__(function, variable)
        self._manager = manager

    def __enter__(self) -> T_co:
        self._enter()
        return self._manager.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> bool | None:
        return self._manager.__exit__(kind, error, trace)

    if not TYPE_CHECKING:

        def __aenter__(self) -> NoReturn:
            hint = ", or import from sansio_tl_transports.asyncio or .trio for `async with`"
            self._refuse("is that of blocking sockets", hint)

        async def __aexit__(self, *_: object) -> None:
            """Never called; without it Python refuses `async with` with a text of its own."""


class AsyncOpening(_Misuse, AbstractAsyncContextManager[T_co]):
    """A context manager of an async adapter."""

    _keyword = "async with"

    def __init__(self, function: str, variable: str, manager: AbstractAsyncContextManager[T_co]) -> None:
        super().__init__(function, variable)
        self._manager = manager

    async def __aenter__(self) -> T_co:
        self._enter()
        return await self._manager.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> bool | None:
        return await self._manager.__aexit__(kind, error, trace)

    if not TYPE_CHECKING:

        def __enter__(self) -> NoReturn:
            self._refuse("is that of an async adapter", ", or import from sansio_tl_transports.sync for `with`")

        def __exit__(self, *_: object) -> None:
            """Never called; without it Python refuses `with` with a text of its own."""


def opening(variable: str) -> Callable[[Callable[P, Iterator[T]]], Callable[P, Opening[T]]]:
    """As `contextlib.contextmanager`; `variable` is what an error calls the value."""

    def decorate(function: Callable[P, Iterator[T]]) -> Callable[P, Opening[T]]:
        make = contextmanager(function)

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> Opening[T]:
            return Opening(function.__name__, variable, make(*args, **kwargs))

        return call

    return decorate


def async_opening(variable: str) -> Callable[[Callable[P, AsyncIterator[T]]], Callable[P, AsyncOpening[T]]]:
    """As `contextlib.asynccontextmanager`; `variable` is what an error calls the value."""

    def decorate(function: Callable[P, AsyncIterator[T]]) -> Callable[P, AsyncOpening[T]]:
        make = asynccontextmanager(function)

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> AsyncOpening[T]:
            return AsyncOpening(function.__name__, variable, make(*args, **kwargs))

        return call

    return decorate
