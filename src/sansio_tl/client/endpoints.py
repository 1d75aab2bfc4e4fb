"""Where the data centers listen: what the user configured, and what help.getConfig has told since (MS42).

    told by the home data center -- learn --> on trial -- the data center has answered there --> known, and saved
                                                 `-- nothing answers there --> forgotten

An endpoint on trial is connected to alone: so an answer proves it, and if none comes the known ones are tried again.
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
        self._on_trial: dict[int, tuple[Endpoint, ...]] = {}
        self._reach = {Reach.GLOBAL} | {reach_of(endpoint.host) for each in configured.values() for endpoint in each}

    @property
    def known(self) -> dict[int, tuple[Endpoint, ...]]:
        """Those that were configured, or have been proven: what a snapshot keeps."""
        return self._known

    def are_known(self, dc_id: int) -> bool:
        """Whether there is a data center of this number, as far as is known."""
        return bool(self._known.get(dc_id) or self._on_trial.get(dc_id))

    def on_trial(self, dc_id: int) -> tuple[Endpoint, ...]:
        """What was told of a data center and is not proven yet."""
        return self._on_trial.get(dc_id, ())

    def candidates(self, dc_id: int) -> tuple[Endpoint, ...]:
        """Where to connect to, best first. Configured endpoints are never given up."""
        known = self._known.get(dc_id, ())
        return self.on_trial(dc_id) or known + tuple(
            endpoint for endpoint in self._configured.get(dc_id, ()) if endpoint not in known
        )

    def learn(self, told: Mapping[int, tuple[Endpoint, ...]]) -> None:
        """Put on trial what help.getConfig of the home data center tells.

        Addresses outside the reach of the user's own endpoints are left out: a data center on the internet names no
        machine of the local network, and none that only this machine can connect to.
        """
        for dc_id, endpoints in told.items():
            usable = tuple(endpoint for endpoint in endpoints if reach_of(endpoint.host) in self._reach)
            if usable and usable != self._known.get(dc_id):
                self._on_trial[dc_id] = usable

    def prove(self, dc_id: int, endpoints: tuple[Endpoint, ...]) -> bool:
        """A data center has answered at `endpoints`, which were on trial; whether that is news."""
        if self._on_trial.get(dc_id) != endpoints:
            return False
        self._known[dc_id] = self._on_trial.pop(dc_id)
        return True

    def reject(self, dc_id: int, endpoints: tuple[Endpoint, ...]) -> None:
        """No data center has answered at `endpoints`, which were on trial."""
        if self._on_trial.get(dc_id) == endpoints:
            del self._on_trial[dc_id]
