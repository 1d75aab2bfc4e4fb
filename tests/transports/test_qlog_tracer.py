"""Events as records of a qlog file, and back."""

from __future__ import annotations

import errno
import json
import logging
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from sansio_tl import functions, trace
from sansio_tl_transports.tracing import QlogTracer, read_qlog
from sansio_tl_transports.tracing.qlog_format import event_name, record
from tests.helpers.connected_pair import NOW, ConnectedPair
from tests.helpers.recorder import Recorder
from tests.helpers.trace_samples import KINDS, sample

PACKET = trace.PacketSent(1, 40)


def texts(path: Path) -> list[Any]:
    """The JSON values of a file, as another program would read them (RFC 7464)."""
    content = path.read_bytes()
    assert content.startswith(b"\x1e")
    assert content.endswith(b"\n")
    return [json.loads(text) for text in content.split(b"\x1e")[1:]]


@pytest.mark.parametrize("full", [False, True])
def test_every_kind_of_event_comes_back_as_it_was(tmp_path: Path, full: bool) -> None:
    path = tmp_path / "a.qlog"
    given = [sample(kind, full=full) for kind in KINDS]
    with QlogTracer(path, title="all", vantage_point="network") as tracer:
        for index, event in enumerate(given):
            tracer.record(event, NOW + index)
    header, events = read_qlog(path)
    found = list(events)
    assert (header.title, header.vantage_point, header.started_at) == ("all", "network", NOW)
    assert [each.event for each in found] == given
    assert [each.time for each in found] == [float(index) for index in range(len(given))]


def test_the_header_and_the_records_are_those_of_the_main_schema(tmp_path: Path) -> None:
    path = tmp_path / "a.qlog"
    with QlogTracer(path) as tracer:
        tracer.record(trace.MessageRejected(1, -2, 48, "BAD_SALT"), NOW)
        tracer.part("client-1").record(PACKET, NOW + 0.0125)
    header, rejected, packet = texts(path)
    assert header["file_schema"] == "urn:ietf:params:qlog:file:sequential"
    assert header["serialization_format"] == "application/qlog+json-seq"
    assert header["trace"]["event_schemas"]
    assert header["trace"]["vantage_point"] == {"type": "client"}
    fields = header["trace"]["common_fields"]
    assert fields["time_format"] == "relative_to_epoch"
    assert fields["reference_time"] == {"clock_type": "system", "epoch": "2026-09-21T14:13:20.250000Z"}
    assert rejected["name"] == "mtproto:message_rejected"
    assert rejected["data"]["msg_id"] == "fffffffffffffffe"
    assert packet == {
        "time": 12.5,
        "name": "mtproto:packet_sent",
        "data": {"connection": 1, "size": 40},
        "group_id": "client-1",
    }


def test_names_of_events_are_distinct() -> None:
    assert len({event_name(kind) for kind in KINDS}) == len(KINDS)
    assert event_name(trace.ConnectionRequested) == "mtproto:connection_requested"


def test_a_connection_is_recorded_as_it_happened(tmp_path: Path) -> None:
    recorder, path = Recorder(), tmp_path / "a.qlog"
    with QlogTracer(path) as tracer:
        pair = ConnectedPair(tracer=trace.CombinedTracer(recorder, tracer))
        pair.client.invoke(functions.help.GetNearestDc(), now=NOW)
        pair.run()
    assert [each.event for each in read_qlog(path)[1]] == recorder.events


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_only_the_owner_may_read_the_file_even_if_it_existed(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        (tmp_path / "b.qlog").write_text("something else")
        (tmp_path / "b.qlog").chmod(0o666)
        for name in ("a.qlog", "b.qlog"):
            QlogTracer(tmp_path / name).close()
            assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    finally:
        os.umask(old)
    assert list(read_qlog(tmp_path / "b.qlog")[1]) == []


def test_events_are_written_in_blocks_and_after_a_second(tmp_path: Path) -> None:
    path = tmp_path / "a.qlog"
    with QlogTracer(path) as tracer:
        tracer.record(PACKET, NOW)
        assert path.stat().st_size == 0
        tracer.record(PACKET, NOW + 1.5)
        assert len(texts(path)) == 3
        for _ in range(2000):
            tracer.record(PACKET, NOW + 1.5)
        size = path.stat().st_size
        assert size > 1 << 16
        tracer.flush()
        assert len(texts(path)) == 2003
        tracer.record(PACKET, NOW + 1.5)
    assert len(texts(path)) == 2004
    tracer.close()


def test_a_file_does_not_grow_beyond_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.qlog"
    with QlogTracer(path, max_bytes=2000) as tracer:
        for _ in range(100):
            tracer.record(PACKET, NOW)
    assert 1800 < path.stat().st_size <= 2000
    assert tracer.dropped + len(texts(path)) - 1 == 100


def test_an_error_of_writing_is_logged_once_and_ends_the_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    tracer = QlogTracer(tmp_path / "a.qlog")
    tracer.record(PACKET, NOW)
    monkeypatch.setattr("sansio_tl_transports.tracing.qlog.os.write", full)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            tracer.record(PACKET, NOW + 2)
        tracer.close()
    assert [record.getMessage() for record in caplog.records] == [
        "the trace ends here: [Errno 28] No space left on device"
    ]
    assert tracer.dropped >= 3


def test_a_file_that_cannot_be_created_is_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        QlogTracer(tmp_path / "none" / "a.qlog")


def test_texts_that_are_no_unicode_leave_the_file_readable(tmp_path: Path) -> None:
    path = tmp_path / "a.qlog"
    event = trace.AccountLoggedOut("\ud800")
    with QlogTracer(path) as tracer:
        tracer.record(event, NOW)
    assert texts(path)[1]["data"]["error"] == "?"
    assert [each.event for each in read_qlog(path)[1]] == [trace.AccountLoggedOut("?")]


def test_threads_may_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.qlog"
    with QlogTracer(path) as tracer:
        parts = [tracer.part(f"client-{index}") for index in range(4)]
        threads = [
            threading.Thread(target=lambda part: [part.record(PACKET, NOW + 2 * n) for n in range(500)], args=(part,))
            for part in parts
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    groups = [each.group for each in read_qlog(path)[1]]
    assert {group: groups.count(group) for group in set(groups)} == {f"client-{index}": 500 for index in range(4)}


def written(tmp_path: Path, *events: trace.TraceEvent) -> Path:
    path = tmp_path / "a.qlog"
    with QlogTracer(path) as tracer:
        for event in events:
            tracer.record(event, NOW)
    return path


def rejection(msg_id: str) -> bytes:
    """The record of a rejected message with this id."""
    data = f'{{"connection": 1, "msg_id": {msg_id}, "code": 1, "name": ""}}'
    return f'{{"time": 0, "name": "mtproto:message_rejected", "data": {data}}}'.encode()


def test_a_last_record_that_is_still_written_is_left_out(tmp_path: Path) -> None:
    path = written(tmp_path, PACKET, PACKET)
    path.write_bytes(path.read_bytes()[:-5])
    assert len(list(read_qlog(path)[1])) == 1


def test_an_event_of_a_later_version_is_left_out(tmp_path: Path) -> None:
    path = written(tmp_path, PACKET)
    later = record(PACKET, 0.0).replace(b"packet_sent", b"packet_painted")
    path.write_bytes(path.read_bytes() + later + record(PACKET, 0.0))
    assert [each.event for each in read_qlog(path)[1]] == [PACKET, PACKET]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "invalid header"),
        (b"\x1e{}\n", "invalid header"),
        (b"hello\n", "does not begin with the byte 0x1E"),
        (b"\x1e" + b"x" * (1 << 21), "has more than"),
        (
            b'\x1e{"serialization_format": "application/qlog+json-seq", "trace": {"event_schemas": ["quic"]}}\n',
            "no events of MTProto",
        ),
        (b"\x1e\xff\n", "invalid header"),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.qlog"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_qlog(path)


@pytest.mark.parametrize(
    "text",
    [
        b"[]",
        b"nothing",
        b'{"time": 0, "name": "mtproto:packet_sent", "data": {}}',
        b'{"time": 0, "name": "mtproto:packet_sent", "data": {"connection": "1", "size": 1}}',
        b'{"time": 0, "name": "mtproto:packet_sent", "data": []}',
        b'{"time": "now", "name": "mtproto:packet_sent", "data": {"connection": 1, "size": 1}}',
        rejection('"x"'),
        rejection("7"),
        rejection('"1ffffffffffffffff"'),
    ],
)
def test_an_invalid_record_is_refused(tmp_path: Path, text: bytes) -> None:
    path = written(tmp_path, PACKET)
    path.write_bytes(path.read_bytes() + b"\x1e" + text + b"\n")
    with pytest.raises(ValueError, match="invalid record of a qlog file"):
        list(read_qlog(path)[1])


def test_second_begins_with_the_last_block(tmp_path: Path) -> None:
    path = tmp_path / "a.qlog"
    tracer = QlogTracer(path)
    sizes = []
    for seconds in (0.0, 0.5, 1.0, 1.25, 2.0, 2.25, 2.5):
        tracer.record(PACKET, NOW + seconds)
        sizes.append(path.stat().st_size)
    blocks = [after > before for before, after in zip([0, *sizes], sizes, strict=False)]
    assert blocks == [False, False, False, True, False, False, True]
    tracer.close()
    written = path.stat().st_size
    assert written == sizes[-1], "nothing was left"
    tracer.record(PACKET, NOW + 9)
    tracer.flush()
    assert (path.stat().st_size, tracer.dropped) == (written, 1)


def test_second_record_is_named_by_its_number(tmp_path: Path) -> None:
    path = written(tmp_path, PACKET)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1].removeprefix(b"\x1e"))
    with pytest.raises(ValueError, match="^invalid qlog file: record 2 does not begin with the byte 0x1E$"):
        list(read_qlog(path)[1])
    path.write_bytes(lines[0] + lines[1] + b"\x1e" + b"x" * (1 << 20))
    with pytest.raises(ValueError, match="^invalid qlog file: record 3 has more than 1048576 bytes$"):
        list(read_qlog(path)[1])


@pytest.mark.parametrize("wants_contents", [False, True])
def test_part_of_a_trace_wants_what_the_trace_wants(tmp_path: Path, *, wants_contents: bool) -> None:
    with QlogTracer(tmp_path / "a.qlog", wants_contents=wants_contents) as tracer:
        assert (tracer.wants_contents, tracer.part("a").wants_contents) == (wants_contents, wants_contents)


def test_event_after_the_end_of_a_full_trace_is_dropped_once(tmp_path: Path) -> None:
    tracer = QlogTracer(tmp_path / "a.qlog", max_bytes=1)
    tracer.record(PACKET, NOW)
    tracer.close()
    tracer.record(PACKET, NOW)
    assert tracer.dropped == 2


def test_clock_that_goes_back_does_not_delay_what_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.qlog"
    with QlogTracer(path) as tracer:
        tracer.record(PACKET, NOW)
        tracer.record(PACKET, NOW + 1.5)
        for step in range(1, 4):
            tracer.record(PACKET, NOW + 1.5 + 0.3 * step)
        assert len(texts(path)) == 3, "a second after the last writing"
        tracer.record(PACKET, NOW - 60)
        assert len(texts(path)) == 7


def test_trace_without_events_has_a_header(tmp_path: Path) -> None:
    QlogTracer(tmp_path / "a.qlog", title="nothing").close()
    header, events = read_qlog(tmp_path / "a.qlog")
    assert (header.title, list(events)) == ("nothing", [])


def test_message_ids_of_either_sign_come_back(tmp_path: Path) -> None:
    path = tmp_path / "a.qlog"
    given = [replace(sample(trace.MessageSent, full=True), msg_id=at) for at in (-1, -(1 << 63), 0, (1 << 63) - 1)]
    with QlogTracer(path) as tracer:
        for event in given:
            tracer.record(event, NOW)
    assert [each.event for each in read_qlog(path)[1]] == given
