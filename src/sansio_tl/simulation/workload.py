"""What customers do: errands now and then, often several at once, and updates for them."""

from __future__ import annotations

from functools import partial
from typing import Any

from sansio_tl import errors, functions, types
from sansio_tl.errors import RpcError
from sansio_tl.simulation.bare_client import BareClient
from sansio_tl.simulation.client import SimulatedClient, log_in
from sansio_tl.simulation.environment import Environment
from sansio_tl.simulation.monitor import AnyCustomer
from sansio_tl.simulation.requests import SimRequest, question, question_of_config, reply
from sansio_tl.tl.objects import Function

_SIZES = (0, 0, 0, 10, 200, 3000, 40_000)
_MOST_FLOODS = 2


class Workload:
    """Draws errands and sends them on their way."""

    def __init__(self, world: Environment) -> None:
        self._world = world
        self._dice = world.dice.fork("workload")
        self._odd = world.dice.fork("odd workload")
        self._faults = world.scenario.faults
        self._last: dict[str, SimRequest] = {}
        self._over = False

    def begin(self) -> None:
        """Plan everything for the time of the storm."""
        world, dice = self._world, self._dice
        for index, customer in enumerate(world.customers):
            if isinstance(customer, SimulatedClient):
                customer.log_in_again = partial(self._log_in, customer, index)
                if not world.scenario.logged_in or world.scenario.handshake:
                    world.schedule.after(dice.around(1.0), customer.log_in_again)
        for _ in range(world.scenario.errands):
            customer = dice.pick(world.customers)
            at = dice.pick(
                (
                    0.5,
                    dice.between(0.0, world.scenario.fault_duration),
                    dice.between(0.0, world.scenario.fault_duration),
                )
            )
            world.schedule.after(at, partial(self._send, customer))
        updates = dice.below(8)
        for _ in range(updates if world.scenario.updates is None else world.scenario.updates):
            world.schedule.after(dice.between(0.0, world.scenario.fault_duration), self._push)

    def end(self) -> None:
        """No more of it."""
        self._over = True

    def _send(self, customer: AnyCustomer) -> None:
        errand = self._draw(customer)
        self._world.monitor.say("{} is asked for", errand)
        customer.ask(errand)
        self._last[customer.name] = errand
        if self._dice.chance(0.2 * self._faults.cancel):
            self._world.schedule.after(self._dice.around(10.0), partial(self._cancel, customer, errand))

    def _cancel(self, customer: AnyCustomer, errand: SimRequest) -> None:
        if not self._over and not errand.settled:
            self._world.injected["cancel"] += 1
            self._world.monitor.say("{} is cancelled", errand)
            customer.lose_patience(errand)

    def _draw(self, customer: AnyCustomer) -> SimRequest:
        dice, number = self._dice, len(self._world.errands)
        query: Function[Any] = question(number, dice.pick(_SIZES))
        if dice.chance(0.1):
            query = functions.InvokeWithoutUpdates(query=query)
        answer: object = reply(number, int.from_bytes(dice(8), "little"), dice.pick(_SIZES))
        is_client = isinstance(customer, SimulatedClient)
        if is_client and self._world.scenario.rogue_data_center is not None and self._odd.chance(0.2):
            query, answer = question_of_config(number), self._world.config()
        errand = SimRequest(
            number,
            customer.name,
            query,
            answer,
            after=self._last.get(customer.name) if dice.chance(0.15) else None,
            quick_ack=customer.machine.framing != "full" and dice.chance(0.1),
            needs_login=isinstance(customer, SimulatedClient) and customer.user_id is not None,
        )
        if errand.after is not None:
            errand.dc_id = errand.after.dc_id
        elif is_client and dice.chance(0.2):
            errand.dc_id = dice.pick(tuple(self._world.data_centers))
        elif isinstance(answer, types.Config) and self._odd.chance(0.5):
            errand.dc_id = self._world.scenario.rogue_data_center
        if is_client and self._strikes("migrations", 0.3):
            errand.belongs_to = dice.pick(tuple(self._world.data_centers))
        errand.refusals = self._refusals(can_wait=is_client)
        if self._strikes("slow_answers", 0.5):
            errand.takes = dice.around(dice.pick((0.5, 10.0, 100.0)))
        self._world.errands.append(errand)
        return errand

    def _refusals(self, *, can_wait: bool) -> list[RpcError]:
        refusals: list[RpcError] = []
        while can_wait and len(refusals) < _MOST_FLOODS and self._strikes("floods", 0.3):
            refusals.append(errors.FloodWait(seconds=1 + self._dice.below(20)))
        if self._strikes("refusals", 0.2):
            refusals.append(errors.parse(*self._dice.pick(((400, "PEER_ID_INVALID"), (500, "RPC_CALL_FAIL")))))
        return refusals

    def _log_in(self, customer: SimulatedClient, user_id: int) -> None:
        if customer.client is None or customer.user_id is not None or self._over:
            return
        number = len(self._world.errands)
        answer = types.auth.Authorization(user=types.User(id=user_id, self=True))
        errand = SimRequest(number, customer.name, log_in(number), answer)
        self._world.errands.append(errand)
        self._world.monitor.say("{}, a log-in, is asked for", errand)
        customer.ask(errand)

    def _push(self) -> None:
        """A data center tells a customer something unasked, over the session that it has at the moment."""
        customer = self._dice.pick(self._world.customers)
        if isinstance(customer, BareClient):
            connection = customer.connection
            key = None if connection is None else connection.auth_key
            dc_id = 2
        elif customer.client is not None:
            dc_id = customer.client.home_dc
            data_center = customer.client._links.data_centers.get(dc_id)  # noqa: SLF001  to find the session that it has
            key = None if data_center is None else data_center.auth_key
        else:
            return
        if key is not None:
            self._world.data_centers[dc_id].push(
                key.id, self._world.monitor.updates.make(customer.name, self._world.schedule.now)
            )

    def _strikes(self, fault: str, most: float) -> bool:
        strikes = self._dice.chance(most * getattr(self._faults, fault))
        self._world.injected[fault] += strikes
        return strikes
