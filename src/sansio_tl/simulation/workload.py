"""The workload: requests of clients, often several at once, and updates for them."""

from __future__ import annotations

from functools import partial
from typing import Any

from sansio_tl import errors, functions, types
from sansio_tl.errors import RpcError
from sansio_tl.simulation.bare_client import BareClient
from sansio_tl.simulation.client import SimulatedClient, login_request
from sansio_tl.simulation.environment import Environment
from sansio_tl.simulation.monitor import AnyClient
from sansio_tl.simulation.requests import SimRequest, question, question_of_config, reply
from sansio_tl.tl.objects import Function

_SIZES = (0, 0, 0, 10, 200, 3000, 40_000)
_MOST_FLOODS = 2


class Workload:
    """Generates requests and schedules them."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._rng = environment.rng.fork("workload")
        self._odd = environment.rng.fork("odd workload")
        self._faults = environment.scenario.faults
        self._last: dict[str, SimRequest] = {}
        self._over = False

    def begin(self) -> None:
        """Schedule the workload of the fault phase."""
        environment, rng = self._environment, self._rng
        for index, client in enumerate(environment.clients):
            if isinstance(client, SimulatedClient):
                client.login_again = partial(self._send_login, client, index)
                if not environment.scenario.logged_in or environment.scenario.handshake:
                    environment.schedule.after(rng.around(1.0), client.login_again)
        for _ in range(environment.scenario.requests):
            client = rng.pick(environment.clients)
            at = rng.pick(
                (
                    0.5,
                    rng.between(0.0, environment.scenario.fault_duration),
                    rng.between(0.0, environment.scenario.fault_duration),
                )
            )
            environment.schedule.after(at, partial(self._send, client))
        updates = rng.below(8)
        for _ in range(updates if environment.scenario.updates is None else environment.scenario.updates):
            environment.schedule.after(rng.between(0.0, environment.scenario.fault_duration), self._push)

    def end(self) -> None:
        """Stop."""
        self._over = True

    def _send(self, client: AnyClient) -> None:
        sim_request = self._draw(client)
        self._environment.monitor.log("{} is sent", sim_request)
        client.invoke(sim_request)
        self._last[client.name] = sim_request
        if self._rng.chance(0.2 * self._faults.cancel):
            self._environment.schedule.after(self._rng.around(10.0), partial(self._cancel, client, sim_request))

    def _cancel(self, client: AnyClient, sim_request: SimRequest) -> None:
        if not self._over and not sim_request.settled:
            self._environment.injected["cancel"] += 1
            self._environment.monitor.log("{} is cancelled", sim_request)
            client.abandon(sim_request)

    def _draw(self, client: AnyClient) -> SimRequest:
        rng, number = self._rng, len(self._environment.requests)
        query: Function[Any] = question(number, rng.pick(_SIZES))
        if rng.chance(0.1):
            query = functions.InvokeWithoutUpdates(query=query)
        answer: object = reply(number, int.from_bytes(rng(8), "little"), rng.pick(_SIZES))
        is_client = isinstance(client, SimulatedClient)
        if is_client and self._environment.scenario.rogue_data_center is not None and self._odd.chance(0.2):
            query, answer = question_of_config(number), self._environment.config()
        sim_request = SimRequest(
            number,
            client.name,
            query,
            answer,
            after=self._last.get(client.name) if rng.chance(0.15) else None,
            quick_ack=client.host.framing != "full" and rng.chance(0.1),
            needs_login=isinstance(client, SimulatedClient) and client.user_id is not None,
        )
        if sim_request.after is not None:
            sim_request.dc_id = sim_request.after.dc_id
        elif is_client and rng.chance(0.2):
            sim_request.dc_id = rng.pick(tuple(self._environment.data_centers))
        elif isinstance(answer, types.Config) and self._odd.chance(0.5):
            sim_request.dc_id = self._environment.scenario.rogue_data_center
        if is_client and self._occurs("migrations", 0.3):
            sim_request.belongs_to = rng.pick(tuple(self._environment.data_centers))
        sim_request.rpc_errors = self._rpc_errors(can_wait=is_client)
        if self._occurs("slow_answers", 0.5):
            sim_request.takes = rng.around(rng.pick((0.5, 10.0, 100.0)))
        self._environment.requests.append(sim_request)
        return sim_request

    def _rpc_errors(self, *, can_wait: bool) -> list[RpcError]:
        rpc_errors: list[RpcError] = []
        while can_wait and len(rpc_errors) < _MOST_FLOODS and self._occurs("floods", 0.3):
            rpc_errors.append(errors.FloodWait(seconds=1 + self._rng.below(20)))
        if self._occurs("rpc_errors", 0.2):
            rpc_errors.append(errors.parse(*self._rng.pick(((400, "PEER_ID_INVALID"), (500, "RPC_CALL_FAIL")))))
        return rpc_errors

    def _send_login(self, client: SimulatedClient, user_id: int) -> None:
        if client.client is None or client.user_id is not None or self._over:
            return
        number = len(self._environment.requests)
        answer = types.auth.Authorization(user=types.User(id=user_id, self=True))
        sim_request = SimRequest(number, client.name, login_request(number), answer)
        self._environment.requests.append(sim_request)
        self._environment.monitor.log("{}, a login, is sent", sim_request)
        client.invoke(sim_request)

    def _push(self) -> None:
        """A data center pushes an update to a client, over its current session."""
        client = self._rng.pick(self._environment.clients)
        if isinstance(client, BareClient):
            connection = client.connection
            key = None if connection is None else connection.auth_key
            dc_id = 2
        elif client.client is not None:
            dc_id = client.client.home_dc
            key = client.client.auth_keys.get(dc_id)
        else:
            return
        if key is not None:
            self._environment.data_centers[dc_id].push(
                key.id, self._environment.monitor.updates.make(client.name, self._environment.schedule.now)
            )

    def _occurs(self, fault: str, most: float) -> bool:
        occurs = self._rng.chance(most * getattr(self._faults, fault))
        self._environment.injected[fault] += occurs
        return occurs
