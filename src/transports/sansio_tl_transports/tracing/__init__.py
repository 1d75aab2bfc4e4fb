"""Tracers: they take what the engine records (`sansio_tl.trace`), and write it to logs, to OpenTelemetry or to a file.

    from sansio_tl_transports.tracing import CombinedTracer, LoggingTracer

    async with open_client(config, tracer=LoggingTracer()) as client: ...

Each is an argument `tracer=` of the adapters' `connect` and `open_client`, and of `sansio_tl.testing.DataCenter`.
`sansio_tl_transports.tracing.otel` has the one for OpenTelemetry; the extra `otel` brings what it needs.
"""

from __future__ import annotations

from sansio_tl.trace import CombinedTracer, TraceEvent, Tracer
from sansio_tl_transports.tracing.logs import LoggingTracer
from sansio_tl_transports.tracing.qlog import QlogTracer, read_qlog

__all__ = ["CombinedTracer", "LoggingTracer", "QlogTracer", "TraceEvent", "Tracer", "read_qlog"]
