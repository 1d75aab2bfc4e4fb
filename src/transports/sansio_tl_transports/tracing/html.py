"""A trace as one HTML page: a time line for each connection and for the requests, and a table of all events.

The page is self-contained: it loads nothing, and its content security policy forbids it to. Texts of peers are data in
it, never markup.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import Any, Final

import msgspec

from sansio_tl import trace
from sansio_tl_transports._shared.escape_text import visible
from sansio_tl_transports.tracing.descriptions import describe
from sansio_tl_transports.tracing.qlog_format import Header, QlogEvent, fields_of

MAX_EVENTS: Final = 20_000
"""Events that a page shows; a browser becomes slow with more."""
_PLACEHOLDER: Final = re.compile("@(hash|title|data|script)@")


def page(header: Header, events: Iterable[QlogEvent]) -> str:
    """The text of the page; of many events it shows the first `MAX_EVENTS`, and says so."""
    shown: list[dict[str, Any]] = []
    left_out = 0
    for each in events:
        if len(shown) < MAX_EVENTS:
            shown.append(_view(each))
        else:
            left_out += 1
    data = msgspec.json.encode({"summary": _summary(header, len(shown), left_out), "events": shown})
    script = _resource("page.js")
    values = {
        "hash": b64encode(sha256(script.encode()).digest()).decode("ascii"),
        "title": escape(visible(header.title) or "MTProto trace"),
        # Neither "</script" nor "<!--" may occur in a script element.
        "data": data.decode().replace("<", "\\u003c"),
        "script": script,
    }
    return _PLACEHOLDER.sub(lambda found: values[found[1]], _resource("page.html"))


def _resource(name: str) -> str:
    return files("sansio_tl_transports.tracing").joinpath("page", name).read_text("utf-8")


def _summary(header: Header, shown: int, left_out: int) -> str:
    started = ""
    if header.started_at is not None:
        started = f" from {datetime.fromtimestamp(header.started_at, UTC):%Y-%m-%d %H:%M:%S} UTC"
    more = f", and {left_out:,} more that are not shown" if left_out else ""
    return f"{shown:,} events of a {visible(header.vantage_point)}{started}{more}"


def _view(each: QlogEvent) -> dict[str, Any]:
    """What the page needs of an event."""
    event = each.event
    area, _, text = describe(event)
    return {
        "time": round(each.time * 1000, 3),
        "part": visible(each.group),
        "connection": getattr(event, "connection", None),
        "area": area,
        "name": type(event).__name__,
        "direction": direction(event),
        "style": _style(event),
        "packet": isinstance(event, trace.PacketSent | trace.PacketReceived),
        "label": _label(event),
        "text": text,
        "fields": {name: _printable(value) for name, value in fields_of(event).items()},
    }


def direction(event: trace.TraceEvent) -> str | None:
    """For the event of a message, "sent" or "received"."""
    match event:
        case trace.PacketSent() | trace.MessageSent() | trace.HandshakeStep(sent=True):
            return "sent"
        case trace.PacketReceived() | trace.MessageReceived() | trace.HandshakeStep():
            return "received"
        case _:
            return None


def _style(event: trace.TraceEvent) -> str:
    """The class of colour."""
    match event:
        case trace.RequestFinished(outcome="error" | "unknown") | trace.QueryAnswered(error=str()):
            return "bad"
        case trace.ConnectionTerminated(reason=str()) | trace.ConnectionFailed() | trace.MessageRejected():
            return "bad"
        case trace.MessageDiscarded() | trace.MessageUndecodable() | trace.AccountLoggedOut() | trace.KeyNotFound():
            return "bad"
        case trace.RequestDelayed() | trace.ReconnectScheduled() | trace.RequestResent() | trace.RequestRedirected():
            return "wait"
        case trace.RequestFinished():
            return "received"
        case _:
            return direction(event) or "state"


def _label(event: trace.TraceEvent) -> str:
    """The annotation in the time line."""
    match event:
        case trace.MessageSent(kind="msg_container") | trace.MessageReceived(kind="msg_container"):
            return ""  # what is in it has labels
        case trace.MessageReceived(result=str(result)) | trace.MessageSent(result=str(result)):
            return visible(result[:60])
        case trace.MessageSent() | trace.MessageReceived() | trace.HandshakeStep():
            return visible(event.kind[:60])
        case trace.ConnectionOpened():
            return "open"
        case trace.ConnectionTerminated() | trace.ConnectionFailed():
            return "end"
        case trace.KeyCreated():
            return "key"
        case trace.MessageRejected():
            return visible(event.name[:60])
        case _:
            return ""


def _printable(value: object) -> object:
    if isinstance(value, str):
        return visible(value)
    return [_printable(each) for each in value] if isinstance(value, list | tuple) else value
