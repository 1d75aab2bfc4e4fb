"""Simulated clients: users of a `Client` that send requests, cancel some, and restart."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol

from sansio_tl import functions
from sansio_tl.client import AuthKeyNotFound, AuthorizationLost, ClientEvent
from sansio_tl.client.client import Client
from sansio_tl.client.config import ClientConfig
from sansio_tl.errors.protocol import LocalProtocolError
from sansio_tl.events import OutcomeUnknown, RequestFailed, ResultReceived
from sansio_tl.mtproto.client.request import RequestHandle
from sansio_tl.simulation.driver import Driver, MakeDriver
from sansio_tl.simulation.host import SimHost
from sansio_tl.simulation.requests import RequestStatus, SimRequest
from sansio_tl.simulation.rng import Rng


class ObservedClient(Protocol):
    """The part of a simulated client that observers see."""

    name: str
    host: SimHost
    waiting: dict[RequestHandle[Any], SimRequest]


class ClientObserver(Protocol):
    """Observes the clients."""

    def client_event(self, client: ObservedClient, event: ClientEvent, sim_request: SimRequest | None) -> None:
        """The client has emitted an event, with the request if it is the outcome of one."""

    def started(self, client: ObservedClient) -> None:
        """A process has started."""

    def saved(self, client: ObservedClient, snapshot: dict[str, Any]) -> None:
        """A client's state was saved."""

    def driven(self, client: ObservedClient, engine: Client) -> Client:
        """A driver is about to get a client; returns what it gets, which may observe it."""
        ...

    def closed(self, client: ObservedClient) -> None:
        """A client was closed, and has emitted all its events."""


class SimulatedClient:
    """Uses a `Client`."""

    def __init__(
        self,
        name: str,
        config: ClientConfig,
        host: SimHost,
        *,
        make_driver: MakeDriver,
        observer: ClientObserver,
        rng: Rng,
    ) -> None:
        self.name = name
        self.host = host
        self.config = config
        self.client: Client | None = None
        """None while no process runs."""
        self.waiting: dict[RequestHandle[Any], SimRequest] = {}
        """Unanswered requests."""
        self.login_again: Callable[[], None] = lambda: None
        """Called when the account was logged out."""
        self.key_is_lost: Callable[[int], bool] = lambda _: False
        """Called when a data center has reported the permanent key as lost: returns whether it is."""
        self._starts = 0
        """How many processes it has started."""
        self._driver: Driver | None = None
        self._make_driver = make_driver
        self._observer = observer
        self._rng = rng
        self._leaving = rng.fork("leaving")
        self._handles: dict[SimRequest, RequestHandle[Any]] = {}

    def start(self, snapshot: dict[str, Any] | None) -> None:
        """Start a process, perhaps as the successor of another one."""
        self._starts += 1
        tracer = self.host.tracer(self.name if self._starts == 1 else f"{self.name}, start {self._starts}")
        self.client = Client(self.config, snapshot=snapshot, entropy=self._rng, now=self.host.now(), tracer=tracer)
        self._driver = self._make_driver(self._observer.driven(self, self.client), self.host, self._take)
        self._observer.started(self)
        self._driver.pump()

    def end(self) -> dict[str, Any] | None:
        """End the process and return its snapshot, if one ran. Unanswered requests get no outcome."""
        if self.client is None or self._driver is None:
            return None
        snapshot: dict[str, Any] = json.loads(json.dumps(self.client.snapshot()))
        self._observer.saved(self, snapshot)
        if self._leaving.chance(0.5):
            self._close(self.client)
        self.host.stop()
        self.client = self._driver = None
        for sim_request in self.waiting.values():
            sim_request.state = RequestStatus.ABANDONED
        self.waiting.clear()
        self._handles.clear()
        return snapshot

    def _close(self, client: Client) -> None:
        """Close the client: every pending request gets an outcome."""
        client.close(now=self.host.now())
        while (event := client.next_event()) is not None:
            self._take(event)
        self._observer.closed(self)

    @property
    def user_id(self) -> int | None:
        """The logged-in user."""
        return None if self.client is None else self.client.user_id

    def invoke(self, sim_request: SimRequest) -> None:
        """Send a request."""
        if self.client is None or self._driver is None:
            sim_request.state = RequestStatus.ABANDONED
            return
        after = None if sim_request.after is None else self._handles.get(sim_request.after)
        try:
            handle = self.client.invoke(
                sim_request.function,
                dc_id=sim_request.dc_id,
                after=after,
                quick_ack=sim_request.quick_ack,
                now=self.host.now(),
            )
        except LocalProtocolError:
            sim_request.state = RequestStatus.ABANDONED
            return
        self.waiting[handle] = sim_request
        self._handles[sim_request] = handle
        self._driver.pump()

    def abandon(self, sim_request: SimRequest) -> None:
        """Cancel a request."""
        handle = self._handles.get(sim_request)
        if self.client is not None and self._driver is not None and handle in self.waiting:
            sim_request.state = RequestStatus.CANCELLED
            del self.waiting[handle]
            self.client.cancel(handle, now=self.host.now())
            self._driver.pump()

    def _forget_key(self, dc_id: int) -> None:
        """Drop the key of a data center that has lost it, as a user would."""
        if self.client is not None and self._driver is not None:
            self.client.forget_key(dc_id, now=self.host.now())
            self._driver.pump()

    def _take(self, event: ClientEvent) -> None:
        sim_request = None
        if isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown):
            sim_request = self.waiting.pop(event.handle, None)
        self._observer.client_event(self, event, sim_request)
        if isinstance(event, AuthKeyNotFound) and self.key_is_lost(event.dc_id):
            self.host.call_at(self.host.now(), lambda: self._forget_key(event.dc_id))
        if isinstance(event, AuthorizationLost):
            self.host.call_at(self.host.now() + 1.0, self.login_again)


def login_request(number: int) -> functions.auth.ImportBotAuthorization:
    """A request that logs in; `number` is that of its simulated request."""
    return functions.auth.ImportBotAuthorization(flags=0, api_id=1, api_hash="hash", bot_auth_token=str(number))
