"""Where the data centers listen: what the user configured, and what help.getConfig has reported since (MS42).

    reported by the home data center -- learn --> on trial -- the data center has answered at one of them --> in use
                                                     `-- no answer --> forgotten

Endpoints on trial are connected to without the others: if no answer comes, the others are tried again. The snapshot
keeps only the endpoint that answered, not the ones that were reported beside it.
"""

from __future__ import annotations

from collections.abc import Mapping

from sansio_tl.client.actions import Endpoint
from sansio_tl.client.address_scope import Reach, reach_of


class Endpoints:
    """The endpoints of every data center."""

    def __init__(
        self, configured: Mapping[int, tuple[Endpoint, ...]], saved: Mapping[int, tuple[Endpoint, ...]]
    ) -> None:
        """`saved` ones come from a snapshot, and are preferred to `configured` ones."""
        self._configured = dict(configured)
        self._known = self._configured | dict(saved)
        self._answered = dict(saved)
        self._on_trial: dict[int, tuple[Endpoint, ...]] = {}
        self._failures: dict[int, int] = {}
        """How often a connection of a data center has brought nothing."""
        self._reach = {Reach.GLOBAL} | {reach_of(endpoint.host) for each in configured.values() for endpoint in each}

    @property
    def confirmed(self) -> dict[int, tuple[Endpoint, ...]]:
        """What a snapshot keeps: the configured ones, or the one that has answered where others are in use."""
        each = {dc_id: self._answered.get(dc_id, ()) or self._configured.get(dc_id, ()) for dc_id in self._known}
        return {dc_id: endpoints for dc_id, endpoints in each.items() if endpoints}

    def are_known(self, dc_id: int) -> bool:
        """Whether there is a data center of this number, as far as is known."""
        return bool(self._known.get(dc_id) or self._on_trial.get(dc_id))

    def on_trial(self, dc_id: int) -> tuple[Endpoint, ...]:
        """The reported addresses of a data center that are not proven yet."""
        return self._on_trial.get(dc_id, ())

    def candidates(self, dc_id: int) -> tuple[Endpoint, ...]:
        """Where to connect to, best first; after a failure the next one. Configured endpoints are never given up."""
        known = self._known.get(dc_id, ())
        each = self.on_trial(dc_id) or known + tuple(
            endpoint for endpoint in self._configured.get(dc_id, ()) if endpoint not in known
        )
        first = self._failures.get(dc_id, 0) % max(1, len(each))
        return each[first:] + each[:first]

    def use_next(self, dc_id: int) -> None:
        """No answer has come over a connection: the next one begins with another address."""
        self._failures[dc_id] = self._failures.get(dc_id, 0) + 1

    def learn(self, reported: Mapping[int, tuple[Endpoint, ...]]) -> None:
        """Put the addresses that help.getConfig of the home data center reports on trial.

        Addresses outside the reach of the user's own endpoints are left out: a data center on the internet names no
        host of the local network, and none that only this host can connect to.
        """
        for dc_id, endpoints in reported.items():
            usable = tuple(endpoint for endpoint in endpoints if reach_of(endpoint.host) in self._reach)
            if usable and usable != self._known.get(dc_id):
                self._on_trial[dc_id] = usable

    def prove(self, dc_id: int, endpoints: tuple[Endpoint, ...], connected: Endpoint | None) -> bool:
        """A data center has answered at one of `endpoints`, which were on trial; whether that is news.

        `connected` is the one that answered; None if the driver has not reported which it is.
        """
        if self._on_trial.get(dc_id) != endpoints:
            return False
        self._known[dc_id] = self._on_trial.pop(dc_id)
        if connected is None and len(endpoints) == 1:
            connected = endpoints[0]
        self._answered[dc_id] = tuple(endpoint for endpoint in endpoints if endpoint == connected)
        return True

    def reject(self, dc_id: int, endpoints: tuple[Endpoint, ...]) -> None:
        """No data center has answered at `endpoints`, which were on trial."""
        if self._on_trial.get(dc_id) == endpoints:
            del self._on_trial[dc_id]
