"""One simulation: a world made from a seed, a storm, the calm after it, and the verdict.

    report = simulate(seed)            # raises Violation, with the seed in its notes

The storm lasts `Scenario.fault_duration` seconds of simulated time: customers send errands, and faults strike. Then the
faults stop, and everything must be settled; then the customers are left alone, and next to nothing may happen.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sansio_tl.simulation.driver import MakeDriver, SimClientDriver
from sansio_tl.simulation.environment import Environment
from sansio_tl.simulation.fault_injector import FaultInjector
from sansio_tl.simulation.faults import Faults, Injected
from sansio_tl.simulation.invariants.quiescence import PATIENCE, QUIET, check_quiet
from sansio_tl.simulation.monitor import Trace
from sansio_tl.simulation.requests import RequestStatus
from sansio_tl.simulation.scenario import Scenario
from sansio_tl.simulation.scheduler import EPOCH
from sansio_tl.simulation.violation import Violation
from sansio_tl.simulation.workload import Workload


@dataclass(slots=True)
class Report:
    """What happened in one simulation, or in many."""

    seeds: int = 0
    sessions: int = 0
    """In which clients have spoken."""
    steps: int = 0
    simulated: float = 0.0
    """Seconds of simulated time."""
    injected: Counter[str] = field(default_factory=Counter)
    """How often each fault struck."""
    deeds: Counter[str] = field(default_factory=Counter)
    """How often the attacker did what."""
    checked: Counter[str] = field(default_factory=Counter)
    """How often each invariant was checked."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """What became of the errands."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Why outcomes were unknown."""
    events: Counter[str] = field(default_factory=Counter)
    """What clients were told."""
    repeated: int = 0
    """Errands that were done again, where the protocol cannot promise that they are not."""

    def add(self, other: Report) -> None:
        """Sum up."""
        self.seeds += other.seeds
        self.sessions += other.sessions
        self.steps += other.steps
        self.simulated += other.simulated
        self.repeated += other.repeated
        for mine, theirs in (
            (self.injected, other.injected),
            (self.deeds, other.deeds),
            (self.checked, other.checked),
            (self.outcomes, other.outcomes),
            (self.reasons, other.reasons),
            (self.events, other.events),
        ):
            mine.update(theirs)


class Simulation:
    """Runs one scenario."""

    def __init__(
        self, scenario: Scenario, *, make_driver: MakeDriver = SimClientDriver, trace: Trace | None = None
    ) -> None:
        self.scenario = scenario
        self.injected: Injected = Counter()
        self.world = Environment(scenario, self.injected, make_driver=make_driver, trace=trace)
        self.chaos = FaultInjector(self.world)
        self.workload = Workload(self.world)

    def run(self) -> Report:
        """Run it to its end. Raises Violation; any other exception came out of an engine, and is one as well."""
        world = self.world
        try:
            self.workload.begin()
            self.chaos.begin()
            self._until(EPOCH + self.scenario.fault_duration)
            self.chaos.end()
            self.workload.end()
            self._settle()
            self._watch_the_quiet()
        except Violation:
            raise
        except Exception as error:
            raise Violation("nothing is raised", f"{type(error).__name__}: {error}") from error
        return Report(
            seeds=1,
            sessions=len(world.monitor.sessions),
            steps=world.schedule.steps,
            simulated=world.schedule.now - EPOCH,
            injected=Counter({name: count for name, count in self.injected.items() if count}),
            deeds=world.deeds,
            checked=world.monitor.checked,
            outcomes=Counter(errand.state.value for errand in world.errands),
            reasons=world.monitor.answers.reasons,
            events=world.monitor.events,
            repeated=world.monitor.executions.repeated,
        )

    def _until(self, when: float) -> None:
        while self.world.step(when):
            pass

    def _settle(self) -> None:
        world = self.world
        end = world.schedule.now + PATIENCE
        while any(errand.state is RequestStatus.WAITING for errand in world.errands):
            if not world.step(end):
                waiting = [errand for errand in world.errands if errand.state is RequestStatus.WAITING]
                raise Violation("comes to rest", f"{waiting} unanswered {PATIENCE:.0f} s after the last fault")

    def _watch_the_quiet(self) -> None:
        world = self.world
        self._until(world.schedule.now + QUIET)  # acknowledgements, idle links, back-offs of the other data centers
        before = world.schedule.steps
        self._until(world.schedule.now + QUIET)
        check_quiet(world.schedule.steps - before, len(world.customers), world.monitor.checked)
        world.check_at_rest()


def simulate(
    seed: int,
    faults: Faults = Faults.ALL,
    *,
    make_driver: MakeDriver = SimClientDriver,
    trace: Trace | None = None,
) -> Report:
    """Run the simulation of a seed. Raises Violation."""
    return Simulation(Scenario.draw(seed, faults), make_driver=make_driver, trace=trace).run()
