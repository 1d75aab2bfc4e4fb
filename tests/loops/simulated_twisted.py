"""The driver for Twisted in simulation runs: `python -m tests.loops.simulated_twisted SEEDS`.

It runs in the environment with the loops, where Twisted is. `SimulatedReactor` is what the driver uses of a reactor.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure
from twisted_driver import Driver

from sansio_tl import Endpoint
from sansio_tl.client import Send
from sansio_tl.simulation import Faults, MakeDriver, SimHost, Timer, Violation, simulate


class SimulatedReactor:
    """A stand-in for the reactor, with the timers and the network of a simulated host."""

    def __init__(self, host: SimHost) -> None:
        self.host = host

    def callLater(self, seconds: float, call: Callable[..., object], *args: object) -> Timer:
        return self.host.call_later(seconds, partial(call, *args))

    def connectTCP(self, host: str, port: int, factory: Any) -> Any:
        socket = self.host.connect(Endpoint(host, port))

        def end(error: str | None) -> None:
            reason = Failure(ConnectionLost(error))  # type: ignore[no-untyped-call]
            factory.connectionLost(reason) if factory.connected else factory.clientConnectionFailed(None, reason)

        socket.on_open = lambda: factory.buildProtocol(None).makeConnection(SimpleNamespace(write=socket.send))
        socket.on_data, socket.on_end = factory.dataReceived, end
        return SimpleNamespace(disconnect=socket.close)


def simulated(driver: type[Driver]) -> MakeDriver:
    return lambda client, host, report: driver(client, host.now, report, SimulatedReactor(host))


class NeverSends(Driver):
    """A driver with a bug, which must be found."""

    def perform(self, action: Any) -> None:
        if not isinstance(action, Send):
            super().perform(action)


def main(seeds: int) -> None:
    for seed in range(seeds):
        simulate(seed, Faults.ALL, make_driver=simulated(Driver))
    try:
        simulate(0, Faults.ALL, make_driver=simulated(NeverSends))
    except Violation:
        print("passed", seeds)


if __name__ == "__main__":
    main(int(sys.argv[1]))
