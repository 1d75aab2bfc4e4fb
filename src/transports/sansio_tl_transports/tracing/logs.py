"""A tracer that writes to `logging`.

    logging.basicConfig(level=logging.INFO)
    logging.getLogger("sansio_tl.message").setLevel(logging.DEBUG)
    async with open_client(config, tracer=LoggingTracer()) as client: ...

The loggers are sansio_tl.connection, .handshake, .message, .request and .client. The record of each line has the event
as `record.trace_event`, for handlers that write structured logs.
"""

from __future__ import annotations

import logging
from typing import Any

from sansio_tl.trace import TraceEvent
from sansio_tl_transports.tracing.descriptions import AREAS, area_and_level, describe


class LoggingTracer:
    """Writes each event to the logger of its area.

    Connections and keys are logged as INFO, what fails or has to wait as WARNING, messages and requests as DEBUG.
    """

    def __init__(self, name: str = "sansio_tl", *, wants_contents: bool = False) -> None:
        """`name` is that of the parent logger. With `wants_contents` the values of messages are logged, secrets masked:
        texts of messages are not secrets in this sense.
        """
        self.wants_contents = wants_contents
        """Whether the engine records contents."""
        self._loggers = {area: logging.getLogger(f"{name}.{area}") for area in AREAS}

    def record(self, event: TraceEvent, now: float) -> None:
        """Log an event. The time of the line is that of `logging`."""
        del now
        area, level = area_and_level(event)
        logger = self._loggers[area]
        if logger.isEnabledFor(level):
            fields: dict[str, Any] = {"trace_event": event}
            logger.log(level, "%s", describe(event).text, extra=fields)
