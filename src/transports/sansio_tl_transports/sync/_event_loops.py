"""A warning for programs that use blocking sockets inside an event loop."""

from __future__ import annotations

import contextlib
import sys
import warnings


def warn_in_event_loop(*, stacklevel: int) -> None:
    """Warn if an asyncio or trio loop runs in this thread: all its tasks stand still during each call."""
    adapter = _running_loop()
    if adapter is not None:
        warnings.warn(
            f"sansio_tl_transports.sync is used in a running {adapter} loop, whose tasks stand still during each call:"
            f" use sansio_tl_transports.{adapter}, or another thread",
            RuntimeWarning,
            stacklevel=stacklevel + 1,
        )


def _running_loop() -> str | None:
    """Neither library is imported for this."""
    if (asyncio := sys.modules.get("asyncio")) is not None:
        with contextlib.suppress(RuntimeError):
            asyncio.get_running_loop()
            return "asyncio"
    if (trio := sys.modules.get("trio")) is not None and trio.lowlevel.in_trio_run():
        return "trio"
    return None
