"""The state of an account is not lost or misled: its permanent keys, its login and its home data center stay.

- A permanent key is dropped only when its data center has really lost it, or reports so with the key.
- An account is logged out only by its own data center, and moves only if that redirects it.
- A client connects only to addresses from its configuration or from the account's home data center, and only to
  possible ones of the same kind: not of its own host, and not of its own network.
- It saves no address at which it has not found its data center, and no home data center that has not answered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from sansio_tl.client.actions import Endpoint
from sansio_tl.client.client import Client
from sansio_tl.simulation.faults import Injected
from sansio_tl.simulation.server import SimDataCenter
from sansio_tl.simulation.violation import Violation

NAME = "keys, login and home stay"
_LOGINS_END = ("lost_logins", "forget_keys")
_MAX_PORT = 65535


class AccountIntegrity:
    """Observes the state of clients."""

    def __init__(self, checked: Counter[str], injected: Injected) -> None:
        self.data_centers: Mapping[int, SimDataCenter] = {}
        self.endpoints: frozenset[tuple[str, int]] = frozenset()
        """The addresses of the data centers."""
        self._checked = checked
        self._injected = injected
        self._keys: dict[tuple[str, int], bytes] = {}
        self._users: dict[str, int | None] = {}
        self._mains: dict[str, int] = {}
        self._received_from: set[tuple[str, int]] = set()
        self._misled: set[str] = set()
        """Clients whose home was a malicious data center."""

    def started(self, name: str, client: Client) -> None:
        """A client has started."""
        self._mains[name] = client.home_dc

    def message_received(self, name: str, dc_id: int) -> None:
        """A data center has sent a client a message with its key, or has created one with it."""
        self._received_from.add((name, dc_id))

    def check(self, name: str, client: Client) -> None:
        """A client's host has made a step."""
        self._checked[NAME] += 1
        for dc_id, known in client._connections.dc_states.items():  # noqa: SLF001  also those without a key
            key_id = None if known.auth_key is None else known.auth_key.id
            before = self._keys.get((name, dc_id))
            if key_id == before:
                continue
            if before is not None:
                self._check_loss(name, dc_id, before)
            if key_id is None:
                self._keys.pop((name, dc_id), None)
            else:
                self._keys[name, dc_id] = key_id
                self.message_received(name, dc_id)
        self._check_account(name, client)

    def _check_loss(self, name: str, dc_id: int, key_id: bytes) -> None:
        data_center = self.data_centers.get(dc_id)
        if data_center is not None and data_center.rogue is None and key_id in data_center.keys:
            raise Violation(NAME, f"{name} has dropped its key of data center {dc_id}, which still knows it")

    def _check_account(self, name: str, client: Client) -> None:
        if client.home_dc not in self.data_centers:
            raise Violation(NAME, f"{name} was moved to {client.home_dc}, which does not exist")
        if self.data_centers[client.home_dc].rogue is not None:
            self._misled.add(name)
        before, now = self._users.get(name), client.user_id
        self._users[name] = now
        user_id = before if now is None else now
        if user_id is None:
            return
        home = next(iter(self.data_centers.values())).accounts.homes.get(user_id)
        if home is None or self.data_centers[home].rogue is not None:
            return
        if now is None and not any(self._injected[reason] for reason in _LOGINS_END):
            raise Violation(NAME, f"{name} is logged out, but not by its home data center {home}")
        if now is not None and client.home_dc != home:
            raise Violation(NAME, f"{name} has the home data center {home} and was moved to {client.home_dc}")

    def connecting_to(self, name: str, endpoint: Endpoint) -> None:
        """A client connects to an address."""
        self._checked[NAME] += 1
        where = (endpoint.host, endpoint.port)
        if where in self.endpoints:
            return
        if not 0 < endpoint.port <= _MAX_PORT or not _is_far(endpoint.host):
            raise Violation(NAME, f"{name} connects to {where}, where no data center can be")
        if name not in self._misled:
            raise Violation(NAME, f"{name} connects to {where}, which its home data center has not named")

    def saved(self, name: str, snapshot: Mapping[str, Any]) -> None:
        """A client's state was saved."""
        self._checked[NAME] += 1
        for known in snapshot["endpoints"].values():
            for host, port, *_ in known:
                if (host, port) not in self.endpoints:
                    raise Violation(NAME, f"{name} saves {host}:{port}, where it has found no data center")
        home_dc = snapshot["home_dc"]
        if home_dc != self._mains.get(name) and (name, home_dc) not in self._received_from:
            raise Violation(NAME, f"{name} saves the home data center {home_dc}, which has not answered it")


def _is_far(host: str) -> bool:
    """Whether it is an address outside the host itself and its own network."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_link_local)
