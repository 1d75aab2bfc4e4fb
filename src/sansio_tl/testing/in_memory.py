"""A client and data centers in one process: no sockets, no threads, and no waiting.

    data_center = DataCenter(entropy=os.urandom, now=NOW)
    account = data_center.add_account("+12025550100")
    snapshot = data_center.new_session(account, now=NOW)
    client = InMemoryClient(data_center, snapshot=snapshot, entropy=os.urandom, now=NOW)
    client.invoke(functions.updates.GetState())
    client.advance(3600.0)              # an hour for the client and for the data center, at once

Time passes in `advance`, and in `invoke` as long as there is nothing else to do: a FLOOD_WAIT_30 takes no real time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from sansio_tl.auth import Compute, Flow
from sansio_tl.client.actions import Connect, Disconnect, Endpoint
from sansio_tl.client.client import Client
from sansio_tl.client.config import ClientConfig
from sansio_tl.client.events import ClientEvent
from sansio_tl.config import Config
from sansio_tl.entropy import Entropy
from sansio_tl.errors import ConnectionLostError, RemoteProtocolError, RpcError
from sansio_tl.events import OutcomeUnknown, RequestFailed, ResultReceived, UpdatesReceived
from sansio_tl.mtproto.client.request import RequestHandle
from sansio_tl.testing.connection import DataCenterConnection
from sansio_tl.testing.data_center import DataCenter
from sansio_tl.tl.objects import Function, TLObject

R = TypeVar("R")

TIMEOUT: Final = 300.0
"""How long `invoke` waits, in seconds of the client's own time."""


class InMemoryClient:
    """A `Client`, driven by its test. The framings over HTTP are not supported."""

    def __init__(
        self,
        *data_centers: DataCenter,
        snapshot: Mapping[str, Any] | None = None,
        entropy: Entropy,
        now: float,
        **settings: Any,
    ) -> None:
        """Create a client of these data centers, the first of which is its home.

        Args:
            data_centers: those of one cluster that it can connect to.
            snapshot: that of another client, or of `DataCenter.new_session`.
            entropy: the source of its random bytes.
            now: the time at the beginning, in seconds since the Unix epoch; the data centers were created at that time.
            settings: those of `ClientConfig`.

        Raises LocalProtocolError for an invalid snapshot or setting.
        """
        self.now = now
        """The time, in seconds since the Unix epoch."""
        self.online = True
        """Whether connections can be opened."""
        self.updates: list[TLObject] = []
        """The updates that it has received, as objects of type Updates. A test may remove them."""
        self.events: list[ClientEvent] = []
        """All other events except the outcomes of `invoke`. A test may remove them."""
        self._data_centers = {each.config.dc_id: each for each in data_centers}
        self._connections: dict[int, DataCenterConnection] = {}
        self._outcomes: dict[RequestHandle[Any], ResultReceived[Any] | RequestFailed | OutcomeUnknown] = {}
        keys = tuple(dict.fromkeys(each.public_key for each in data_centers))
        home = Config(api_id=1, dc_id=data_centers[0].config.dc_id, public_keys=keys)
        endpoints = {dc_id: (Endpoint("192.0.2.1", 440 + dc_id),) for dc_id in self._data_centers}
        defaults: dict[str, Any] = {"connection_config": home, "endpoints": endpoints}
        self.client = Client(ClientConfig(**defaults | settings), snapshot=snapshot, entropy=entropy, now=now)
        """The engine. After a call of one of its methods, call `settle`."""
        self.settle()

    def invoke(self, function: Function[R], *, dc_id: int | None = None, timeout: float = TIMEOUT) -> R:
        """Make a request and return its result; time passes until it is there.

        Raises RpcError; ConnectionLostError when the outcome is unknown; RemoteProtocolError for an answer that cannot
        be decoded; TimeoutError after `timeout` seconds of the client's time.
        """
        handle = self.client.invoke(function, dc_id=dc_id, now=self.now)
        give_up_at = self.now + timeout
        self.settle()
        while (outcome := self._outcomes.pop(handle, None)) is None:
            deadline = self._next_deadline()
            if deadline is None or deadline > give_up_at:
                self._pass_time(give_up_at)
                self.client.cancel(handle, now=self.now)
                raise TimeoutError(f"no answer to {function.NAME} within {timeout:g} s")
            self._pass_time(max(self.now, deadline))
        match outcome:
            case ResultReceived(result=result):
                answer: R = result
                return answer
            case RequestFailed(error=error):
                raise error
            case OutcomeUnknown(reason=reason):
                raise ConnectionLostError(f"outcome unknown: {reason}")

    def run(self, flow: Flow[Any]) -> None:
        """Run a login flow until it needs input, waits for time or an update, or is finished.

        Before, the flow receives the time and the updates of `updates`.
        """
        for updates in self.updates:
            flow.receive_update(updates, now=self.now)
        deadline = flow.next_deadline()
        if deadline is not None and deadline <= self.now:
            flow.handle_deadline(now=self.now)
        while (action := flow.next_action()) is not None:
            if isinstance(action, Compute):
                flow.receive_computed(action.job())
                continue
            try:
                result = self.invoke(action.function, dc_id=action.dc)
            except (RpcError, RemoteProtocolError) as error:
                flow.receive_error(error, now=self.now)
            else:
                flow.receive_result(result, now=self.now)

    def advance(self, seconds: float) -> None:
        """Let time pass for the client and the data centers, deadline by deadline."""
        until = self.now + seconds
        self.settle()
        while (deadline := self._next_deadline()) is not None and deadline <= until:
            self._pass_time(max(self.now, deadline))
        self._pass_time(until)

    def settle(self) -> None:
        """Exchange bytes until nothing happens without time."""
        while self._perform_action() or self._exchange():
            pass
        while (event := self.client.next_event()) is not None:
            match event:
                case ResultReceived() | RequestFailed() | OutcomeUnknown():
                    self._outcomes[event.handle] = event
                case UpdatesReceived(updates=updates):
                    self.updates.append(updates)
                case _:
                    self.events.append(event)

    def snapshot(self) -> dict[str, Any]:
        """The state of the client, for another one."""
        return self.client.snapshot()

    def _perform_action(self) -> bool:
        match self.client.next_action():
            case None:
                return False
            case Connect(connection_id=connection_id, dc_id=dc_id, endpoints=endpoints):
                data_center = self._data_centers.get(dc_id)
                if data_center is None or not self.online:
                    self.client.connection_failed(connection_id, "no such data center in memory", now=self.now)
                else:
                    self._connections[connection_id] = data_center.accept(now=self.now)
                    self.client.connection_made(connection_id, endpoint=endpoints[0], now=self.now)
            case Disconnect(connection_id=connection_id):  # its last data is of the framing alone
                if (connection := self._connections.pop(connection_id, None)) is not None:
                    connection.receive_data(b"", now=self.now)
        return True

    def _exchange(self) -> bool:
        """Carry bytes in both directions; returns whether there were any."""
        moved = False
        for connection_id, connection in tuple(self._connections.items()):
            if up := self.client.data_to_send(connection_id, now=self.now):
                connection.receive_data(up, now=self.now)
            if down := connection.data_to_send(now=self.now):
                self.client.receive_data(connection_id, down, now=self.now)
            if connection.closed and self._connections.pop(connection_id, None) is not None:
                self.client.receive_data(connection_id, b"", now=self.now)
                moved = True
            moved |= bool(up) or bool(down)
        return moved

    def _pass_time(self, now: float) -> None:
        self.now = now
        self.client.handle_deadline(now=now)
        for connection in tuple(self._connections.values()):
            connection.handle_deadline(now=now)
        self.settle()

    def _next_deadline(self) -> float | None:
        due = [self.client.next_deadline(), *(each.next_deadline() for each in self._connections.values())]
        return min((each for each in due if each is not None), default=None)
