"""What happens to machines: data centers restart and forget, clocks are moved, clients end and begin again."""

from __future__ import annotations

from collections.abc import Callable

from sansio_tl.simulation.client import SimulatedClient
from sansio_tl.simulation.environment import Environment
from sansio_tl.simulation.faults import Faults
from sansio_tl.simulation.server import SimDataCenter

_STORM = 400.0
"""Seconds of a storm above which attackers strike less often: what they do counts, not how long it takes."""
_DOWNTIME = 5.0
"""Seconds for which a client's process is gone, on average."""


class FaultInjector:
    """Strikes until it is told to end."""

    def __init__(self, world: Environment) -> None:
        self._world = world
        self._dice = world.dice.fork("chaos")
        self._over = False

    def begin(self) -> None:
        """Begin to strike."""
        for data_center in self._world.data_centers.values():
            self._often("restart", 60.0, lambda data_center=data_center: self._restart(data_center))  # type: ignore[misc]
            self._often("forget_sessions", 90.0, lambda data_center=data_center: self._forget_sessions(data_center))  # type: ignore[misc]
            self._often("forget_keys", 200.0, lambda data_center=data_center: self._forget_keys(data_center))  # type: ignore[misc]
            self._often("lost_logins", 120.0, lambda data_center=data_center: data_center.authorized.clear())  # type: ignore[misc]
            self._often("server_clock", 60.0, lambda data_center=data_center: self._move_server(data_center))  # type: ignore[misc]
        seldom = max(1.0, self._world.scenario.fault_duration / _STORM)
        self._often("intruders", 20.0 * seldom, self._world.intruder.strike)
        for rogue in self._world.rogue_clients:
            self._often("rogue_clients", 40.0 * seldom, rogue.strike)
        for customer in self._world.customers:
            self._often("client_clock", 60.0, lambda customer=customer: self._move_client(customer))  # type: ignore[misc]
            if isinstance(customer, SimulatedClient):
                self._often("client_restart", 90.0, lambda customer=customer: self._end(customer))  # type: ignore[misc]

    def end(self) -> None:
        """No more faults from now on. What they have done stays done."""
        self._over = True
        self._world.forecast.faults = Faults.NONE
        for data_center in self._world.data_centers.values():
            if data_center.rogue is not None:
                data_center.rogue.active = False
        for customer in self._world.customers:
            customer.machine.run_clock(1.0)
        for link in self._world.network.links:
            link.weather.up.clear_faults()
            link.weather.down.clear_faults()

    def _often(self, fault: str, mean: float, strike: Callable[[], None]) -> None:
        strength = getattr(self._world.scenario.faults, fault)
        if not strength:
            return

        def again() -> None:
            self._world.schedule.after(self._dice.around(mean / strength), once)

        def once() -> None:
            if not self._over:
                self._world.injected[fault] += 1
                self._world.monitor.say("fault: {}", fault)
                strike()
                again()

        again()

    def _restart(self, data_center: SimDataCenter) -> None:
        data_center.restart(forget_sessions=False, forget_keys=False)

    def _forget_sessions(self, data_center: SimDataCenter) -> None:
        data_center.restart(forget_sessions=True, forget_keys=False)

    def _forget_keys(self, data_center: SimDataCenter) -> None:
        data_center.restart(forget_sessions=True, forget_keys=True)

    def _move_server(self, data_center: SimDataCenter) -> None:
        data_center.machine.move_clock(self._step())

    def _move_client(self, customer: SimulatedClient) -> None:
        """The machine sleeps and its clock leaps when it wakes, or has stood still; a client's never goes back."""
        machine = customer.machine
        if self._dice.chance(0.5):
            machine.move_clock(abs(self._step()))
        else:
            machine.run_clock(0.0)
            self._world.schedule.after(abs(self._step()), lambda: machine.run_clock(1.0))

    def _step(self) -> float:
        size = self._dice.around(self._dice.pick((1.0, 20.0, 120.0, 900.0)))
        return size if self._dice.chance(0.5) else -size

    def _end(self, customer: SimulatedClient) -> None:
        snapshot = customer.end()
        if snapshot is not None:
            self._world.schedule.after(self._dice.around(_DOWNTIME), lambda: customer.start(snapshot))
