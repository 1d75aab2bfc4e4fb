"""The driver for Twisted in simulation runs: `python -m tests.loops.simulated_twisted SEEDS`.

It runs in the environment with the loops, where Twisted is. `SimulatedReactor` is what the driver needs of a reactor.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.python.failure import Failure
from twisted_driver import Driver

from sansio_tl import Client, Endpoint
from sansio_tl.client import ClientEvent, Send
from sansio_tl.simulation import Faults, SimHost, Violation, simulate


class SimulatedReactor:
    """A stand-in for the reactor, with the clock and the network of a simulated host."""

    def __init__(self, host: SimHost) -> None:
        self.host = host

    def callLater(self, seconds: float, call: Callable[..., object], *args: object) -> Any:
        state = SimpleNamespace(waits=True)

        def fire() -> None:
            state.waits = False
            call(*args)

        timer = self.host.call_at(self.host.now() + seconds + 0.001, fire)
        return SimpleNamespace(active=lambda: state.waits, cancel=timer.cancel)

    def connectTCP(self, host: str, port: int, factory: Any) -> Any:
        socket = self.host.connect(Endpoint(host, port))
        transport = SimpleNamespace(write=socket.send)
        address = IPv4Address("TCP", host, port)
        socket.on_open = lambda: factory.buildProtocol(address).makeConnection(transport)
        socket.on_data = factory.dataReceived
        socket.on_end = partial(self.end, factory)
        return SimpleNamespace(disconnect=socket.close)

    def end(self, factory: Any, error: str | None) -> None:
        make_failure: Callable[[Exception], Failure] = Failure
        reason = make_failure(ConnectionDone() if error is None else ConnectionLost(error))
        if factory.connected:
            factory.connectionLost(reason)
        else:
            factory.clientConnectionFailed(None, reason)


class SimulatedDriver:
    """The driver, with a simulated reactor."""

    driver_class = Driver

    def __init__(self, client: Client, host: SimHost, report: Callable[[ClientEvent], None]) -> None:
        self.driver = self.driver_class(client, host.now, report, SimulatedReactor(host))
        self.pump = self.driver.pump

    def stop(self) -> None:
        for connection in self.driver.connections.values():
            connection.connector.disconnect()
        if self.driver.timer is not None and self.driver.timer.active():
            self.driver.timer.cancel()


class DriverThatNeverSends(Driver):
    def perform(self, action: Any) -> None:
        if not isinstance(action, Send):
            super().perform(action)


class NeverSends(SimulatedDriver):
    """A driver with a bug, which must be found."""

    driver_class = DriverThatNeverSends


def main(seeds: int) -> None:
    for seed in range(seeds):
        simulate(seed, Faults.ALL, make_driver=SimulatedDriver)
    try:
        simulate(0, Faults.ALL, make_driver=NeverSends)
    except Violation:
        print("passed", seeds)


if __name__ == "__main__":
    main(int(sys.argv[1]))
