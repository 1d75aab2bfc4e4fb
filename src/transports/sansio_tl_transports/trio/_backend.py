"""The trio run, for `AsyncAdapter`."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Final, TypeVar

import trio

from sansio_tl_transports._shared.async_backend import AsyncBackend, OpenedWire
from sansio_tl_transports._shared.connect_options import Attempt
from sansio_tl_transports._shared.connection_runner import ConnectionRunner
from sansio_tl_transports._shared.event_loops import wrong_loop
from sansio_tl_transports._shared.waiter import Hook, JobFailed
from sansio_tl_transports.trio._pump import DeadlineTimer, SocketPump
from sansio_tl_transports.trio._sockets import open_socket
from sansio_tl_transports.trio._stream import Wire

T = TypeVar("T")

_MAX_THREADS: Final = 40
"""Of all connections in a run, as many as trio has by default."""


class Backend(AsyncBackend[trio.Event]):
    """The current run."""

    library = "trio"
    _tasks: trio.Nursery
    """Set by `running`."""

    def __init__(self) -> None:
        try:
            self._token = trio.lowlevel.current_trio_token()
        except RuntimeError:
            raise wrong_loop("trio") from None
        self.time = trio.lowlevel.current_clock().current_time

    def is_current(self) -> bool:
        """Whether the caller runs in this run."""
        try:
            return trio.lowlevel.current_trio_token() is self._token
        except RuntimeError:  # no run
            return False

    def make_event(self) -> trio.Event:
        """An event of trio."""
        return trio.Event()

    def make_signal(self) -> Hook:
        """Calls its listener at once, which wakes tasks."""
        return Hook()

    def wait_alone(self, event: trio.Event, seconds: float | None) -> Awaitable[object]:
        """Wait until the event is set, or for so many seconds."""
        return event.wait() if seconds is None else self.wait(event, self.in_(seconds))

    async def wait(self, event: trio.Event, until: float) -> None:
        """Wait until the event is set, or until this time."""
        with trio.move_on_at(until):
            await event.wait()

    async def within(self, deadline: float, action: Awaitable[T], otherwise: str) -> T:
        """Await something. Raises a TimeoutError with this text when the deadline passes."""
        try:
            with trio.fail_at(deadline):
                return await action
        except trio.TooSlowError:
            raise TimeoutError(otherwise) from None

    def start_timer(self, deadline: Callable[[], float], tick: Callable[[], object]) -> DeadlineTimer:
        """A task that sleeps until the deadline."""
        timer = DeadlineTimer(deadline, tick)
        timer.cancel = self.start(timer.run)
        return timer

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """A nursery that raises the exception of its body itself."""
        async with _nursery() as self._tasks:
            yield

    def start(
        self, run: Callable[[], Awaitable[object]], ended: Callable[[], object] | None = None
    ) -> Callable[[], object]:
        """Start a task. One that is cancelled before its first step runs until it waits."""
        scope = trio.CancelScope()

        async def main() -> None:
            try:
                with scope:
                    await run()
            finally:
                if ended is not None:
                    ended()

        self._tasks.start_soon(main)
        return scope.cancel

    @contextlib.asynccontextmanager
    async def background(
        self, run: Callable[[], Awaitable[None]], end: Callable[[], object], patience: float
    ) -> AsyncIterator[None]:
        """Run something beside the body, in a shielded scope."""
        scope = trio.CancelScope(shield=True)

        async def shielded() -> None:
            with scope:
                await run()

        async with _nursery() as tasks:
            tasks.start_soon(shielded)
            try:
                yield
            finally:
                end()
                scope.deadline = trio.current_time() + patience

    def call_soon(self, function: Callable[[], None]) -> None:
        """Call a function in a task, which runs once the present ones have had their turn."""

        async def call() -> None:
            function()

        self._tasks.start_soon(call)

    def run_job(self, job: Callable[[], object], done: Callable[[object], None], failed: JobFailed) -> None:
        """Call a function in a thread, and later `done` with its value or `failed` with the reason."""

        async def call() -> None:
            try:
                value = await self.run_in_thread(job)
            except Exception as error:  # noqa: BLE001  no thread could be started, or a bug
                failed(error)
            else:
                done(value)

        self._tasks.start_soon(call)

    async def run_in_thread(self, job: Callable[[], T]) -> T:
        """Call a function, which raises no StopIteration, in a thread, and return or raise what it does."""
        return await trio.to_thread.run_sync(job, abandon_on_cancel=True, limiter=_limiter())

    async def open_socket(self, attempts: Sequence[Attempt], stagger: float | None) -> OpenedWire:
        """Make these attempts until one connects."""
        return await open_socket(attempts, stagger)

    async def listen(
        self, host: str, port: int, accept: Callable[[Any], None]
    ) -> tuple[tuple[str, int], Callable[[], object]]:
        """A task that accepts."""

        async def handle(stream: trio.SocketStream) -> None:
            accept(Wire(stream))

        listeners = await trio.open_tcp_listeners(port, host=host)
        end = self.start(partial(trio.serve_listeners, handle, listeners))
        return listeners[0].socket.getsockname()[:2], end

    async def transfer(self, wire: Wire, runner: ConnectionRunner, changed: Hook, leftover: bytes = b"") -> None:
        """Run a `SocketPump`."""
        await SocketPump(wire, runner, changed, leftover).run()


_LIMITER: Final[trio.lowlevel.RunVar[trio.CapacityLimiter]] = trio.lowlevel.RunVar("sansio_tl threads")


def _limiter() -> trio.CapacityLimiter:
    """Not that of the program, whose own threads may use it up: then handshakes and exits would wait for them."""
    try:
        return _LIMITER.get()
    except LookupError:
        _LIMITER.set(limiter := trio.CapacityLimiter(_MAX_THREADS))
        return limiter


@contextlib.asynccontextmanager
async def _nursery() -> AsyncIterator[trio.Nursery]:
    """A nursery that raises the exception of its body itself, not an exception group."""
    failure: BaseException | None = None
    async with trio.open_nursery() as tasks:
        try:
            yield tasks
        except trio.Cancelled:
            raise
        except BaseException as error:  # noqa: BLE001  Ctrl-C, too
            failure = error
    if failure is not None:
        raise failure
