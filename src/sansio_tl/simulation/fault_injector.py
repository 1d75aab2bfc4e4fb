"""Faults of hosts: data centers restart and lose state, clocks are set, clients end and restart."""

from __future__ import annotations

from collections.abc import Callable

from sansio_tl.simulation.client import SimulatedClient
from sansio_tl.simulation.environment import Environment
from sansio_tl.simulation.faults import Faults
from sansio_tl.simulation.server import SimDataCenter

_FULL_RATE_DURATION = 400.0
"""In fault phases longer than this, in seconds, attacks are rarer: their number matters, not their rate."""
_DOWNTIME = 5.0
"""Mean time in seconds for which a client's process is down."""


class FaultInjector:
    """Injects faults until it is stopped."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._rng = environment.rng.fork("chaos")
        self._over = False

    def begin(self) -> None:
        """Start to inject faults."""
        for data_center in self._environment.data_centers.values():
            self._repeat("restart", 60.0, lambda data_center=data_center: self._restart(data_center))  # type: ignore[misc]
            self._repeat("forget_sessions", 90.0, lambda data_center=data_center: self._forget_sessions(data_center))  # type: ignore[misc]
            self._repeat("forget_keys", 200.0, lambda data_center=data_center: self._forget_keys(data_center))  # type: ignore[misc]
            self._repeat("lost_logins", 120.0, lambda data_center=data_center: data_center.authorized.clear())  # type: ignore[misc]
            self._repeat("server_clock", 60.0, lambda data_center=data_center: self._move_server(data_center))  # type: ignore[misc]
        seldom = max(1.0, self._environment.scenario.fault_duration / _FULL_RATE_DURATION)
        self._repeat("intruders", 20.0 * seldom, self._environment.intruder.attack)
        for rogue in self._environment.rogue_clients:
            self._repeat("rogue_clients", 40.0 * seldom, rogue.attack)
        for client in self._environment.clients:
            self._repeat("client_clock", 60.0, lambda client=client: self._move_client(client))  # type: ignore[misc]
            if isinstance(client, SimulatedClient):
                self._repeat("client_restart", 90.0, lambda client=client: self._end(client))  # type: ignore[misc]

    def end(self) -> None:
        """Stop. The effects of past faults remain."""
        self._over = True
        self._environment.conditions_source.faults = Faults.NONE
        for data_center in self._environment.data_centers.values():
            if data_center.rogue is not None:
                data_center.rogue.active = False
        for client in self._environment.clients:
            client.host.run_clock(1.0)
        for link in self._environment.network.links:
            link.conditions.up.clear_faults()
            link.conditions.down.clear_faults()

    def _repeat(self, fault: str, mean: float, inject: Callable[[], None]) -> None:
        strength = getattr(self._environment.scenario.faults, fault)
        if not strength:
            return

        def again() -> None:
            self._environment.schedule.after(self._rng.around(mean / strength), once)

        def once() -> None:
            if not self._over:
                self._environment.injected[fault] += 1
                self._environment.monitor.log("fault: {}", fault)
                inject()
                again()

        again()

    def _restart(self, data_center: SimDataCenter) -> None:
        data_center.restart(forget_sessions=False, forget_keys=False)

    def _forget_sessions(self, data_center: SimDataCenter) -> None:
        data_center.restart(forget_sessions=True, forget_keys=False)

    def _forget_keys(self, data_center: SimDataCenter) -> None:
        data_center.restart(forget_sessions=True, forget_keys=True)

    def _move_server(self, data_center: SimDataCenter) -> None:
        data_center.host.move_clock(self._step())

    def _move_client(self, client: SimulatedClient) -> None:
        """The host sleeps and its clock jumps when it wakes, or has stood still; a client's clock never goes back."""
        host = client.host
        if self._rng.chance(0.5):
            host.move_clock(abs(self._step()))
        else:
            host.run_clock(0.0)
            self._environment.schedule.after(abs(self._step()), lambda: host.run_clock(1.0))

    def _step(self) -> float:
        size = self._rng.around(self._rng.pick((1.0, 20.0, 120.0, 900.0)))
        return size if self._rng.chance(0.5) else -size

    def _end(self, client: SimulatedClient) -> None:
        snapshot = client.end()
        if snapshot is not None:
            self._environment.schedule.after(self._rng.around(_DOWNTIME), lambda: client.start(snapshot))
