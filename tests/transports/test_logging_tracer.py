"""Events as lines of `logging`."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from sansio_tl import functions, trace
from sansio_tl_transports.tracing import LoggingTracer
from sansio_tl_transports.tracing.descriptions import AREAS, area_and_level, describe
from tests.helpers.connected_pair import NOW, ConnectedPair
from tests.helpers.trace_samples import KINDS, sample


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_event_is_one_printable_line(kind: type[trace.TraceEvent], full: bool) -> None:
    area, level, text = describe(sample(kind, full=full))
    assert area in AREAS
    assert level in {logging.DEBUG, logging.INFO, logging.WARNING}
    assert text.isprintable()
    assert 5 < len(text) < 2000


def test_each_area_has_a_logger_and_its_events(caplog: pytest.LogCaptureFixture) -> None:
    tracer = LoggingTracer()
    with caplog.at_level(logging.DEBUG, "sansio_tl"):
        for kind in KINDS:
            tracer.record(sample(kind, full=True), 1.0)
    assert len(caplog.records) == len(KINDS)
    for record, kind in zip(caplog.records, KINDS, strict=True):
        assert record.name == f"sansio_tl.{area_and_level(sample(kind, full=True))[0]}"
        assert isinstance(record.__dict__["trace_event"], kind)
    assert {record.name.rpartition(".")[2] for record in caplog.records} == set(AREAS)


@pytest.mark.parametrize(
    ("outcome", "level"), [("result", "DEBUG"), ("error", "INFO"), ("unknown", "WARNING"), ("cancelled", "DEBUG")]
)
def test_the_outcome_of_a_request_decides_the_level(outcome: str, level: str) -> None:
    event = trace.RequestFinished(1, "help.getConfig", 2, outcome, 0.25, 1, None, None, None)
    assert logging.getLevelName(describe(event).level) == level


def test_what_is_not_enabled_is_not_made_into_text(caplog: pytest.LogCaptureFixture, monkeypatch: Any) -> None:
    def fail(event: object) -> None:
        raise AssertionError

    monkeypatch.setattr("sansio_tl_transports.tracing.logs.describe", fail)
    with caplog.at_level(logging.WARNING, "sansio_tl"):
        LoggingTracer().record(trace.PacketSent(1, 40), 1.0)
    assert not caplog.records


def test_a_request_reads_like_this(caplog: pytest.LogCaptureFixture) -> None:
    pair = ConnectedPair(tracer=LoggingTracer("app.telegram"))
    with caplog.at_level(logging.DEBUG, "app.telegram.request"):
        pair.client.invoke(functions.help.GetNearestDc(), now=NOW)
        pair.run()
    assert [record.message for record in caplog.records] == [
        "request 1 help.getNearestDc for DC 2",
        "request 1 help.getNearestDc sent as 6ab13b8000000000 on connection 1 (DC 2)",
        "request 1 help.getNearestDc answered by DC 2 after 0 ms",
    ]


@pytest.mark.parametrize("wants_contents", [False, True])
def test_contents_are_recorded_only_if_they_are_wanted(*, wants_contents: bool) -> None:
    assert LoggingTracer(wants_contents=wants_contents).wants_contents is wants_contents
    assert LoggingTracer().wants_contents is False
