"""A warning for programs that use blocking sockets inside an event loop."""

from __future__ import annotations

import warnings

from sansio_tl_transports._shared.event_loops import running_loop


def warn_in_event_loop(*, stacklevel: int) -> None:
    """Warn if an asyncio or trio loop runs in this thread: all its tasks stand still during each call."""
    adapter = running_loop()
    if adapter is not None:
        warnings.warn(
            f"sansio_tl_transports.sync is used in a running {adapter} loop, whose tasks stand still during each call:"
            f" use sansio_tl_transports.{adapter}, or another thread",
            RuntimeWarning,
            stacklevel=stacklevel + 1,
        )
