"""The environment of one simulation: hosts, a network, data centers, clients, and the monitor."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections import Counter
from functools import cache, partial
from typing import Any

from sansio_tl import types
from sansio_tl.client.actions import Endpoint
from sansio_tl.client.config import ClientConfig
from sansio_tl.client.snapshot import VERSION
from sansio_tl.config import Config, FramingFactory
from sansio_tl.connection.server import KeyRecord, ServerConfig
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.crypto.rsa import RsaPrivateKey
from sansio_tl.framing import Abridged, Full, Intermediate, PaddedIntermediate
from sansio_tl.mtproto.server.key_record import SALT_PERIOD
from sansio_tl.simulation.attacker.intruder import Intruder
from sansio_tl.simulation.attacker.on_path import Campaigns, OnPath
from sansio_tl.simulation.attacker.recordings import Recordings
from sansio_tl.simulation.attacker.relay import Archive, Attacker
from sansio_tl.simulation.attacker.rogue_client import RogueClient
from sansio_tl.simulation.attacker.rogue_data_center import RogueDataCenter
from sansio_tl.simulation.bare_client import BareClient
from sansio_tl.simulation.client import SimulatedClient
from sansio_tl.simulation.clock import SimulatedClock
from sansio_tl.simulation.driver import MakeDriver
from sansio_tl.simulation.faults import Deeds, Faults, Injected
from sansio_tl.simulation.host import SimHost
from sansio_tl.simulation.link_conditions import ConditionsSource, LinkConditions
from sansio_tl.simulation.monitor import AnyClient, Monitor, Trace
from sansio_tl.simulation.network import Network
from sansio_tl.simulation.process import MakeTracer, SimProcess
from sansio_tl.simulation.requests import SimRequest
from sansio_tl.simulation.rng import Rng
from sansio_tl.simulation.scenario import Scenario
from sansio_tl.simulation.scheduler import EPOCH, Schedule
from sansio_tl.simulation.server import SimAccounts, SimDataCenter
from sansio_tl.testing.help_config import configuration

_OLD_SALT = 1
_HOSTILE = ("replay", "swap", "forgery")
_ON_PATH = ("recordings", "intruders", "false_answers")
"""Attacks for which every packet is recorded."""
_DAY = 86400.0
_DATA_CENTER = "centre"
"""Part of the names of random streams, which determine what every seed generates: do not change it."""
_PQ_PRIME_BITS = 16
"""Reduces the cost of a simulation; other tests cover the proof of work."""


@cache
def rsa_key() -> RsaPrivateKey:
    """The RSA key of all simulated data centers, generated once per process."""
    return RsaPrivateKey.generate(Rng(f"the data {_DATA_CENTER}s' RSA key"))


class Environment:
    """The parts, put together."""

    def __init__(
        self,
        scenario: Scenario,
        injected: Injected,
        *,
        make_driver: MakeDriver,
        trace: Trace | None,
        make_tracer: MakeTracer | None,
    ) -> None:
        self.scenario = scenario
        self.injected = injected
        self.deeds: Deeds = Counter()
        self.injected["short_salts"] += scenario.salt_period < SALT_PERIOD
        self.rng = Rng(f"seed {scenario.seed}")
        self.schedule = Schedule()
        self.requests: list[SimRequest] = []
        self.accounts = SimAccounts()
        stamped = None if trace is None else partial(self._stamp, trace)
        self.monitor = Monitor(scenario.limits, injected, stamped)
        self.conditions_source = ConditionsSource(scenario.faults, self.rng.fork("weather"), injected)
        self.network = Network(self.schedule, self._conditions)
        self.network.on_link, self.network.on_connect = self.monitor.on_link, self.monitor.on_connect
        self._make_driver = make_driver
        self._make_tracer = make_tracer
        self._archives = {framing: Archive() for framing in scenario.framings}
        self.recordings = Recordings()
        self._campaigns = Campaigns(
            scenario.faults.false_answers, EPOCH, scenario.fault_duration, self.rng.fork("campaigns")
        )
        self.data_centers = {dc_id: self._data_center(dc_id) for dc_id in scenario.data_centers}
        self._introduce_data_centers()
        self.intruder = self._intruder()
        self.rogue_clients = [self._rogue_client(dc_id) for dc_id in scenario.data_centers]
        self.clients: list[AnyClient] = [self._client(index) for index in range(scenario.clients)]
        self.clients += [self._bare(scenario.clients + index) for index in range(scenario.bare)]

    def step(self, until: float) -> bool:
        """Perform the next step and check the invariants; False if there is none until then."""
        if not self.schedule.step(until):
            return False
        for client in self.clients:
            if client.host.touched:
                client.host.touched = False
                self.monitor.check_client(client)
        self.monitor.after_step(self.schedule.now)
        return True

    def check_at_rest(self) -> None:
        """Whether every request is settled and nothing is pending."""
        for client in self.clients:
            self.monitor.check_client(client)

    def endpoint(self, dc_id: int) -> Endpoint:
        """The address of a data center."""
        return Endpoint(f"192.0.2.{dc_id}", 443)

    # -- parts ------------------------------------------------------------------------------------------------------

    def _clock(self, fault: float, rng: Rng) -> SimulatedClock:
        if not rng.chance(fault):
            return SimulatedClock(EPOCH)
        wrong_by = rng.pick((1, -1)) * rng.around(rng.pick((2.0, 60.0, 600.0, _DAY)))
        return SimulatedClock(EPOCH, wrong_by=wrong_by, drift=rng.between(-0.002, 0.002))

    def _data_center(self, dc_id: int) -> SimDataCenter:
        scenario, rng = self.scenario, self.rng.fork(f"{_DATA_CENTER} {dc_id}")
        clock = self._clock(scenario.faults.server_clock, rng)
        self._count_clock("server_clock", clock)
        host = SimHost(f"data center {dc_id}", self.schedule, self.network, clock)
        host.make_tracer = self._make_tracer
        config = ServerConfig(
            private_keys=(rsa_key(),),
            dc_id=dc_id,
            pq_prime_bits=_PQ_PRIME_BITS,
            salt_period=scenario.salt_period,
            limits=scenario.limits,
        )
        data_center = SimDataCenter(
            dc_id,
            config,
            host,
            requests=self.requests,
            accounts=self.accounts,
            observer=self.monitor,
            rng=rng,
        )
        self.network.listen(self.endpoint(dc_id), data_center)
        return data_center

    def _introduce_data_centers(self) -> None:
        """Register the data centers with the monitor, and which of them are rogue."""
        rogue = self.scenario.rogue_data_center
        if rogue is not None:
            self.data_centers[rogue].rogue = RogueDataCenter(
                self.scenario.data_centers, self.rng.fork(f"rogue {_DATA_CENTER}"), self.injected, self.deeds
            )
            self.monitor.executions.rogues.add(rogue)
        self.monitor.data_centers = {data_center.host: data_center for data_center in self.data_centers.values()}
        self.monitor.account_integrity.data_centers = self.data_centers
        listening = map(self.endpoint, self.data_centers)
        self.monitor.account_integrity.endpoints = frozenset((known.host, known.port) for known in listening)

    def _attacker_host(self, name: str, framing: str) -> SimHost:
        """A host of the attacker."""
        clock = SimulatedClock(EPOCH)
        return SimHost(name, self.schedule, self.network, clock, framing=framing, malicious=True)

    def _intruder(self) -> Intruder:
        return Intruder(
            {framing: self._attacker_host(f"intruder over {framing}", framing) for framing in ("intermediate", "http")},
            {dc_id: self.endpoint(dc_id) for dc_id in self.data_centers},
            self.recordings,
            self.monitor,
            rng=self.rng.fork("intruder"),
            deeds=self.deeds,
        )

    def _rogue_client(self, dc_id: int) -> RogueClient:
        """A client with a key that the monitor does not observe."""
        rng, data_center = self.rng.fork(f"rogue client {dc_id}"), self.data_centers[dc_id]
        key = AuthKey(rng(256))
        record = KeyRecord(key, 7, created_at=data_center.host.now(), salt_period=self.scenario.salt_period)
        if self.scenario.faults.rogue_clients:
            data_center.keys[key.id] = record
        host = self._attacker_host(f"rogue client {dc_id}", "intermediate")
        return RogueClient(host, self.endpoint(dc_id), record, rng=rng, deeds=self.deeds)

    def config(self) -> types.Config:
        """The answer of an honest data center to help.getConfig."""
        options = [
            types.DcOption(id=dc_id, ip_address=self.endpoint(dc_id).host, port=self.endpoint(dc_id).port)
            for dc_id in self.data_centers
        ]
        return configuration(options, dc_id=2, test_mode=False, now=int(EPOCH))

    def _host(self, index: int, kind: str) -> tuple[SimHost, Rng]:
        scenario, rng = self.scenario, self.rng.fork(f"{kind} {index}")
        clock = self._clock(scenario.faults.client_clock, rng)
        self._count_clock("client_clock", clock)
        framing = scenario.framings[index]
        host = SimHost(f"{kind} {index}", self.schedule, self.network, clock, framing=framing)
        host.make_tracer = self._make_tracer
        return host, rng

    def _count_clock(self, fault: str, clock: SimulatedClock) -> None:
        self.injected[fault] += clock.show(EPOCH) != EPOCH

    def _config(self, index: int, rng: Rng) -> Config:
        scenario = self.scenario
        framings: dict[str, FramingFactory] = {
            "abridged": Abridged,
            "full": Full,
            "intermediate": Intermediate,
            "padded": partial(PaddedIntermediate, entropy=rng.fork("padding")),
        }
        lifetime = scenario.temporary_key_lifetime
        self.injected["temporary_keys"] += lifetime is not None
        return Config(
            api_id=1,
            dc_id=2,
            public_keys=(rsa_key().public_key,),
            framing=framings[scenario.framings[index]],
            temporary_key_lifetime=lifetime,
            limits=scenario.limits,
        )

    def _client(self, index: int) -> SimulatedClient:
        host, rng = self._host(index, "client")
        config = ClientConfig(
            connection_config=self._config(index, rng),
            endpoints={dc_id: (self.endpoint(dc_id),) for dc_id in self.data_centers},
            rekey_margin=20.0,
            unreachable_timeout=self.scenario.unreachable_timeout,
        )
        self.accounts.homes[index] = rng.pick(tuple(self.data_centers))
        client = SimulatedClient(
            host.name,
            config,
            host,
            make_driver=self._make_driver,
            observer=self.monitor,
            rng=rng,
        )
        client.key_is_lost = partial(self._has_lost_key, client)
        self.schedule.at(EPOCH, partial(client.start, self._snapshot(index)))
        return client

    def _has_lost_key(self, client: SimulatedClient, dc_id: int) -> bool:
        """Whether a data center has lost the permanent key that a client has for it, as a user could find out."""
        known = {} if client.client is None else client.client.snapshot()["data_centers"]
        return (
            str(dc_id) in known
            and AuthKey(b64decode(known[str(dc_id)]["auth_key"])).id not in self.data_centers[dc_id].keys
        )

    def _bare(self, index: int) -> BareClient:
        host, rng = self._host(index, "bare client")
        key = None if self.scenario.handshake else self._share_key(index, 2)
        client = BareClient(
            host.name,
            self._config(index, rng),
            self.endpoint(2),
            host,
            auth_key=key,
            is_lost=lambda key_id: key_id not in self.data_centers[2].keys,
            observer=self.monitor,
            rng=rng,
        )
        self.schedule.at(EPOCH, client.start)
        return client

    def _snapshot(self, index: int) -> dict[str, Any] | None:
        """The initial state of a client: auth keys, and perhaps a login."""
        scenario = self.scenario
        if scenario.handshake:
            return None
        home = self.accounts.homes[index]
        saved: dict[str, Any] = {}
        for dc_id in self.data_centers:
            key = self._share_key(index, dc_id)
            logged_in = scenario.logged_in and dc_id == home
            if logged_in:
                self.data_centers[dc_id].authorized[key.id] = index
            saved[str(dc_id)] = {
                "auth_key": b64encode(key.key).decode("ascii"),
                "salt": _OLD_SALT,
                "time_offset": None,
                "authorized": logged_in,
            }
        return {
            "version": VERSION,
            "test_mode": False,
            "home_dc": home if scenario.logged_in else 2,
            "user_id": index if scenario.logged_in else None,
            "data_centers": saved,
            "endpoints": {},
        }

    def _share_key(self, index: int, dc_id: int) -> AuthKey:
        """An auth key that a client and a data center share from the start."""
        key = AuthKey(self.rng.fork(f"key {index} {dc_id}")(256))
        data_center = self.data_centers[dc_id]
        data_center.keys[key.id] = KeyRecord(
            key, 7, created_at=data_center.host.now(), salt_period=self.scenario.salt_period
        )
        self.monitor.keys[key.id] = key.key
        return key

    def _conditions(self, host: SimProcess, endpoint: Endpoint) -> LinkConditions:
        if host.malicious:
            return self.conditions_source.clear_faults()
        conditions = self.conditions_source.draw(self.schedule.now)
        faults = self.conditions_source.faults
        if host.framing != "full" and any(getattr(faults, fault) for fault in _HOSTILE + _ON_PATH):
            on_path = self._on_path(host, endpoint, faults)
            for direction, from_client in ((conditions.up, True), (conditions.down, False)):
                direction.relay = Attacker(
                    faults,
                    self._archives[host.framing],
                    host.framing,
                    from_client=from_client,
                    schedule=self.schedule,
                    rng=self.rng.fork(f"relay {self.schedule.steps} {from_client}"),
                    injected=self.injected,
                    on_path=on_path,
                )
            if conditions.up.relay is not None and conditions.down.relay is not None:
                conditions.up.relay.opposite, conditions.down.relay.opposite = (
                    conditions.down.relay,
                    conditions.up.relay,
                )
        return conditions

    def _on_path(self, host: SimProcess, endpoint: Endpoint, faults: Faults) -> OnPath | None:
        dc_id = next((dc_id for dc_id in self.data_centers if self.endpoint(dc_id) == endpoint), None)
        if dc_id is None or not any(getattr(faults, fault) for fault in _ON_PATH):
            return None
        return OnPath(
            faults,
            self.recordings,
            self._campaigns,
            framing=host.framing,
            dc_id=dc_id,
            number=self.schedule.steps,
            rng=self.rng.fork(f"on path {self.schedule.steps}"),
            injected=self.injected,
            deeds=self.deeds,
        )

    def _stamp(self, trace: Trace, line: str) -> None:
        trace(f"{self.schedule.now - EPOCH:10.3f}  {line}")
