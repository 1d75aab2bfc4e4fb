"""Run a driver of your own with many seeds, in an executor."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

from sansio_tl.simulation import Faults, Report, SimClientDriver, simulate
from sansio_tl_transports.testing.seed_runs import run_seeds


class Driver(SimClientDriver):
    """Put your driver here: `pump`, and a constructor with a client, a `SimHost` and an event callback."""


def run(seed: int) -> Report:
    """One simulation run. Other processes import it by its name."""
    return simulate(seed, Faults.only("cut"), make_driver=Driver)


def test_driver_passes_many_simulations() -> None:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as executor:
        for result in run_seeds(range(1, 17), run, executor=executor):
            assert result.report is not None, (result.seed, result.violation, result.not_run)
