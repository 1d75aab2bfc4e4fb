"""What a tracer receives of a client: connections that it requests, back-off, migrations and the account.

What happens on a connection is recorded by the `ClientSessionTrace` of its session.
"""

from __future__ import annotations

from collections.abc import Callable

from sansio_tl.client.actions import Connect, Endpoint
from sansio_tl.client.events import (
    AuthKeyNotFound,
    AuthorizationLost,
    ClientEvent,
    ConnectionLost,
    HomeDataCenterChanged,
)
from sansio_tl.errors import RpcError
from sansio_tl.limits import Limits
from sansio_tl.mtproto.client.request_trace import RequestTrace
from sansio_tl.mtproto.connection_trace import ClientSessionTrace
from sansio_tl.trace import (
    AccountLoggedOut,
    AccountMoved,
    ConnectionFailed,
    ConnectionRequested,
    KeyNotFound,
    ReconnectScheduled,
    Tracer,
)


class ClientTrace:
    """Records one client."""

    def __init__(self, tracer: Tracer, now: float) -> None:
        self._tracer = tracer
        self._now = now
        self._requests = RequestTrace(tracer)

    @property
    def requests(self) -> RequestTrace:
        """Records the requests."""
        return self._requests

    @property
    def now(self) -> float:
        """The time of the latest call of the client."""
        return self._now

    def enter(self, now: float) -> None:
        """What follows happens at that time."""
        self._now = now

    def session(self, dc_id: int, limits: Limits, now: float) -> ClientSessionTrace:
        """What records a session with that data center."""
        return ClientSessionTrace(self._tracer, self._requests, dc_id, limits, now, owns_requests=False)

    def connect_requested(self, connect: Connect, now: float) -> None:
        """The driver is to open a connection."""
        endpoints = tuple(map(endpoint_text, connect.endpoints))
        self._tracer.record(ConnectionRequested(connect.connection_id, connect.dc_id, endpoints), now)

    def connection_failed(self, connection_id: int, dc_id: int, reason: str, now: float) -> None:
        """A connection was not opened."""
        self._tracer.record(ConnectionFailed(connection_id, dc_id, reason), now)

    def reporting(self, report: Callable[[ClientEvent], None]) -> Callable[[ClientEvent], None]:
        """Record events that `report` takes before it takes them."""

        def record_and_report(event: ClientEvent) -> None:
            self.on_event(event)
            report(event)

        return record_and_report

    def on_event(self, event: ClientEvent) -> None:
        """Record an event of the client itself."""
        match event:
            case ConnectionLost(retry_at=float(retry_at)):
                reason = "the connection was closed" if event.error is None else str(event.error)
                self._tracer.record(ReconnectScheduled(event.dc_id, retry_at, reason), self._now)
            case HomeDataCenterChanged():
                self._tracer.record(AccountMoved(event.dc_id), self._now)
            case AuthorizationLost():
                text = event.error.text if isinstance(event.error, RpcError) else str(event.error)
                self._tracer.record(AccountLoggedOut(text), self._now)
            case AuthKeyNotFound():
                self._tracer.record(KeyNotFound(event.dc_id), self._now)
            case _:
                pass


def endpoint_text(endpoint: Endpoint) -> str:
    """Host and port."""
    return f"[{endpoint.host}]:{endpoint.port}" if ":" in endpoint.host else f"{endpoint.host}:{endpoint.port}"
