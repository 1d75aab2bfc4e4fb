"""An environment for scenarios in a simulated network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import pytest

from sansio_tl.auth import Flow
from sansio_tl.errors import RpcError
from sansio_tl.testing import DataCenter
from sansio_tl.tl.objects import Function
from tests.flow_scenarios.scenarios import Environment, Scenario, outcome_of
from tests.flow_scenarios.simulated_devices import SimulatedCluster, SimulatedDevice

R = TypeVar("R")
E = TypeVar("E")


class SimulatedEnvironment(Environment):
    def __init__(self, **settings: Any) -> None:
        self.cluster = SimulatedCluster(**settings)
        self.devices: dict[str, SimulatedDevice] = {}

    def device(self, name: str) -> SimulatedDevice:
        if name not in self.devices:
            self.devices[name] = SimulatedDevice(self.cluster)
        return self.devices[name]

    async def run(self, flow: Flow[Any], device: str = "phone") -> Any:
        while flow.next_action() is not None:
            self.device(device).step(flow)
        return outcome_of(flow)

    async def wait(self, flow: Flow[Any], device: str = "phone") -> None:
        self.device(device).wait(flow)

    async def ask(self, function: Function[R], device: str = "phone", *, dc_id: int | None = None) -> R:
        answer = self.device(device).ask(function, dc_id)
        if isinstance(answer, RpcError):
            raise answer
        return cast("R", answer)

    async def snapshot(self, device: str) -> dict[str, Any]:
        return self.device(device).client.snapshot()

    def on_data_center(self, job: Callable[[DataCenter], R], dc_id: int = 2) -> R:
        return job(self.cluster.data_centers[dc_id])

    def last_event(self, kind: type[E], dc_id: int = 2) -> E:
        events = iter(self.cluster.data_centers[dc_id].next_event, None)
        return [event for event in events if isinstance(event, kind)][-1]

    @property
    def now(self) -> float:
        return self.cluster.schedule.now

    def run_scenario(self, scenario: Scenario) -> None:
        """Run a scenario: nothing in it ever suspends here."""
        with pytest.raises(StopIteration):
            next(iter(scenario.run(self).__await__()))
