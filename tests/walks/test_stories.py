"""Every story in a simulation, and the main story of each flow over real sockets through each adapter."""

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
from tests.testing.desk import private_key
from tests.transports.adapters import Account, Adapter, each_adapter
from tests.walks.simulated import SimulatedHouse
from tests.walks.stories import STORIES, House, Story, came_to

R = TypeVar("R")
E = TypeVar("E")

MAIN = [story for story in STORIES if story.flows]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_in_a_simulation(story: Story) -> None:
    SimulatedHouse(**story.settings).hear(story)


def test_each_flow_has_a_main_story() -> None:
    assert sorted(flow.KIND for story in MAIN for flow in story.flows) == sorted(flow.KIND for flow in auth.FLOWS)


class RealHouse(House):
    """Its devices are accounts of an adapter."""

    def __init__(
        self, adapter: Adapter, data_centers: dict[int, RunningDataCenter], stack: contextlib.AsyncExitStack
    ) -> None:
        self.adapter = adapter
        self.data_centers = data_centers
        self.stack = stack
        self.accounts: dict[str, Account] = {}

    async def account(self, device: str) -> Account:
        if device not in self.accounts:
            config = ClientConfig(
                connection_config=Config(api_id=1, public_keys=(private_key().public_key,)),
                endpoints={
                    dc_id: (Endpoint(*data_center.address),) for dc_id, data_center in self.data_centers.items()
                },
            )
            self.accounts[device] = await self.stack.enter_async_context(self.adapter.open_client(config))
        return self.accounts[device]

    async def run(self, flow: Flow[Any], device: str = "phone") -> Any:
        await (await self.account(device)).run(flow)
        return came_to(flow)

    async def wait(self, flow: Flow[Any], device: str = "phone") -> None:
        await (await self.account(device)).wait(flow)

    async def ask(self, function: Function[R], device: str = "phone", *, dc_id: int | None = None) -> R:
        return await (await self.account(device)).invoke(function, dc_id=dc_id)

    async def snapshot(self, device: str) -> dict[str, Any]:
        return (await self.account(device)).snapshot()

    def do(self, job: Callable[[DataCenter], R], dc_id: int = 2) -> R:
        return self.data_centers[dc_id].call(job)

    def happened(self, kind: type[E], dc_id: int = 2) -> E:
        return self.data_centers[dc_id].wait_for(kind)

    @property
    def now(self) -> float:
        return time.time()


@pytest.fixture
def grounds() -> Iterator[ServerThread]:
    with ServerThread() as grounds:
        yield grounds


@contextlib.asynccontextmanager
async def house(adapter: Adapter, data_centers: dict[int, RunningDataCenter]) -> AsyncIterator[RealHouse]:
    async with contextlib.AsyncExitStack() as stack:
        yield RealHouse(adapter, data_centers, stack)


@each_adapter
@pytest.mark.parametrize("story", MAIN, ids=lambda story: story.name)
def test_through_each_adapter(adapter: Adapter, story: Story, grounds: ServerThread) -> None:
    data_centers = {dc_id: grounds.open(dc_id=dc_id, private_key=private_key(), **story.settings) for dc_id in (2, 4)}

    async def scenario() -> None:
        async with house(adapter, data_centers) as there:
            await story.tell(there)

    adapter.run(scenario)
