"""What the async adapters build on: the interface of an event loop, its tasks and its sockets."""

from __future__ import annotations

import math
import ssl
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from sansio_tl.errors import LocalProtocolError
from sansio_tl.proxy.carrier import Carrier
from sansio_tl_transports._shared.connect_options import Attempt
from sansio_tl_transports._shared.connection_runner import ConnectionRunner
from sansio_tl_transports._shared.waiter import E, Hook, JobFailed

T = TypeVar("T")


class AnyWire(Protocol):
    """An open socket."""

    async def send_all(self, data: bytes) -> None: ...
    async def receive(self) -> bytes: ...
    async def begin_tls(self, context: ssl.SSLContext, host: str | None = None) -> None: ...
    def close(self) -> None: ...
    async def abort(self) -> None: ...


@dataclass(frozen=True, slots=True)
class OpenedWire:
    """A socket connected to the data center."""

    wire: Any
    attempt: Attempt
    leftover: bytes = b""
    """Bytes of the data center that were received with the proxy's answer."""
    carrier: Carrier | None = None
    """Carries the bytes through a WEB proxy."""


class AnyTimer(Protocol):
    """Calls a function at a deadline that moves with every message."""

    def update(self) -> None: ...
    @property
    def cancel(self) -> Callable[[], object]: ...


class AsyncBackend(ABC, Generic[E]):
    """The event loop in which an engine and its tasks run. One for each `connect`, `open_client` and `serve`."""

    library: str
    """Its name."""
    time: Callable[[], float]
    """The clock of the loop, in seconds."""

    # -- waiting -----------------------------------------------------------------------------------------------------

    @abstractmethod
    def is_current(self) -> bool:
        """Whether the caller runs in this loop."""

    @abstractmethod
    def make_event(self) -> E:
        """An event of this library."""

    @abstractmethod
    def make_signal(self) -> Hook:
        """A change signal: calls its listener once, now or soon, for several changes."""

    @abstractmethod
    def wait_alone(self, event: E, seconds: float | None) -> Awaitable[object]:
        """Wait until the event is set, or for so many seconds; nothing else waits for this event."""

    @abstractmethod
    async def wait(self, event: E, until: float) -> None:
        """Wait until the event is set, or until this time."""

    @abstractmethod
    async def within(self, deadline: float, action: Awaitable[T], otherwise: str) -> T:
        """Await something. Raises a TimeoutError with this text when the deadline passes."""

    @abstractmethod
    def start_timer(self, deadline: Callable[[], float], tick: Callable[[], object]) -> AnyTimer:
        """Call `tick` at the deadlines, or earlier; `update` it when there may be an earlier one. Inside `running`."""

    def in_(self, seconds: float | None) -> float:
        """A time in so many seconds, by the clock of the loop; None is never."""
        return math.inf if seconds is None else self.time() + seconds

    def require_current(self) -> None:
        """Raises LocalProtocolError in another loop or thread, before it can do any harm."""
        if not self.is_current():
            raise LocalProtocolError("this connection belongs to another event loop: use it there, or open another one")

    def is_stray_cancellation(self, error: BaseException) -> bool:
        """Whether what was awaited has raised a cancellation by itself: the present task is not cancelled."""
        return False

    # -- tasks -------------------------------------------------------------------------------------------------------

    @abstractmethod
    def running(self) -> AbstractAsyncContextManager[None]:
        """Tasks can be started inside; on exit they are waited for, and when the body is cancelled, cancelled.

        Raises the exception of the body itself, not an exception group.
        """

    @abstractmethod
    def start(
        self, run: Callable[[], Awaitable[object]], ended: Callable[[], object] | None = None
    ) -> Callable[[], object]:
        """Start a task, and return a function that cancels it. `ended` is called at its end, even if it never began."""

    @abstractmethod
    def background(
        self, run: Callable[[], Awaitable[None]], end: Callable[[], object], patience: float
    ) -> AbstractAsyncContextManager[None]:
        """Run something beside the body, which a cancellation of the body does not end.

        After the body `end` is called, which should end it; after `patience` seconds more it is cancelled.
        """

    @abstractmethod
    def call_soon(self, function: Callable[[], None]) -> object:
        """Call a function in the next turn of the loop."""

    @abstractmethod
    def run_job(self, job: Callable[[], object], done: Callable[[object], None], failed: JobFailed) -> None:
        """Call a function in a thread, and later, in the loop, `done` with its value or `failed` with the reason."""

    async def call_in_thread(self, job: Callable[[], T]) -> T:
        """Call a function in a thread, and return or raise what it does. A StopIteration becomes a RuntimeError."""
        return await self.run_in_thread(partial(_call, job))

    @abstractmethod
    async def run_in_thread(self, job: Callable[[], T]) -> T:
        """Call a function, which raises no StopIteration, in a thread, and return or raise what it does."""

    # -- sockets -----------------------------------------------------------------------------------------------------

    @abstractmethod
    async def open_socket(self, attempts: Sequence[Attempt], stagger: float | None) -> OpenedWire:
        """Make these attempts until one connects: another one every `stagger` seconds, or when one has failed.

        Raises OSError (ConnectError among them) or ProxyError when none does.
        """

    @abstractmethod
    async def listen(
        self, host: str, port: int, accept: Callable[[Any], None]
    ) -> tuple[tuple[str, int], Callable[[], object]]:
        """Call `accept` with the wire of each new connection; returns the address, and a function that ends it."""

    @abstractmethod
    async def transfer(self, wire: Any, runner: ConnectionRunner, changed: Hook, leftover: bytes = b"") -> None:
        """Transfer bytes between a socket and its runner until the connection is closed and all output is sent.

        `changed` is what the runner calls at each change.
        """


def _call(job: Callable[[], T]) -> T:
    """Call a function. A future cannot raise a StopIteration: in asyncio its waiter would wait for ever."""
    try:
        return job()
    except StopIteration as error:
        raise RuntimeError("the function raised StopIteration") from error
