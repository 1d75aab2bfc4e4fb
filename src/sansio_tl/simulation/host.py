"""A host of the simulation: a process with a clock, timers and a network, for drivers of the engine.

A driver of your own needs nothing else: `now`, `call_at`, `call_later` and `connect` replace the clock, the timers and
the sockets of an event loop. The host closes its sockets and timers when the simulated process ends.
"""

from __future__ import annotations

from sansio_tl.client.actions import Endpoint
from sansio_tl.simulation.clock import SimulatedClock
from sansio_tl.simulation.network import Network, Socket
from sansio_tl.simulation.process import SimProcess, Timer
from sansio_tl.simulation.scheduler import Schedule

__all__ = ["SimHost", "Timer"]


class SimHost(SimProcess):
    """One process on one computer with a network."""

    def __init__(
        self,
        name: str,
        schedule: Schedule,
        network: Network,
        clock: SimulatedClock,
        *,
        framing: str = "",
        malicious: bool = False,
    ) -> None:
        super().__init__(name, schedule, clock, framing=framing, malicious=malicious)
        self._network = network

    def connect(self, endpoint: Endpoint) -> Socket:
        """Connect to an endpoint. Set the callbacks of the returned socket before you return to the loop."""
        return self._network.connect(self, endpoint)

    def stop(self) -> None:
        """The process ends, and with it its sockets and timers."""
        self._network.close_sockets(self)
        super().stop()
