"""Nothing of an account is lost or led astray: its permanent keys, its login and its home stay, whoever says otherwise.

- A permanent key is given up only when its data center has really forgotten it, or says so under the key.
- An account is logged out only by its own data center, and stays where that says.
- A client connects only to addresses that it was made with or that the account's own data center has told, and only to
  ones that can exist.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from ipaddress import ip_address

from sansio_tl.client import Client
from sansio_tl.client.actions import Endpoint
from sansio_tl.testing.simulation.centre import Centre
from sansio_tl.testing.simulation.faults import Injected
from sansio_tl.testing.simulation.violation import Violation

NAME = "keys, login and home stay"
_LOGINS_END = ("lost_logins", "forget_keys")
_MAX_PORT = 65535


class Possessions:
    """Watches what clients have."""

    def __init__(self, checked: Counter[str], injected: Injected) -> None:
        self.centres: Mapping[int, Centre] = {}
        self.endpoints: frozenset[tuple[str, int]] = frozenset()
        """Where the data centers listen."""
        self._checked = checked
        self._injected = injected
        self._keys: dict[tuple[str, int], bytes] = {}
        self._users: dict[str, int | None] = {}

    def look_at(self, name: str, client: Client) -> None:
        """Something has happened on a client's machine."""
        self._checked[NAME] += 1
        for dc_id, known in list(client._links.centres.items()):  # noqa: SLF001  read from inside, as it is saved
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
        self._check_account(name, client)

    def _check_loss(self, name: str, dc_id: int, key_id: bytes) -> None:
        centre = self.centres.get(dc_id)
        if centre is not None and centre.rogue is None and key_id in centre.keys:
            raise Violation(NAME, f"{name} has given up its key of data center {dc_id}, which still knows it")

    def _check_account(self, name: str, client: Client) -> None:
        before, now = self._users.get(name), client.user_id
        self._users[name] = now
        user_id = before if now is None else now
        if user_id is None:
            return
        home = next(iter(self.centres.values())).accounts.homes.get(user_id)
        if home is None or self.centres[home].rogue is not None:
            return
        if now is None and not any(self._injected[reason] for reason in _LOGINS_END):
            raise Violation(NAME, f"{name} is logged out, and its home {home} has not said so")
        if now is not None and client.main_dc != home:
            raise Violation(NAME, f"{name} lives in data center {home} and was moved to {client.main_dc}")

    def dialled(self, name: str, client: Client | None, endpoint: Endpoint) -> None:
        """A client connects to an address."""
        self._checked[NAME] += 1
        where = (endpoint.host, endpoint.port)
        if where in self.endpoints:
            return
        if not 0 < endpoint.port <= _MAX_PORT or not _is_address(endpoint.host):
            raise Violation(NAME, f"{name} connects to {where}, which is no address")
        main = None if client is None else self.centres.get(client.main_dc)
        if main is None or main.rogue is None:
            raise Violation(NAME, f"{name} connects to {where}, which its home has not told")


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
