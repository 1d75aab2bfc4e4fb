"""Which event loop runs in the calling thread, for errors and warnings of programs that use the wrong adapter."""

from __future__ import annotations

import contextlib
import sys


def running_loop() -> str | None:
    """The adapter for the loop that runs in this thread: asyncio or trio. Neither library is imported for this."""
    if (asyncio := sys.modules.get("asyncio")) is not None:
        with contextlib.suppress(RuntimeError):
            asyncio.get_running_loop()
            return "asyncio"
    if (trio := sys.modules.get("trio")) is not None and trio.lowlevel.in_trio_run():
        return "trio"
    return None


def wrong_loop(adapter: str) -> RuntimeError:
    """The error for the adapter of a loop that does not run in this thread."""
    running = running_loop()
    found = "outside an event loop" if running is None else f"in a running {running} loop"
    other = "sync" if running is None else running
    return RuntimeError(
        f"sansio_tl_transports.{adapter} is used {found}: run the program in {adapter}, or use"
        f" sansio_tl_transports.{other}"
    )
