"""A simulated environment to test an engine or a driver in: clients, data centers, a network, and faults."""

from sansio_tl.simulation.driver import Driver, MakeDriver, SimClientDriver
from sansio_tl.simulation.faults import Faults
from sansio_tl.simulation.host import SimHost, Timer
from sansio_tl.simulation.network import Socket
from sansio_tl.simulation.scenario import Scenario
from sansio_tl.simulation.simulation import Report, Simulation, simulate
from sansio_tl.simulation.violation import Violation

__all__ = [
    "Driver",
    "Faults",
    "MakeDriver",
    "Report",
    "Scenario",
    "SimClientDriver",
    "SimHost",
    "Simulation",
    "Socket",
    "Timer",
    "Violation",
    "simulate",
]
