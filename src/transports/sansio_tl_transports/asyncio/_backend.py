"""The asyncio loop, for `AsyncAdapter`."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from sansio_tl_transports._shared.async_backend import AsyncBackend, OpenedWire
from sansio_tl_transports._shared.connect_options import Attempt
from sansio_tl_transports._shared.connection_runner import ConnectionRunner
from sansio_tl_transports._shared.event_loops import wrong_loop
from sansio_tl_transports._shared.waiter import Hook, JobFailed
from sansio_tl_transports.asyncio._pump import DeadlineTimer, ResultEvent, Signal, SocketPump
from sansio_tl_transports.asyncio._sockets import open_socket, tasks_inside
from sansio_tl_transports.asyncio._stream import Wire

T = TypeVar("T")


class Backend(AsyncBackend[ResultEvent]):
    """The running loop."""

    library = "asyncio"
    _tasks: asyncio.TaskGroup
    """Set by `running`."""

    def __init__(self) -> None:
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            raise wrong_loop("asyncio") from None
        self.time = self._loop.time

    def is_current(self) -> bool:
        """Whether the caller runs in this loop."""
        return asyncio.events._get_running_loop() is self._loop  # noqa: SLF001  get_running_loop raises without one

    def make_event(self) -> ResultEvent:
        """A future."""
        return ResultEvent()

    def make_signal(self) -> Signal:
        """Calls its listener soon."""
        return Signal()

    def wait_alone(self, event: ResultEvent, seconds: float | None) -> Awaitable[object]:
        """Wait for the future itself, which is cancelled with the waiting task."""
        return event.fired if seconds is None else self.wait(event, self.in_(seconds))

    async def wait(self, event: ResultEvent, until: float) -> None:
        """Wait until the event is set, or until this time."""
        with contextlib.suppress(TimeoutError):
            await self.within(until, event.wait(), "")

    async def within(self, deadline: float, action: Awaitable[T], otherwise: str) -> T:
        """Await something. Raises a TimeoutError with this text when the deadline passes."""
        try:
            async with asyncio.timeout_at(None if deadline == math.inf else deadline):
                return await action
        except TimeoutError:
            raise TimeoutError(otherwise) from None

    def is_stray_cancellation(self, error: BaseException) -> bool:
        """Whether a task or future inside was cancelled, and not the present task."""
        task = asyncio.current_task()
        return isinstance(error, asyncio.CancelledError) and task is not None and not task.cancelling()

    def start_timer(self, deadline: Callable[[], float], tick: Callable[[], object]) -> DeadlineTimer:
        """A timer of the loop."""
        return DeadlineTimer(deadline, tick)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """A task group that raises the exception of its body itself."""
        async with tasks_inside() as self._tasks:
            yield

    def start(
        self, run: Callable[[], Awaitable[object]], ended: Callable[[], object] | None = None
    ) -> Callable[[], object]:
        """Start a task. One that is cancelled before its first step does nothing."""

        async def main() -> None:
            await run()

        task = self._tasks.create_task(main())
        if ended is not None:
            task.add_done_callback(lambda _: ended())
        return task.cancel

    @contextlib.asynccontextmanager
    async def background(
        self, run: Callable[[], Awaitable[None]], end: Callable[[], object], patience: float
    ) -> AsyncIterator[None]:
        """Run something beside the body, in a task of no group."""
        task = asyncio.ensure_future(run())
        try:
            yield
        finally:
            end()
            timer = self._loop.call_later(patience, task.cancel)
            cancelled: asyncio.CancelledError | None = None
            while not task.done():
                try:
                    await asyncio.wait([task])
                except asyncio.CancelledError as error:
                    cancelled = error
            timer.cancel()
            if cancelled is not None:
                raise cancelled
        if not task.cancelled():
            task.result()

    def call_soon(self, function: Callable[[], None]) -> object:
        """Call a function in the next turn of the loop."""
        return self._loop.call_soon(function)

    def run_job(self, job: Callable[[], object], done: Callable[[object], None], failed: JobFailed) -> None:
        """Call a function in the loop's executor, and later `done` with its value or `failed` with the reason."""

        def ended(future: asyncio.Future[object]) -> None:
            if future.cancelled():
                failed(RuntimeError("the executor has cancelled it"))
            elif (error := future.exception()) is not None:
                failed(error)
            else:
                done(future.result())

        try:
            self._loop.run_in_executor(None, job).add_done_callback(ended)
        except Exception as error:  # noqa: BLE001  any executor may be set, and one that is shut down raises
            self._loop.call_soon(failed, error)

    async def run_in_thread(self, job: Callable[[], T]) -> T:
        """Call a function, which raises no StopIteration, in a thread, and return or raise what it does."""
        return await asyncio.to_thread(job)

    async def open_socket(self, attempts: Sequence[Attempt], stagger: float | None) -> OpenedWire:
        """Make these attempts until one connects."""
        return await open_socket(attempts, stagger)

    async def listen(
        self, host: str, port: int, accept: Callable[[Any], None]
    ) -> tuple[tuple[str, int], Callable[[], object]]:
        """A server of the loop."""
        listener = await self._loop.create_server(partial(Wire, accept), host, port)
        return listener.sockets[0].getsockname()[:2], listener.close

    async def transfer(self, wire: Wire, runner: ConnectionRunner, changed: Hook, leftover: bytes = b"") -> None:
        """Run a `SocketPump`, and close the socket."""
        try:
            await SocketPump(wire, runner, changed, leftover).run()
        finally:
            await wire.abort()  # not in the pump, which is compiled: mypyc loses the exception while a `finally` awaits
