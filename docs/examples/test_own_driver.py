"""Test your own driver in simulation runs with all faults."""

import pytest

from sansio_tl.simulation import Faults, SimClientDriver, Violation, simulate


class Driver(SimClientDriver):
    """Put your driver here: `pump`, and a constructor with a client, a `SimHost` and an event callback."""


class DriverWithoutTimer(SimClientDriver):
    """A driver with a common bug: it acts when data arrives, but not at deadlines."""

    def _set_timer(self) -> None:
        """Set no timer for the client's deadline."""


@pytest.mark.parametrize("seed", range(10))
def test_driver_passes_the_simulation_with_all_faults(seed: int) -> None:
    simulate(seed, Faults.ALL, make_driver=Driver)


def test_driver_without_timer_is_detected() -> None:
    with pytest.raises(Violation, match="acknowledged in time"):
        simulate(1, Faults.only("slow_answers"), make_driver=DriverWithoutTimer)
