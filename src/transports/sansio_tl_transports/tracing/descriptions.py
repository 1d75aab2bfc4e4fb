"""One line of text for each event of a trace, for logs and terminals. Texts from peers are escaped."""

from __future__ import annotations

import logging
from typing import Final, NamedTuple

from sansio_tl import trace
from sansio_tl_transports._shared.escape_text import shortened, visible

DEBUG, INFO, WARNING = logging.DEBUG, logging.INFO, logging.WARNING
_MAX_TEXT: Final = 500


class Description(NamedTuple):
    """An event in words."""

    area: str
    """"connection", "handshake", "message", "request" or "client"."""
    level: int
    """A level of `logging`."""
    text: str


def area_and_level(event: trace.TraceEvent) -> tuple[str, int]:
    """The area of an event, and the level at which it is logged."""
    area, level = _LEVELS[type(event)]
    if isinstance(event, trace.RequestFinished):
        level = _OUTCOMES.get(event.outcome, level)
    return area, level


def describe(event: trace.TraceEvent) -> Description:
    """An event in words."""
    area, level = area_and_level(event)
    return Description(area, level, visible(_text(event)))


def _short(text: str) -> str:
    """A text from a peer, not too long."""
    return shortened(text, _MAX_TEXT)


def _text(event: trace.TraceEvent) -> str:  # noqa: C901, PLR0912  a table
    match event:
        case trace.ConnectionRequested():
            return f"connection {event.connection} to {_dc(event.dc_id)} requested: {', '.join(event.endpoints)}"
        case trace.ConnectionOpened():
            place = f" ({event.endpoint})" if event.endpoint else ""
            relation = "to" if event.role == "client" else "accepted by"
            return f"connection {event.connection} {relation} {_dc(event.dc_id)}{place} is open"
        case trace.ConnectionFailed():
            return f"connection {event.connection} to {_dc(event.dc_id)} failed: {_short(event.reason)}"
        case trace.ConnectionTerminated():
            reason = f": {_short(event.reason)}" if event.reason else ""
            return f"connection {event.connection} ({_dc(event.dc_id)}) ended{reason}"
        case trace.ReconnectScheduled():
            return f"connecting to {_dc(event.dc_id)} again at {event.retry_at:.3f}: {_short(event.reason)}"
        case trace.HandshakeStarted():
            return f"connection {event.connection}: handshake for a {_lifetime(temporary=event.temporary)} key"
        case trace.HandshakeStep():
            arrow = "->" if event.sent else "<-"
            return f"connection {event.connection} {arrow} {_short(event.kind)}, {event.size} bytes, not encrypted"
        case trace.KeyCreated():
            until = "" if event.expires_in is None else f" for {event.expires_in} s"
            return f"connection {event.connection}: auth key {event.auth_key_id} created{until}"
        case trace.KeyBound():
            return f"connection {event.connection}: temporary key bound until {event.expires_at}"
        case trace.KeyNotFound():
            return f"{_dc(event.dc_id)} does not know the auth key (-404, repeatedly)"
        case trace.SaltChanged():
            return f"connection {event.connection}: new salt from {event.reason}"
        case trace.PacketSent():
            return f"connection {event.connection} -> packet of {event.size} bytes"
        case trace.PacketReceived():
            return f"connection {event.connection} <- packet of {event.size} bytes"
        case trace.MessageSent():
            again = ", again" if event.again else ""
            return f"connection {event.connection} -> {_message(event)}{again}{_content(event.content)}"
        case trace.MessageReceived():
            return f"connection {event.connection} <- {_message(event)}{_content(event.content)}"
        case trace.MessageDiscarded():
            return (
                f"connection {event.connection}: message {msg_id(event.msg_id)} ignored: "
                f"{event.check}: {_short(event.reason)}"
            )
        case trace.MessageUndecodable():
            return f"connection {event.connection}: message cannot be decoded: {_short(event.reason)}"
        case trace.MessageRejected():
            return (
                f"connection {event.connection}: the server rejects message {msg_id(event.msg_id)}: "
                f"{event.code} {event.name}"
            )
        case trace.SessionStarted():
            since = "" if event.first_msg_id is None else f" from message {msg_id(event.first_msg_id)} on"
            return f"connection {event.connection}: new session{since}"
        case trace.UpdatesArrived():
            return f"connection {event.connection}: {_short(event.kind)}"
        case trace.RequestStarted():
            made_by = " (internal)" if event.internal else ""
            return f"request {event.request} {event.method} for {_dc(event.dc_id)}{made_by}"
        case trace.RequestSent():
            return f"request {event.request} {event.method} sent as {msg_id(event.msg_id)} on {_place(event)}"
        case trace.RequestResent():
            kept = "the same" if event.same_id else "a new"
            return (
                f"request {event.request} {event.method} sent again under {kept} id {msg_id(event.msg_id)} on "
                f"{_place(event)}: {_short(event.reason)}"
            )
        case trace.RequestRedirected():
            return (
                f"request {event.request} {event.method} redirected from {_dc(event.from_dc)} to "
                f"{_dc(event.to_dc)}: {_short(event.error)}"
            )
        case trace.RequestDelayed():
            return f"request {event.request} {event.method} waits {event.seconds} s: FLOOD_WAIT"
        case trace.RequestFinished():
            return _finished(event)
        case trace.AccountMoved():
            return f"the account lives in {_dc(event.dc_id)}"
        case trace.AccountLoggedOut():
            return f"logged out: {_short(event.error)}"
        case trace.QueryReceived():
            layer = "" if event.layer is None else f", layer {event.layer}"
            return (
                f"connection {event.connection}: request {msg_id(event.msg_id)} {event.method} "
                f"received{layer}{_content(event.content)}"
            )
        case trace.QueryAnswered():
            took = "" if event.duration is None else f" after {seconds(event.duration)}"
            failed = "" if event.error is None else f": {event.code} {_short(event.error)}"
            return (
                f"connection {event.connection}: request {msg_id(event.msg_id)} {event.method} answered{took}{failed}"
            )


def _finished(event: trace.RequestFinished) -> str:
    sends = "" if event.sends == 1 else f", sent {event.sends} times"
    code = "" if event.code is None else f"{event.code} "
    error = "" if event.error is None else f"{code}{_short(event.error)}"
    request = f"request {event.request} {event.method}"
    after = f"after {seconds(event.duration)}{sends}"
    if event.outcome == "error":
        return f"{request}: error {error or 'unknown'} from {_dc(event.dc_id)} {after}{_content(event.content)}"
    why = f": {error}" if error else ""
    if event.outcome == "result":
        return f"{request} answered by {_dc(event.dc_id)} {after}{why}{_content(event.content)}"
    what = "has no known outcome" if event.outcome == "unknown" else event.outcome
    return f"{request} {what} {after}{why}"


def _message(event: trace.MessageSent | trace.MessageReceived) -> str:
    parts = [_short(event.kind)]
    if event.result is not None:
        parts.append(f"({_short(event.result)})")
    if event.refers_to:
        shown = ", ".join(map(msg_id, event.refers_to[:4]))
        more = ", ..." if len(event.refers_to) > 4 else ""
        parts.append(f"about {shown}{more}")
    inside = "" if event.container is None else f" in {msg_id(event.container)}"
    return f"{' '.join(parts)}, message {msg_id(event.msg_id)}{inside}, seqno {event.seqno}, {event.size} bytes"


def _content(content: str | None) -> str:
    return "" if content is None else f": {_short(content)}"


def _place(event: trace.RequestSent | trace.RequestResent) -> str:
    return f"connection {event.connection} ({_dc(event.dc_id)})"


def _dc(dc_id: int) -> str:
    return f"DC {dc_id}"


def _lifetime(*, temporary: bool) -> str:
    return "temporary" if temporary else "permanent"


def msg_id(number: int) -> str:
    """A message id in hexadecimal digits."""
    return f"{number & (1 << 64) - 1:016x}"


def seconds(duration: float) -> str:
    """A duration, in a unit that fits."""
    return f"{duration:.3g} s" if duration >= 1 else f"{duration * 1000:.3g} ms"


_OUTCOMES: Final = {"error": INFO, "unknown": WARNING}
_LEVELS: Final[dict[type[trace.TraceEvent], tuple[str, int]]] = {
    trace.ConnectionRequested: ("connection", DEBUG),
    trace.ConnectionOpened: ("connection", INFO),
    trace.ConnectionFailed: ("connection", WARNING),
    trace.ConnectionTerminated: ("connection", INFO),
    trace.ReconnectScheduled: ("connection", INFO),
    trace.HandshakeStarted: ("handshake", DEBUG),
    trace.HandshakeStep: ("handshake", DEBUG),
    trace.KeyCreated: ("handshake", INFO),
    trace.KeyBound: ("handshake", INFO),
    trace.KeyNotFound: ("client", WARNING),
    trace.SaltChanged: ("message", DEBUG),
    trace.PacketSent: ("message", DEBUG),
    trace.PacketReceived: ("message", DEBUG),
    trace.MessageSent: ("message", DEBUG),
    trace.MessageReceived: ("message", DEBUG),
    trace.MessageDiscarded: ("message", INFO),
    trace.MessageUndecodable: ("message", WARNING),
    trace.MessageRejected: ("message", INFO),
    trace.SessionStarted: ("message", DEBUG),
    trace.UpdatesArrived: ("message", DEBUG),
    trace.RequestStarted: ("request", DEBUG),
    trace.RequestSent: ("request", DEBUG),
    trace.RequestResent: ("request", INFO),
    trace.RequestRedirected: ("request", INFO),
    trace.RequestDelayed: ("request", WARNING),
    trace.RequestFinished: ("request", DEBUG),
    trace.AccountMoved: ("client", INFO),
    trace.AccountLoggedOut: ("client", WARNING),
    trace.QueryReceived: ("request", DEBUG),
    trace.QueryAnswered: ("request", DEBUG),
}
AREAS: Final = ("connection", "handshake", "message", "request", "client")
