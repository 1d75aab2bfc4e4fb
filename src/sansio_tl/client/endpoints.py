"""Where the data centers listen: what the user configured, and what help.getConfig has reported since (MS42).

    reported by the home data center -- learn --> on trial -- the data center has answered at one of them --> in use
                                                     `-- no answer --> forgotten

Endpoints on trial are connected to without the others: if no answer comes, the others are tried again. The snapshot
keeps only the endpoint that answered, not the ones that were reported beside it. Those of help.configSimple are
candidates beside the others until it expires, for data centers that are known, and are never saved (MS51).
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from sansio_tl.client.actions import Endpoint
from sansio_tl.client.address_scope import Reach, reach_of


class Endpoints:
    """The endpoints of every data center."""

    def __init__(
        self,
        configured: Mapping[int, tuple[Endpoint, ...]],
        saved: Mapping[int, tuple[Endpoint, ...]],
        *,
        prefer_ipv6: bool = False,
    ) -> None:
        """`saved` ones come from a snapshot, and are preferred to `configured` ones."""
        self._prefer_ipv6 = prefer_ipv6
        self._configured = dict(configured)
        self._known = self._configured | dict(saved)
        self._answered = dict(saved)
        self._on_trial: dict[int, tuple[Endpoint, ...]] = {}
        self._first: dict[int, int] = {}
        """The place of the endpoint to begin with, by data center; it may be beyond the last one."""
        self._fallback: dict[int, tuple[Endpoint, ...]] = {}
        """Those of help.configSimple; they are never saved (MS51)."""
        self._fallback_expires = inf
        self._reach = {Reach.GLOBAL} | {reach_of(endpoint.host) for each in configured.values() for endpoint in each}

    @property
    def confirmed(self) -> dict[int, tuple[Endpoint, ...]]:
        """What a snapshot keeps: the configured ones, or the one that has answered where others are in use."""
        each = {dc_id: self._answered.get(dc_id, ()) or self._configured.get(dc_id, ()) for dc_id in self._known}
        saved = {dc_id: tuple(each for each in found if each.secret is None) for dc_id, found in each.items()}
        return {dc_id: endpoints for dc_id, endpoints in saved.items() if endpoints}

    def are_known(self, dc_id: int) -> bool:
        """Whether there is a data center of this number, as far as is known."""
        return bool(self._known.get(dc_id) or self._on_trial.get(dc_id))

    def on_trial(self, dc_id: int) -> tuple[Endpoint, ...]:
        """The reported addresses of a data center that are not proven yet."""
        return self._on_trial.get(dc_id, ())

    def candidates(self, dc_id: int) -> tuple[Endpoint, ...]:
        """Where to connect to, best first. Configured endpoints are never given up.

        The first is the one that answered last, or after a failure the next one.
        """
        each = self._in_order(dc_id)
        first = self._first.get(dc_id, 0) % max(1, len(each))
        return each[first:] + each[:first]

    def _in_order(self, dc_id: int) -> tuple[Endpoint, ...]:
        known = self._known.get(dc_id, ())
        others = self._configured.get(dc_id, ()) + self._fallback.get(dc_id, ())
        each = self.on_trial(dc_id) or tuple(dict.fromkeys(known + others))
        return tuple(sorted(each, key=lambda endpoint: ":" not in endpoint.host)) if self._prefer_ipv6 else each

    def use_first(self, dc_id: int, answered: Endpoint | None) -> None:
        """A data center has answered at this endpoint: the next connection begins with it."""
        each = self._in_order(dc_id)
        if answered in each:
            self._first[dc_id] = each.index(answered)

    def use_next(self, dc_id: int) -> None:
        """No answer has come over a connection: the next one begins with another address."""
        self._first[dc_id] = self._first.get(dc_id, 0) + 1

    def use_fallback(self, found: Mapping[int, tuple[Endpoint, ...]], expires: float) -> list[int]:
        """Use the addresses of help.configSimple beside the others, and next; returns of which data centers.

        Addresses outside the reach of the user's own endpoints are left out, as in `learn` (MS51).
        """
        self._fallback, self._fallback_expires = {}, expires
        for dc_id, endpoints in found.items():
            known = self._known.get(dc_id, ()) + self._configured.get(dc_id, ())
            usable = tuple(each for each in endpoints if reach_of(each.host) in self._reach and each not in known)
            if usable and known:
                self._fallback[dc_id] = usable
                self._on_trial.pop(dc_id, None)
                self._first[dc_id] = len(dict.fromkeys(known))
        return list(self._fallback)

    def expire_fallback(self, now: float) -> None:
        """Forget the addresses of help.configSimple when that has expired."""
        if self._fallback_expires <= now:
            self._fallback, self._fallback_expires = {}, inf

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
