"""Clients and embedded data centers in a simulated network: every byte goes over the wire, and computing is instant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

from sansio_tl import Client, ClientConfig, Config, Endpoint, KeyStore, auth
from sansio_tl.auth import Flow
from sansio_tl.client import ClientEvent
from sansio_tl.client.dc_state import DcState as Known
from sansio_tl.client.snapshot import take
from sansio_tl.connection.server import KeyRecord
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors import RemoteProtocolError, RpcError
from sansio_tl.events import OutcomeUnknown, RequestFailed, ResultReceived, UpdatesReceived
from sansio_tl.simulation.clock import SimulatedClock
from sansio_tl.simulation.driver import SimClientDriver
from sansio_tl.simulation.host import SimHost, Timer
from sansio_tl.simulation.link_conditions import Cut, DirectionConditions, LinkConditions
from sansio_tl.simulation.network import Link, Network, Socket
from sansio_tl.simulation.rng import Rng
from sansio_tl.simulation.scheduler import EPOCH, Schedule
from sansio_tl.testing import Cluster, DataCenter, DataCenterConfig, DataCenterConnection
from sansio_tl.tl.objects import Function, TLObject
from tests.helpers.rsa_key import rsa_key

MAX_WAIT = 600.0
"""Simulated seconds within which whatever is asked must be answered."""


class SimulatedCluster:
    """Two data centers and the devices of their users, in a simulated network."""

    def __init__(self, **settings: Any) -> None:
        self.numbers = count()
        self.schedule = Schedule()
        self.cluster = Cluster()
        self.network = Network(self.schedule, lambda machine, endpoint: _no_faults())
        self.keys = {dc_id: KeyStore() for dc_id in (2, 4)}
        self.data_centers = {dc_id: self._data_center(dc_id, settings) for dc_id in (2, 4)}

    def _data_center(self, dc_id: int, settings: dict[str, Any]) -> DataCenter:
        config = DataCenterConfig(dc_id=dc_id, private_key=rsa_key(), **settings)
        data_center = DataCenter(
            config, cluster=self.cluster, keys=self.keys[dc_id], entropy=Rng(f"data center {dc_id}"), now=EPOCH
        )
        machine = self.machine(f"data center {dc_id}")
        self.network.listen(endpoint(dc_id), _Listener(data_center, machine))
        return data_center

    def machine(self, name: str) -> SimHost:
        return SimHost(name, self.schedule, self.network, SimulatedClock(EPOCH))

    def until(self, done: Callable[[], bool]) -> None:
        """Let things happen until something is so."""
        end = self.schedule.now + MAX_WAIT
        while not done():
            assert self.schedule.step(end), "nothing happens any more"

    def share_key(self, name: str, dc_id: int) -> Known:
        """An auth key that a device and a data center have from the beginning: no handshake is needed."""
        key = AuthKey(Rng(f"key of {name} for {dc_id}")(256))
        self.keys[dc_id][key.id] = KeyRecord(key, 7, created_at=EPOCH, salt_period=3600)
        return Known(dc_id, auth_key=key, salt=7, time_offset=0.0)


class SimulatedDevice:
    """A client, driven by a machine of the simulation."""

    def __init__(self, cluster: SimulatedCluster) -> None:
        self.cluster = cluster
        name = f"device {next(cluster.numbers)}"
        self.updates: list[TLObject] = []
        self.events: list[ClientEvent] = []
        """The events of its client."""
        self.answer: object = None
        """The result or error of the last request."""
        self._machine = cluster.machine(name)
        self._answers: dict[object, object] = {}
        self._begin(
            take(
                test_mode=False,
                home_dc=2,
                user_id=None,
                is_bot=None,
                data_centers=[cluster.share_key(name, dc_id) for dc_id in cluster.data_centers],
                endpoints={},
            )
        )

    def _begin(self, snapshot: dict[str, Any]) -> None:
        keys = (rsa_key().public_key,)
        config = ClientConfig(
            connection_config=Config(api_id=1, public_keys=keys),
            endpoints={dc_id: (endpoint(dc_id),) for dc_id in self.cluster.data_centers},
            flood_sleep_threshold=0,
            flood_wait_by_method=False,
        )
        dice = Rng(f"process {next(self.cluster.numbers)}")
        self.client = Client(config, snapshot=snapshot, entropy=dice, now=self.now)
        self.driver = SimClientDriver(self.client, self._machine, self._take)
        self.driver.pump()

    def restart(self, snapshot: dict[str, Any]) -> None:
        """Another process goes on from there."""
        self._machine.stop()
        self._begin(snapshot)

    @property
    def now(self) -> float:
        return self._machine.now()

    def ask(self, function: Function[Any], dc_id: int | None = None) -> object:
        """The result, or the error that is no exception: the input for a flow."""
        handle = self.client.invoke(function, dc_id=dc_id, now=self.now)
        self.driver.pump()
        self.cluster.until(lambda: handle in self._answers)
        answer = self._answers.pop(handle)
        if isinstance(answer, AssertionError):
            raise answer
        self.answer = answer
        return answer

    @property
    def key_id(self) -> bytes:
        """By which its data center knows it."""
        return self.client.auth_keys[self.client.home_dc].id

    def pass_update(self, flow: Flow[Any]) -> None:
        """Pass the next update to a flow."""
        self.cluster.until(lambda: bool(self.updates))
        assert flow.receive_update(self.updates.pop(0), now=self.now)

    def wait(self, flow: Flow[Any]) -> None:
        """Until time or an update moves the flow."""

        def moved() -> bool:
            while self.updates:
                flow.receive_update(self.updates.pop(0), now=self.now)
            due = flow.next_deadline()
            if due is not None and due <= self.now:
                flow.handle_deadline(now=self.now)
            return flow.next_action() is not None

        due = flow.next_deadline()
        if due is not None:
            self._machine.call_at(due, lambda: None)
        self.cluster.until(moved)

    def step(self, flow: Flow[Any]) -> None:
        """Do the one thing that the flow asks for."""
        action = flow.next_action()
        if isinstance(action, auth.Compute):
            flow.receive_computed(action.job())
        elif action is not None:
            result = self.ask(action.function, action.dc)
            if isinstance(result, RpcError | RemoteProtocolError):
                flow.receive_error(result, now=self.now)
            else:
                flow.receive_result(result, now=self.now)

    def _take(self, event: ClientEvent) -> None:
        self.events.append(event)
        match event:
            case ResultReceived():
                self._answers[event.handle] = event.result
            case RequestFailed():
                self._answers[event.handle] = event.error
            case OutcomeUnknown():
                self._answers[event.handle] = AssertionError(event.reason)
            case UpdatesReceived():
                self.updates.append(event.updates)


def endpoint(dc_id: int) -> Endpoint:
    return Endpoint(f"192.0.2.{dc_id}", 443)


def _no_faults() -> LinkConditions:
    up, down = (DirectionConditions(Rng(direction), Counter()) for direction in ("up", "down"))
    return LinkConditions(up, down, Cut.BOTH)


class _Listener:
    """The listener of a data center."""

    def __init__(self, data_center: DataCenter, machine: SimHost) -> None:
        self._data_center = data_center
        self._machine = machine
        self._sockets: dict[DataCenterConnection, Socket] = {}
        self._timers: dict[DataCenterConnection, Timer] = {}
        data_center.on_output = self._pump

    def accept(self, link: Link) -> None:
        socket = link.server
        socket.host = self._machine
        served = self._data_center.accept(now=self._machine.now())
        self._sockets[served] = socket
        socket.on_data = partial(self._received, served)
        socket.on_end = lambda error: self._received(served, b"")
        socket.on_writable = partial(self._pump, served)
        self._pump(served)

    def _received(self, link: DataCenterConnection, data: bytes) -> None:
        link.receive_data(data, now=self._machine.now())
        self._pump(link)

    def _pump(self, link: DataCenterConnection) -> None:
        socket = self._sockets[link]
        if data := link.data_to_send(now=self._machine.now()):
            socket.send(data)
        if link.closed:
            socket.close()
        if (timer := self._timers.pop(link, None)) is not None:
            timer.cancel()
        if not link.closed and (due := link.next_deadline()) is not None:
            self._timers[link] = self._machine.call_at(due, partial(self._tick, link, due))

    def _tick(self, link: DataCenterConnection, due: float) -> None:
        link.handle_deadline(now=max(due, self._machine.now()))
        self._pump(link)
