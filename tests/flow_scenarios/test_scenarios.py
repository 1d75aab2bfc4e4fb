"""Every scenario in a simulation, and the main scenario of each flow over real sockets with each adapter."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, TypeVar

import pytest

from sansio_tl import ClientConfig, Config, Endpoint, auth
from sansio_tl.auth import Flow
from sansio_tl.testing import DataCenter
from sansio_tl.tl.objects import Function
from sansio_tl_transports.testing.server_thread import RunningDataCenter, ServerThread
from tests.flow_scenarios.scenarios import SCENARIOS, Environment, Scenario, outcome_of
from tests.flow_scenarios.simulated_environment import SimulatedEnvironment
from tests.helpers.adapters import Adapter, AnyClient, each_own_adapter
from tests.helpers.rsa_key import rsa_key

R = TypeVar("R")
E = TypeVar("E")

MAIN = [scenario for scenario in SCENARIOS if scenario.flows]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_scenario_passes_in_a_simulation(scenario: Scenario) -> None:
    SimulatedEnvironment(**scenario.settings).run_scenario(scenario)


def test_each_flow_has_one_main_scenario() -> None:
    assert sorted(flow.KIND for scenario in MAIN for flow in scenario.flows) == sorted(flow.KIND for flow in auth.FLOWS)


class RealEnvironment(Environment):
    """Its devices are accounts of an adapter."""

    def __init__(
        self, adapter: Adapter, data_centers: dict[int, RunningDataCenter], stack: contextlib.AsyncExitStack
    ) -> None:
        self.adapter = adapter
        self.data_centers = data_centers
        self.stack = stack
        self.accounts: dict[str, AnyClient] = {}

    async def account(self, device: str) -> AnyClient:
        if device not in self.accounts:
            config = ClientConfig(
                connection_config=Config(api_id=1, public_keys=(rsa_key().public_key,)),
                endpoints={
                    dc_id: (Endpoint(*data_center.address),) for dc_id, data_center in self.data_centers.items()
                },
            )
            self.accounts[device] = await self.stack.enter_async_context(self.adapter.open_client(config))
        return self.accounts[device]

    async def run(self, flow: Flow[Any], device: str = "phone") -> Any:
        await (await self.account(device)).run(flow)
        return outcome_of(flow)

    async def wait(self, flow: Flow[Any], device: str = "phone") -> None:
        await (await self.account(device)).wait(flow)

    async def ask(self, function: Function[R], device: str = "phone", *, dc_id: int | None = None) -> R:
        return await (await self.account(device)).invoke(function, dc_id=dc_id)

    async def snapshot(self, device: str) -> dict[str, Any]:
        return (await self.account(device)).snapshot()

    def on_data_center(self, job: Callable[[DataCenter], R], dc_id: int = 2) -> R:
        return self.data_centers[dc_id].call(job)

    def last_event(self, kind: type[E], dc_id: int = 2) -> E:
        return self.data_centers[dc_id].wait_for(kind)

    @property
    def now(self) -> float:
        return time.time()


@pytest.fixture
def server_thread() -> Iterator[ServerThread]:
    with ServerThread() as server_thread:
        yield server_thread


@contextlib.asynccontextmanager
async def real_environment(
    adapter: Adapter, data_centers: dict[int, RunningDataCenter]
) -> AsyncIterator[RealEnvironment]:
    async with contextlib.AsyncExitStack() as stack:
        yield RealEnvironment(adapter, data_centers, stack)


@each_own_adapter
@pytest.mark.parametrize("scenario", MAIN, ids=lambda scenario: scenario.name)
def test_main_scenario_passes_through_each_adapter(
    adapter: Adapter, scenario: Scenario, server_thread: ServerThread
) -> None:
    data_centers = {
        dc_id: server_thread.open(dc_id=dc_id, private_key=rsa_key(), **scenario.settings) for dc_id in (2, 4)
    }

    async def main() -> None:
        async with real_environment(adapter, data_centers) as env:
            await scenario.run(env)

    adapter.run(main)
