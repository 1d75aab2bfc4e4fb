"""What the asyncio and the trio adapter share of `save`: it may be async, and is awaited in a task of its own."""

from __future__ import annotations

import contextlib
import inspect
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any, Final, Generic

from sansio_tl_transports._shared.async_backend import AsyncBackend
from sansio_tl_transports._shared.callbacks import require_callable
from sansio_tl_transports._shared.client_runner import Save
from sansio_tl_transports._shared.stored_session import CLOSE_PATIENCE
from sansio_tl_transports._shared.waiter import E, Pulse

_UNFINISHED: Final = (
    f"save did not finish: on exit it may take {CLOSE_PATIENCE:g} s. The last state is not saved; Client.snapshot() "
    "has it"
)


class AwaitedSave(Generic[E]):
    """Calls `save`, one call at a time: while one is awaited, only the newest state waits for the next one."""

    def __init__(self, make_event: Callable[[], E], save: Save) -> None:
        self.on_failure: Callable[[BaseException], object] = lambda _: None
        """Ends the client. Set by the adapter."""
        self._save = save
        self._wake: Pulse[E] = Pulse(make_event)
        self._running: Awaitable[object] | None = None
        self._newest: dict[str, Any] | None = None
        self._ending = False

    def put(self, snapshot: dict[str, Any]) -> None:
        """The client has this state: save it, at once or after the present call. Raises what a plain `save` raises."""
        if self._running is not None:
            self._newest = snapshot
            return
        result = self._save(snapshot)
        if inspect.isawaitable(result):
            self._running = result
            self._wake()

    def end(self) -> None:
        """The client has ended: save what waits, and return."""
        self._ending = True
        self._wake()

    async def run(self, loop: AsyncBackend[E]) -> None:
        """Await the calls until `end`."""
        try:
            while self._running is not None or not self._ending:
                if self._running is None:
                    await loop.wait(self._wake.event, math.inf)
                    continue
                await self._running
                self._running, newest, self._newest = None, self._newest, None
                if newest is not None:
                    self.put(newest)
        except (Exception, KeyboardInterrupt, SystemExit) as error:  # noqa: BLE001  raised on exit, as of a plain one
            self.on_failure(error)
        except BaseException:  # cancelled
            self.on_failure(TimeoutError(_UNFINISHED))
            raise


@contextlib.asynccontextmanager
async def awaited_save(loop: AsyncBackend[E], save: Save | None) -> AsyncIterator[AwaitedSave[E] | None]:
    """What calls `save`; None without one. On exit the last state is saved, for `CLOSE_PATIENCE` at most."""
    if save is None:
        yield None
        return
    require_callable(save=save)
    saver = AwaitedSave(loop.make_event, save)
    async with loop.background(partial(saver.run, loop), saver.end, CLOSE_PATIENCE):
        yield saver
