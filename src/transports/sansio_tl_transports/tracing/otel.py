"""A tracer that makes spans and metrics of OpenTelemetry. The extra `otel` brings its packages.

    tracer = OpenTelemetryTracer()          # the global providers; or tracer_provider=..., meter_provider=...
    async with open_client(config, tracer=tracer) as client: ...

A request is a span of kind CLIENT from the call to its outcome; for a data center, of kind SERVER. Its parent is the
span that is current where the request is made. Names and attributes are those of the semantic conventions for RPC
(rpc.method, rpc.response.status_code, error.type, server.address ...), the protocol's own ones begin with "mtproto.".
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from sansio_tl import errors, trace
from sansio_tl_transports._shared.escape_text import shortened, visible
from sansio_tl_transports.tracing.descriptions import msg_id

try:
    from opentelemetry import metrics as otel_metrics
    from opentelemetry import trace as otel_trace
except ImportError as missing:
    raise ImportError(
        "sansio_tl_transports.tracing.otel needs opentelemetry-api. The extra otel brings it: pip install '.[otel]' in "
        "a checkout"
    ) from missing

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import Span, TracerProvider

Attributes: TypeAlias = "dict[str, str | int | float | bool]"
_SCOPE: Final = "sansio_tl"
_SYSTEM: Final = "mtproto"
MAX_SPANS: Final = 10_000
"""Unfinished requests that have spans; further ones have metrics only."""
_DURATION_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""Seconds: those that the conventions name."""


class OpenTelemetryTracer:
    """Makes spans of requests, and metrics of requests, connections, packets and floods.

    Use one for each client, connection or data center: it tells them apart by the numbers of requests and connections.
    """

    def __init__(
        self, *, tracer_provider: TracerProvider | None = None, meter_provider: MeterProvider | None = None
    ) -> None:
        """Without providers the global ones are used."""
        from sansio_tl import __version__

        self._tracer = otel_trace.get_tracer(_SCOPE, __version__, tracer_provider)
        meter = otel_metrics.get_meter(_SCOPE, __version__, meter_provider)
        self._client_duration = meter.create_histogram(
            "rpc.client.call.duration",
            "s",
            "Duration of requests, from the call to the outcome.",
            explicit_bucket_boundaries_advisory=_DURATION_BUCKETS,
        )
        self._server_duration = meter.create_histogram(
            "rpc.server.call.duration",
            "s",
            "Duration of requests, from their report to the answer.",
            explicit_bucket_boundaries_advisory=_DURATION_BUCKETS,
        )
        self._bytes = meter.create_counter("mtproto.packet.io", "By", "Bytes of packets, without framing.")
        self._packets = meter.create_counter("mtproto.packets", "{packet}", "Packets.")
        self._connections = meter.create_up_down_counter("mtproto.connections", "{connection}", "Open connections.")
        self._failures = meter.create_counter(
            "mtproto.connection.failures", "{connection}", "Connections that were not opened, or ended by an error."
        )
        self._resends = meter.create_counter("mtproto.request.resends", "{request}", "Requests that were sent again.")
        self._floods = meter.create_counter("mtproto.flood_waits", "{request}", "Requests delayed by FLOOD_WAIT.")
        self._flood_seconds = meter.create_counter("mtproto.flood_wait.time", "s", "Time that FLOOD_WAIT has imposed.")
        self._rejections = meter.create_counter(
            "mtproto.message.rejections", "{message}", "Messages that the server has rejected (bad_msg_notification)."
        )
        self._lock = threading.Lock()
        self._spans: dict[tuple[int, int], Span] = {}
        """By connection and message id for a server, by 0 and the number of the request for a client."""
        self._open: dict[int, tuple[str, str | None]] = {}
        """Role and endpoint of each open connection."""

    def record(self, event: trace.TraceEvent, now: float) -> None:
        """Take an event; `now` is the time of a span's beginning, end or event."""
        time = int(now * 1e9)
        with self._lock:
            match event:
                case trace.PacketSent() | trace.PacketReceived():
                    sent = isinstance(event, trace.PacketSent)
                    fields = {"network.io.direction": "transmit" if sent else "receive"}
                    self._packets.add(1, fields)
                    self._bytes.add(event.size, fields)
                case trace.RequestStarted():
                    self._start((0, event.request), event.method, otel_trace.SpanKind.CLIENT, time)
                case trace.QueryReceived():
                    self._start((event.connection, event.msg_id), event.method, otel_trace.SpanKind.SERVER, time)
                case trace.QueryAnswered():
                    self._on_answered(event, time)
                case trace.MessageRejected():
                    self._rejections.add(1, {"mtproto.bad_msg.code": event.code})
                case trace.ConnectionOpened() | trace.ConnectionTerminated() | trace.ConnectionFailed():
                    self._on_connection(event)
                case _:
                    self._on_request(event, time)

    def _on_connection(
        self, event: trace.ConnectionOpened | trace.ConnectionTerminated | trace.ConnectionFailed
    ) -> None:
        dc: Attributes = {"mtproto.dc_id": event.dc_id}
        match event:
            case trace.ConnectionOpened():
                self._open[event.connection] = event.role, event.endpoint
                self._connections.add(1, dc | {"mtproto.role": event.role})
            case trace.ConnectionTerminated():
                role, _ = self._open.pop(event.connection, ("client", None))
                self._connections.add(-1, dc | {"mtproto.role": role})
                if event.reason is not None:
                    self._failures.add(1, dc)
            case trace.ConnectionFailed():
                self._failures.add(1, dc)

    def _on_request(self, event: trace.TraceEvent, time: int) -> None:
        match event:
            case trace.RequestSent() | trace.RequestResent():
                self._on_sent(event, time)
            case trace.RequestRedirected():
                fields: Attributes = {"mtproto.from_dc_id": event.from_dc, "mtproto.to_dc_id": event.to_dc}
                self._add_event(event.request, "redirected", fields, time)
            case trace.RequestDelayed():
                self._floods.add(1, _method(event.method))
                self._flood_seconds.add(event.seconds, _method(event.method))
                self._add_event(event.request, "flood_wait", {"mtproto.flood_wait.seconds": event.seconds}, time)
            case trace.RequestFinished():
                self._on_finished(event, time)
            case _:
                pass

    def _on_sent(self, event: trace.RequestSent | trace.RequestResent, time: int) -> None:
        fields: Attributes = {"mtproto.message.id": msg_id(event.msg_id), "mtproto.connection": event.connection}
        span = self._spans.get((0, event.request))
        if isinstance(event, trace.RequestResent):
            self._resends.add(1, _method(event.method))
            fields |= {"mtproto.message.same_id": event.same_id, "mtproto.resend.reason": event.reason}
        if span is not None:
            span.set_attribute("mtproto.dc_id", event.dc_id)
            _, endpoint = self._open.get(event.connection, ("", None))
            if endpoint:
                host, _, port = endpoint.rpartition(":")
                span.set_attribute("server.address", host.strip("[]"))
                span.set_attribute("server.port", int(port))
            span.add_event("resent" if isinstance(event, trace.RequestResent) else "sent", fields, time)

    def _on_finished(self, event: trace.RequestFinished, time: int) -> None:
        fields = _method(event.method) | {"mtproto.dc_id": event.dc_id}
        match event.outcome:
            case "error":
                fields |= _error(event.error, event.code)
            case "result":
                pass
            case outcome:
                fields |= {"error.type": outcome}
        self._client_duration.record(event.duration, fields)
        self._end((0, event.request), fields | {"mtproto.request.sends": event.sends}, event.error, time)

    def _on_answered(self, event: trace.QueryAnswered, time: int) -> None:
        fields = _method(event.method)
        if event.error is not None:
            fields |= _error(event.error, event.code)
        if event.duration is not None:
            self._server_duration.record(event.duration, fields)
        self._end((event.connection, event.msg_id), fields, event.error, time)

    # -- spans ------------------------------------------------------------------------------------------------------

    def _start(self, key: tuple[int, int], method: str, kind: Any, time: int) -> None:
        if len(self._spans) < MAX_SPANS:
            fields = _method(method)
            self._spans[key] = self._tracer.start_span(method, kind=kind, attributes=fields, start_time=time)

    def _add_event(self, request: int, name: str, fields: Attributes, time: int) -> None:
        span = self._spans.get((0, request))
        if span is not None:
            span.add_event(name, fields, time)

    def _end(self, key: tuple[int, int], fields: Attributes, error: str | None, time: int) -> None:
        span = self._spans.pop(key, None)
        if span is None:
            return
        span.set_attributes(fields)
        if "error.type" in fields:
            span.set_status(otel_trace.StatusCode.ERROR, None if error is None else visible(shortened(error)))
        span.end(time)


def _method(method: str) -> Attributes:
    return {"rpc.system.name": _SYSTEM, "rpc.method": method}


def _error(text: str | None, code: int | None) -> Attributes:
    """The name of a known error without the values in it, or else its code, so that metrics have few series."""
    if code is None:
        return {"error.type": "protocol_error"}
    name = errors.parse(code, text or "").name
    known = errors.class_of_name(name) is not None
    return {"error.type": name if known else str(code), "rpc.response.status_code": str(code)}
