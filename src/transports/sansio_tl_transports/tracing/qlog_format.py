"""Events as records of a qlog file, and back.

A file is a JSON text sequence (RFC 7464): each record is a JSON object between the byte 0x1E and a line feed. The first
one is the header (`QlogFileSeq` of draft-ietf-quic-qlog-main-schema), each other one an event:

    {"time": 12.25, "name": "mtproto:packet_sent", "group_id": "client-1", "data": {"connection": 1, "size": 340}}

`time` is milliseconds since the epoch in the header. `data` has the fields of the class in `sansio_tl.trace`, without
those that are None; message ids are 16 hexadecimal digits, since JavaScript has no 64-bit integers.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from json import dumps
from typing import Any, Final, NamedTuple, get_args

import msgspec

from sansio_tl import trace

RECORD_SEPARATOR: Final = b"\x1e"
MEDIA_TYPE: Final = "application/qlog+json-seq"
FILE_SCHEMA: Final = "urn:ietf:params:qlog:file:sequential"
EVENT_SCHEMA: Final = "tag:sansio-tl,2026:qlog:events:mtproto"
_NAMESPACE: Final = "mtproto:"
_MESSAGE_IDS: Final = frozenset({"msg_id", "container", "first_msg_id"})
_UNSIGNED: Final = 1 << 64
_SIGN: Final = 1 << 63


def event_name(kind: type[trace.TraceEvent]) -> str:
    """The name of a kind of events: ``mtproto:packet_sent``."""
    return _NAMESPACE + re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


_NAMES: Final = {kind: event_name(kind) for kind in get_args(trace.TraceEvent)}
_KINDS: Final = {name: kind for kind, name in _NAMES.items()}


class Header(NamedTuple):
    """What the first record of a file says."""

    title: str
    vantage_point: str
    """"client", "server", "network" or "unknown"."""
    started_at: float | None
    """The time that event times are relative to: seconds since the Unix epoch; None if it is unknown."""


class QlogEvent(NamedTuple):
    """One record of a file."""

    time: float
    """Seconds since the time in the header."""
    group: str
    """Which client or server recorded it; empty if the file has only one."""
    event: trace.TraceEvent


def header(title: str, vantage_point: str, started_at: float) -> bytes:
    """The first record."""
    epoch = datetime.fromtimestamp(started_at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return _record(
        {
            "file_schema": FILE_SCHEMA,
            "serialization_format": MEDIA_TYPE,
            "title": title,
            "trace": {
                "event_schemas": [EVENT_SCHEMA],
                "vantage_point": {"type": vantage_point},
                "common_fields": {
                    "time_format": "relative_to_epoch",
                    "reference_time": {"clock_type": "system", "epoch": epoch},
                },
            },
        }
    )


def record(event: trace.TraceEvent, time: float, group: str = "") -> bytes:
    """The record of an event, `time` seconds after the epoch of the header."""
    name, data = _NAMES[type(event)], fields_of(event)
    fields: dict[str, Any] = {"time": round(time * 1000, 3), "name": name, "data": data}
    if group:
        fields["group_id"] = group
    return _record(fields)


def fields_of(event: trace.TraceEvent) -> dict[str, Any]:
    """`data` of an event."""
    data: dict[str, Any] = {}
    for field in event.__struct_fields__:
        value = getattr(event, field)
        if value is None:
            continue
        if field in _MESSAGE_IDS:
            value = _hexadecimal(value)
        elif field == "refers_to":
            value = list(map(_hexadecimal, value))
        data[field] = value
    return data


def read_header(text: bytes) -> Header:
    """The contents of the first record. Raises ValueError for what is no qlog file of this kind."""
    try:
        found = msgspec.json.decode(text, type=_FileSeq)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"invalid header of a qlog file: {error}") from None
    if found.serialization_format != MEDIA_TYPE or EVENT_SCHEMA not in found.trace.event_schemas:
        raise ValueError("invalid qlog file: it has no events of MTProto")
    return Header(found.title, found.trace.vantage_point.type, _seconds(found.trace.common_fields.reference_time.epoch))


def read_record(text: bytes) -> QlogEvent | None:
    """An event; None if it is of a kind that this version does not know. Raises ValueError for invalid contents."""
    try:
        found = msgspec.json.decode(text, type=_Record)
        kind = _KINDS.get(found.name)
        if kind is None:
            return None
        data: dict[str, Any] = {field: found.data.get(field) for field in kind.__struct_fields__}
        for field, value in data.items():
            if field in _MESSAGE_IDS and value is not None:
                data[field] = _signed(value)
            elif field == "refers_to":
                data[field] = list(map(_signed, value or ()))
        event: trace.TraceEvent = msgspec.convert(data | {"type": kind.__name__}, kind)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, TypeError) as error:
        raise ValueError(f"invalid record of a qlog file: {error}") from None
    return QlogEvent(found.time / 1000, found.group_id, event)


def _record(fields: dict[str, Any]) -> bytes:
    try:
        text = msgspec.json.encode(fields)
    except UnicodeEncodeError:  # a lone surrogate: the peer's text was not UTF-8
        text = dumps(fields, ensure_ascii=False).encode("utf-8", "replace")
    return RECORD_SEPARATOR + text + b"\n"


def _hexadecimal(msg_id: int) -> str:
    return f"{msg_id % _UNSIGNED:016x}"


def _signed(text: str) -> int:
    number = int(text, 16)
    if not 0 <= number < _UNSIGNED:
        raise ValueError("invalid message id")
    return number - _UNSIGNED if number >= _SIGN else number


def _seconds(epoch: str) -> float | None:
    try:
        return datetime.fromisoformat(epoch).timestamp()
    except (ValueError, OverflowError):
        return None


class _VantagePoint(msgspec.Struct):
    type: str = "unknown"


class _ReferenceTime(msgspec.Struct):
    epoch: str = "unknown"


class _CommonFields(msgspec.Struct):
    reference_time: _ReferenceTime = msgspec.field(default_factory=_ReferenceTime)


class _TraceSeq(msgspec.Struct):
    event_schemas: list[str]
    vantage_point: _VantagePoint = msgspec.field(default_factory=_VantagePoint)
    common_fields: _CommonFields = msgspec.field(default_factory=_CommonFields)


class _FileSeq(msgspec.Struct):
    serialization_format: str
    trace: _TraceSeq
    title: str = ""


class _Record(msgspec.Struct):
    time: float
    name: str
    data: dict[str, Any]
    group_id: str = ""
