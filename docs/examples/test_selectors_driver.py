"""Test a driver that uses sockets and a selector in simulation runs with all faults."""

from collections.abc import Callable

import pytest
from selectors_driver import Driver  # put your driver here

from sansio_tl import Client
from sansio_tl.client import ClientEvent
from sansio_tl.simulation import Faults, SimHost, simulate
from sansio_tl_transports.testing.simulated_sockets import SimulatedSelector


class SimulatedDriver:
    """The driver, with simulated sockets in place of those of the system."""

    def __init__(self, client: Client, host: SimHost, report: Callable[[ClientEvent], None]) -> None:
        self.driver = Driver(client, host.now, report)
        self.selector = SimulatedSelector(host, self.driver.step)
        self.driver.selector, self.driver.new_socket = self.selector, self.selector.new_socket

    def pump(self) -> None:
        """The application has used the client."""
        self.driver.pump()
        self.selector.run()


@pytest.mark.parametrize("seed", range(10))
def test_driver_passes_the_simulation_with_all_faults(seed: int) -> None:
    simulate(seed, Faults.ALL, make_driver=SimulatedDriver)
