"""A fleet that is restarted while the data center answers FLOOD_WAIT: a restart does not make the flood longer."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from sansio_tl import errors, functions
from sansio_tl.testing import DataCenter, InMemoryClient

NOW = 1_790_000_000.0
ACCOUNTS = 5
METHOD = functions.updates.GetState()


class GrowingFlood:
    """A data center whose updates.getState is flooded for each account: who asks in the flood doubles it."""

    def __init__(self, seconds: int) -> None:
        self.now = NOW
        self.asked = 0
        self.data_center = DataCenter(entropy=Random("server").randbytes, now=NOW)
        self._seconds: dict[int, int] = {}
        self.until: dict[int, float] = {}
        self._first = seconds
        self._asking = 0
        self.data_center.answer("updates.getState", self._answer)
        numbers = [f"+1202555010{number}" for number in range(ACCOUNTS)]
        self.snapshots: list[Any] = [
            self.data_center.new_session(self.data_center.add_account(number), now=NOW) for number in numbers
        ]

    def _answer(self, _: Any) -> object:
        self.asked += 1
        account = self._asking
        if account in self.until and self.now >= self.until[account]:
            return errors.InputRequestTooLong()  # an answer like any other
        self._seconds[account] = 2 * self._seconds[account] if account in self._seconds else self._first
        self.until[account] = self.now + self._seconds[account]
        return errors.FloodWait(seconds=self._seconds[account])

    def run_fleet(self, seconds: float, **settings: Any) -> list[str]:
        """Let a fleet run for a while, each account of which asks at once; returns what it got."""
        found: list[str] = []
        clients = []
        for number, snapshot in enumerate(self.snapshots):
            client = InMemoryClient(
                self.data_center,
                snapshot=snapshot,
                entropy=Random(f"{number} {self.now}").randbytes,
                now=self.now,
                flood_sleep_threshold=0.0,
                **settings,
            )
            self._asking = number
            with pytest.raises(errors.RpcError) as caught:
                client.invoke(METHOD)
            found.append(caught.value.name)
            clients.append(client)
        self.snapshots = [json.loads(json.dumps(client.snapshot())) for client in clients]
        for client in clients:
            client.client.close(now=client.now)
            client.settle()
        self.now += seconds
        return found


@pytest.mark.parametrize("survives", [True, False])
def test_restarted_fleet_does_not_make_a_flood_longer(survives: bool) -> None:
    flood = GrowingFlood(60)
    answers = [flood.run_fleet(20.0, flood_wait_by_method=survives) for _ in range(4)]
    floods, over = ["FLOOD_WAIT_X"] * ACCOUNTS, ["INPUT_REQUEST_TOO_LONG"] * ACCOUNTS
    if survives:
        assert answers == [floods, floods, floods, over]
        assert flood.asked == 2 * ACCOUNTS
    else:
        assert answers == [floods] * 4
        assert flood.asked == 4 * ACCOUNTS
        assert all(until > flood.now + 400 for until in flood.until.values())
