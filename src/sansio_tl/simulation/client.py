"""Customers: whoever uses a client of the simulation. They send errands, lose patience, and start again."""

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


class Visible(Protocol):
    """What is seen of a customer."""

    name: str
    machine: SimHost
    waiting: dict[RequestHandle[Any], SimRequest]


class Audience(Protocol):
    """Whoever wants to know what happens to a customer."""

    def told(self, customer: Visible, event: ClientEvent, errand: SimRequest | None) -> None:
        """The client has told something, of an errand if it is one's outcome."""

    def started(self, customer: Visible) -> None:
        """A process has begun."""

    def saved(self, customer: Visible, snapshot: dict[str, Any]) -> None:
        """A client's state was saved."""

    def closed(self, customer: Visible) -> None:
        """A client was closed, and has told everything."""


class SimulatedClient:
    """Uses a `Client`."""

    def __init__(
        self,
        name: str,
        config: ClientConfig,
        machine: SimHost,
        *,
        make_driver: MakeDriver,
        audience: Audience,
        dice: Rng,
    ) -> None:
        self.name = name
        self.machine = machine
        self.config = config
        self.client: Client | None = None
        """None while no process runs."""
        self.waiting: dict[RequestHandle[Any], SimRequest] = {}
        """What it waits for."""
        self.log_in_again: Callable[[], None] = lambda: None
        """Called when the account was logged out."""
        self.key_is_lost: Callable[[int], bool] = lambda _: False
        """Asked when a data center is said to have lost the permanent key: whether it has."""
        self._driver: Driver | None = None
        self._make_driver = make_driver
        self._audience = audience
        self._dice = dice
        self._leaving = dice.fork("leaving")
        self._handles: dict[SimRequest, RequestHandle[Any]] = {}

    def start(self, snapshot: dict[str, Any] | None) -> None:
        """A process begins, perhaps where another one ended."""
        self.client = Client(self.config, snapshot=snapshot, entropy=self._dice, now=self.machine.now())
        self._driver = self._make_driver(self.client, self.machine, self._take)
        self._audience.started(self)
        self._driver.pump()

    def end(self) -> dict[str, Any] | None:
        """The process ends; its snapshot, if one ran. Nobody waits for what was unanswered."""
        if self.client is None or self._driver is None:
            return None
        snapshot: dict[str, Any] = json.loads(json.dumps(self.client.snapshot()))
        self._audience.saved(self, snapshot)
        if self._leaving.chance(0.5):
            self._close(self.client)
        self._driver.stop()
        self.machine.stop()
        self.client = self._driver = None
        for errand in self.waiting.values():
            errand.state = RequestStatus.ABANDONED
        self.waiting.clear()
        self._handles.clear()
        return snapshot

    def _close(self, client: Client) -> None:
        """The process ends in an orderly way: everybody who waits is told."""
        client.close(now=self.machine.now())
        while (event := client.next_event()) is not None:
            self._take(event)
        self._audience.closed(self)

    @property
    def user_id(self) -> int | None:
        """Who is logged in."""
        return None if self.client is None else self.client.user_id

    def ask(self, errand: SimRequest) -> None:
        """Send an errand on its way."""
        if self.client is None or self._driver is None:
            errand.state = RequestStatus.ABANDONED
            return
        after = None if errand.after is None else self._handles.get(errand.after)
        try:
            handle = self.client.invoke(
                errand.function, dc_id=errand.dc_id, after=after, quick_ack=errand.quick_ack, now=self.machine.now()
            )
        except LocalProtocolError:
            errand.state = RequestStatus.ABANDONED
            return
        self.waiting[handle] = errand
        self._handles[errand] = handle
        self._driver.pump()

    def lose_patience(self, errand: SimRequest) -> None:
        """Do not wait for an errand any longer."""
        handle = self._handles.get(errand)
        if self.client is not None and self._driver is not None and handle in self.waiting:
            errand.state = RequestStatus.CANCELLED
            del self.waiting[handle]
            self.client.cancel(handle, now=self.machine.now())
            self._driver.pump()

    def _forget_key(self, dc_id: int) -> None:
        """The user has found out that a data center has lost the permanent key."""
        if self.client is not None and self._driver is not None:
            self.client.forget_key(dc_id, now=self.machine.now())
            self._driver.pump()

    def _take(self, event: ClientEvent) -> None:
        errand = None
        if isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown):
            errand = self.waiting.pop(event.handle, None)
        self._audience.told(self, event, errand)
        if isinstance(event, AuthKeyNotFound) and self.key_is_lost(event.dc_id):
            self.machine.call_at(self.machine.now(), lambda: self._forget_key(event.dc_id))
        if isinstance(event, AuthorizationLost):
            self.machine.call_at(self.machine.now() + 1.0, self.log_in_again)


def log_in(number: int) -> functions.auth.ImportBotAuthorization:
    """A request that logs in; `number` is that of its errand."""
    return functions.auth.ImportBotAuthorization(flags=0, api_id=1, api_hash="hash", bot_auth_token=str(number))
