"""Spans and metrics of OpenTelemetry, with its in-memory exporters."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import pytest

pytest.importorskip("opentelemetry.sdk")

from opentelemetry import trace as otel_trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from sansio_tl import errors, functions, trace
from sansio_tl.connection.server import IncomingRequest
from sansio_tl_transports.tracing.otel import OpenTelemetryTracer
from tests.helpers.connected_pair import NOW, ConnectedPair
from tests.helpers.in_memory_network import NEAREST, InMemoryNetwork

ASK = functions.help.GetNearestDc()


class Telemetry:
    """Providers that keep what they get, and a tracer for them."""

    def __init__(self) -> None:
        self._spans, self._reader = InMemorySpanExporter(), InMemoryMetricReader()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self._spans))
        meters = MeterProvider([self._reader])
        self.tracer = OpenTelemetryTracer(tracer_provider=self.provider, meter_provider=meters)

    @property
    def spans(self) -> list[Any]:
        return list(self._spans.get_finished_spans())

    def metrics(self) -> dict[str, list[Any]]:
        """The data points by the name of the metric."""
        data: Any = self._reader.get_metrics_data()
        found: dict[str, list[Any]] = {}
        for resource in data.resource_metrics:
            for scope in resource.scope_metrics:
                found |= {metric.name: list(metric.data.data_points) for metric in scope.metrics}
        return found

    def total(self, name: str, **attributes: Any) -> float:
        """The sum of a counter, over the points with these attributes."""
        points = self.metrics().get(name, [])
        wanted = {key.replace("__", "."): value for key, value in attributes.items()}
        return float(sum(point.value for point in points if wanted.items() <= dict(point.attributes).items()))


def test_a_request_is_a_span_with_its_duration_and_its_endpoint() -> None:
    telemetry = Telemetry()
    network = InMemoryNetwork(lambda dc_id, request: None, tracer=telemetry.tracer)
    network.invoke(ASK)
    network.now += 0.25
    (server,) = [server for _, server in network.connections.values()]
    (request,) = network.data_centers[2].requests
    server.send_result(request, NEAREST, now=network.now)
    network.settle()
    (span,) = telemetry.spans
    assert (span.name, span.kind, span.status.is_unset) == ("help.getNearestDc", otel_trace.SpanKind.CLIENT, True)
    assert (span.end_time - span.start_time) / 1e9 == pytest.approx(0.25, abs=1e-6)
    assert span.start_time == pytest.approx(NOW * 1e9, abs=1e9)
    assert dict(span.attributes) == {
        "rpc.system.name": "mtproto",
        "rpc.method": "help.getNearestDc",
        "mtproto.dc_id": 2,
        "mtproto.request.sends": 1,
        "server.address": "192.0.2.1",
        "server.port": 2,
    }
    assert [event.name for event in span.events] == ["sent"]
    (point,) = telemetry.metrics()["rpc.client.call.duration"]
    assert (point.count, point.sum) == (1, pytest.approx(0.25, abs=1e-6))
    assert dict(point.attributes) == {
        "rpc.system.name": "mtproto",
        "rpc.method": "help.getNearestDc",
        "mtproto.dc_id": 2,
    }


def test_errors_have_their_name_without_values_and_their_code() -> None:
    telemetry = Telemetry()
    network = InMemoryNetwork(lambda dc_id, request: errors.FloodWait(seconds=86_399), tracer=telemetry.tracer)
    network.invoke(ASK)
    (span,) = telemetry.spans
    assert span.status.status_code is otel_trace.StatusCode.ERROR
    assert span.status.description == "FLOOD_WAIT_86399"
    assert span.attributes["error.type"] == "FLOOD_WAIT_X"
    assert span.attributes["rpc.response.status_code"] == "420"
    (point,) = telemetry.metrics()["rpc.client.call.duration"]
    assert point.attributes["error.type"] == "FLOOD_WAIT_X"


@pytest.mark.parametrize("text", ["<script>", "x" * 65, "\x1b[2J", "", "AAAA_ODD", "BAD_\udcff"])
def test_strange_error_texts_make_no_series_of_their_own(text: str) -> None:
    telemetry = Telemetry()
    telemetry.tracer.record(trace.RequestFinished(1, "a.b", 2, "error", 1.0, 1, text, 400, None), NOW)
    (point,) = telemetry.metrics()["rpc.client.call.duration"]
    assert point.attributes["error.type"] == "400"


def test_description_of_a_span_shows_what_controls_a_terminal_and_is_unicode() -> None:
    telemetry = Telemetry()
    network = InMemoryNetwork(lambda dc_id, request: errors.parse(400, "\x1b[2J"), tracer=telemetry.tracer)
    network.invoke(ASK)
    (span,) = telemetry.spans
    assert span.status.description == "\\u001b[2J"


def test_floods_migrations_and_resends_are_events_of_the_span_and_counted() -> None:
    replies: list[object] = [errors.FloodWait(seconds=7), errors.parse(303, "FILE_MIGRATE_4")]

    def application(dc_id: int, request: IncomingRequest) -> object:
        return replies.pop(0) if replies else NEAREST

    telemetry = Telemetry()
    network = InMemoryNetwork(application, tracer=telemetry.tracer)
    network.invoke(ASK)
    network.advance(7)
    (span,) = telemetry.spans
    assert [event.name for event in span.events] == ["sent", "flood_wait", "resent", "redirected", "resent"]
    assert span.events[1].attributes["mtproto.flood_wait.seconds"] == 7
    assert span.events[2].attributes["mtproto.resend.reason"] == "FLOOD_WAIT"
    assert span.events[3].attributes["mtproto.to_dc_id"] == 4
    assert span.attributes["mtproto.dc_id"] == 4
    assert span.attributes["mtproto.request.sends"] == 3
    assert telemetry.total("mtproto.flood_waits") == 1
    assert telemetry.total("mtproto.flood_wait.time") == 7
    assert telemetry.total("mtproto.request.resends", rpc__method="help.getNearestDc") == 2


def test_both_roles_count_bytes_and_connections() -> None:
    client, server = Telemetry(), Telemetry()
    pair = ConnectedPair(tracer=client.tracer, server_tracer=server.tracer)
    pair.client.invoke(ASK, now=NOW)
    pair.run()
    assert client.total("mtproto.connections", mtproto__role="client") == 1
    for sender, receiver in ((client, server), (server, client)):
        sent = sender.total("mtproto.packet.io", network__io__direction="transmit")
        assert sent == receiver.total("mtproto.packet.io", network__io__direction="receive") > 500
        packets = sender.total("mtproto.packets", network__io__direction="transmit")
        assert packets == receiver.total("mtproto.packets", network__io__direction="receive")
        assert 4 <= packets <= 8, "each packet counts once"
    pair.client.close(now=NOW)
    assert client.total("mtproto.connections") == 0
    (span,) = server.spans
    assert (span.name, span.kind) == ("help.getNearestDc", otel_trace.SpanKind.SERVER)
    (point,) = server.metrics()["rpc.server.call.duration"]
    assert point.count == 1


def test_failures_and_unknown_outcomes_are_counted() -> None:
    telemetry = Telemetry()
    network = InMemoryNetwork(tracer=telemetry.tracer)
    network.data_centers[2].reachable = False
    network.invoke(ASK)
    network.advance(120)
    assert telemetry.total("mtproto.connection.failures", mtproto__dc_id=2) > 2
    (span,) = telemetry.spans
    assert span.attributes["error.type"] == "unknown"
    assert span.status.status_code is otel_trace.StatusCode.ERROR


def test_ends_by_an_error_and_rejected_messages_are_counted() -> None:
    telemetry = Telemetry()
    record = telemetry.tracer.record
    for connection in (1, 2):
        record(trace.ConnectionOpened(connection, 4, "server", None), NOW)
    record(trace.ConnectionTerminated(1, 4, None), NOW)
    assert telemetry.total("mtproto.connection.failures") == 0
    record(trace.ConnectionTerminated(2, 4, "TR1"), NOW)
    assert telemetry.total("mtproto.connection.failures", mtproto__dc_id=4) == 1
    assert telemetry.total("mtproto.connections", mtproto__role="server") == 0
    record(trace.MessageRejected(1, 9, 16, "MSG_ID_TOO_LOW"), NOW)
    assert telemetry.total("mtproto.message.rejections", mtproto__bad_msg__code=16) == 1


def test_answered_error_has_its_name_and_one_without_a_code_is_of_the_protocol() -> None:
    telemetry = Telemetry()
    record = telemetry.tracer.record
    for number, (error, code) in enumerate(((None, None), ("FLOOD_WAIT_9", 420), ("TL9", None))):
        record(trace.QueryReceived(1, number, "a.b", None, None), NOW)
        record(trace.QueryAnswered(1, number, "a.b", 0.5, error, code), NOW)
    statuses = [(span.status.is_unset, span.status.description) for span in telemetry.spans]
    assert statuses == [(True, None), (False, "FLOOD_WAIT_9"), (False, "TL9")]
    points = telemetry.metrics()["rpc.server.call.duration"]
    assert [point.attributes.get("error.type") for point in points] == [None, "FLOOD_WAIT_X", "protocol_error"]
    assert [point.sum for point in points] == [0.5] * 3


def test_a_span_belongs_to_the_span_that_is_current_at_the_call() -> None:
    telemetry = Telemetry()
    network = InMemoryNetwork(tracer=telemetry.tracer)
    with telemetry.provider.get_tracer("app").start_as_current_span("outer"):
        network.invoke(ASK)
    inner, outer = telemetry.spans
    assert inner.parent.span_id == outer.context.span_id


def test_the_number_of_spans_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sansio_tl_transports.tracing.otel.MAX_SPANS", 2)
    telemetry = Telemetry()
    network = InMemoryNetwork(lambda dc_id, request: None, tracer=telemetry.tracer)
    for _ in range(3):
        network.invoke(ASK)
    network.client.close(now=network.now)
    assert len(telemetry.spans) == 2
    assert telemetry.metrics()["rpc.client.call.duration"][0].count == 3


def test_without_opentelemetry_the_import_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    monkeypatch.delitem(sys.modules, "sansio_tl_transports.tracing.otel")
    with pytest.raises(ImportError, match=r"The extra otel brings it: pip install '\.\[otel\]'"):
        importlib.import_module("sansio_tl_transports.tracing.otel")
