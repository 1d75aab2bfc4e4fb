"""A house in a simulated network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import pytest

from sansio_tl.auth import Flow
from sansio_tl.errors import RpcError
from sansio_tl.testing import DataCenter
from sansio_tl.tl.objects import Function
from tests.walks.stories import House, Story, came_to
from tests.walks.town import Device, Town

R = TypeVar("R")
E = TypeVar("E")


class SimulatedHouse(House):
    def __init__(self, **settings: Any) -> None:
        self.town = Town(**settings)
        self.devices: dict[str, Device] = {}

    def device(self, name: str) -> Device:
        if name not in self.devices:
            self.devices[name] = Device(self.town)
        return self.devices[name]

    async def run(self, flow: Flow[Any], device: str = "phone") -> Any:
        while flow.next_action() is not None:
            self.device(device).step(flow)
        return came_to(flow)

    async def wait(self, flow: Flow[Any], device: str = "phone") -> None:
        self.device(device).wait(flow)

    async def ask(self, function: Function[R], device: str = "phone", *, dc_id: int | None = None) -> R:
        answer = self.device(device).ask(function, dc_id)
        if isinstance(answer, RpcError):
            raise answer
        return cast("R", answer)

    async def snapshot(self, device: str) -> dict[str, Any]:
        return self.device(device).client.snapshot()

    def do(self, job: Callable[[DataCenter], R], dc_id: int = 2) -> R:
        return job(self.town.data_centers[dc_id])

    def happened(self, kind: type[E], dc_id: int = 2) -> E:
        events = iter(self.town.data_centers[dc_id].next_event, None)
        return [event for event in events if isinstance(event, kind)][-1]

    @property
    def now(self) -> float:
        return self.town.schedule.now

    def hear(self, story: Story) -> None:
        """Let a story happen: nothing in it ever suspends here."""
        with pytest.raises(StopIteration):
            next(iter(story.tell(self).__await__()))
