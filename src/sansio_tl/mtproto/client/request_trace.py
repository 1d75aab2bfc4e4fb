"""What a tracer receives of requests: when each was made, how often it was sent and why, and its outcome.

A request has one number for all of its sendings. The client, or a connection that is used by itself, starts and
finishes it; sessions record its sendings.
"""

from __future__ import annotations

from typing import Any

from sansio_tl.errors.rpc import RpcError
from sansio_tl.events import Outcome, OutcomeUnknown, RequestFailed, ResultReceived
from sansio_tl.mtproto.client.request import RequestHandle
from sansio_tl.trace import (
    RequestDelayed,
    RequestFinished,
    RequestRedirected,
    RequestResent,
    RequestSent,
    RequestStarted,
    Tracer,
    wants_contents,
)

MAX_CONTENT = 4096
"""Characters of a repr that are recorded."""


class TracedRequest:
    """An unfinished request, as far as it is recorded."""

    __slots__ = ("dc_id", "number", "reason", "sends", "started_at")

    def __init__(self, number: int, dc_id: int, started_at: float) -> None:
        self.number = number
        self.dc_id = dc_id
        self.started_at = started_at
        self.sends = 0
        self.reason = ""
        """Why it is to be sent again."""

    def set_reason(self, reason: str) -> None:
        """It is to be sent again."""
        self.reason = reason

    def count_sending(self, dc_id: int) -> None:
        """It is sent."""
        self.dc_id = dc_id
        self.sends += 1


class RequestTrace:
    """Records the requests of a client, or of a connection that is used by itself."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._wants_contents = wants_contents(tracer)
        self._requests: dict[RequestHandle[Any], TracedRequest] = {}
        self._made = 0

    def start(self, handle: RequestHandle[Any], dc_id: int, now: float, *, internal: bool = False) -> None:
        """A request was made."""
        self._made += 1
        self._requests[handle] = TracedRequest(self._made, dc_id, now)
        self._tracer.record(RequestStarted(self._made, handle.function.NAME, dc_id, internal), now)

    def set_reason(self, handle: RequestHandle[Any], reason: str) -> None:
        """A request is to be sent again, if it was sent."""
        request = self._requests.get(handle)
        if request is not None:
            request.set_reason(reason)

    def sent(
        self, handle: RequestHandle[Any], connection: int, dc_id: int, msg_id: int, now: float, *, same_id: bool
    ) -> None:
        """A request is sent. Those that a session makes for itself are not recorded."""
        request = self._requests.get(handle)
        if request is None:
            return
        method = handle.function.NAME
        if request.sends:
            reason = request.reason or "unknown"
            self._tracer.record(RequestResent(request.number, method, connection, dc_id, msg_id, same_id, reason), now)
        else:
            self._tracer.record(RequestSent(request.number, method, connection, dc_id, msg_id), now)
        request.count_sending(dc_id)

    def redirected(self, handle: RequestHandle[Any], from_dc: int, to_dc: int, error: RpcError, now: float) -> None:
        """A request is sent to another data center."""
        request = self._requests.get(handle)
        if request is not None:
            method = handle.function.NAME
            self._tracer.record(RequestRedirected(request.number, method, from_dc, to_dc, error.text), now)

    def delayed(self, handle: RequestHandle[Any], seconds: int, now: float) -> None:
        """A request waits because of FLOOD_WAIT."""
        request = self._requests.get(handle)
        if request is not None:
            request.set_reason("FLOOD_WAIT")
            self._tracer.record(RequestDelayed(request.number, handle.function.NAME, seconds), now)

    def finish(self, outcome: Outcome, now: float) -> None:
        """A request has its outcome."""
        match outcome:
            case ResultReceived():
                content = shortened_repr(outcome.result) if self._wants_contents else None
                self._finish(outcome.handle, "result", now, content=content)
            case RequestFailed(error=RpcError() as error):
                self._finish(outcome.handle, "error", now, error=error.text, code=error.code)
            case RequestFailed():
                self._finish(outcome.handle, "error", now, error=str(outcome.error))
            case OutcomeUnknown():
                self._finish(outcome.handle, "unknown", now, error=outcome.reason)

    def cancel(self, handle: RequestHandle[Any], now: float) -> None:
        """The caller of a request does not want its answer."""
        self._finish(handle, "cancelled", now)

    def _finish(
        self,
        handle: RequestHandle[Any],
        outcome: str,
        now: float,
        *,
        error: str | None = None,
        code: int | None = None,
        content: str | None = None,
    ) -> None:
        request = self._requests.pop(handle, None)
        if request is None:
            return
        self._tracer.record(
            RequestFinished(
                request.number,
                handle.function.NAME,
                request.dc_id,
                outcome,
                duration(request.started_at, now),
                request.sends,
                error,
                code,
                content,
            ),
            now,
        )


def duration(since: float, now: float) -> float:
    """Seconds, in whole microseconds."""
    return max(0.0, round(now - since, 6))


def shortened_repr(value: object) -> str:
    """The repr of a value, in which secrets are hidden, or its beginning."""
    text = repr(value)
    return text if len(text) <= MAX_CONTENT else f"{text[:MAX_CONTENT]}..."
