"""Test a driver of one's own: put it through simulated worlds, in which everything goes wrong that can."""

import pytest

from sansio_tl.simulation import Faults, SimClientDriver, Violation, simulate


class Driver(SimClientDriver):
    """Your own driver goes here: `pump` and `stop`, and a constructor with a client, a machine and a reporter."""


class Sleepy(SimClientDriver):
    """A driver with a mistake that is easily made: it only acts when something comes, never when time has passed."""

    def _set_timer(self) -> None:
        """Forget that the client wants to be told when its deadline is over."""


@pytest.mark.parametrize("seed", range(10))
def test_the_driver_keeps_what_the_engine_promises(seed: int) -> None:
    simulate(seed, Faults.ALL, make_driver=Driver)


def test_a_driver_that_forgets_the_time_is_found_out() -> None:
    with pytest.raises(Violation, match="acknowledged in time"):
        simulate(1, Faults.only("slow_answers"), make_driver=Sleepy)
