"""One simulation: an environment made from a seed, a fault phase, a settling phase, and the report.

    report = simulate(seed)            # raises Violation, with the seed in its notes

The fault phase lasts `Scenario.fault_duration` seconds of simulated time: clients send requests, and faults are
injected. Then the faults stop, and every request must be settled; then the clients are idle, and almost nothing may
happen.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sansio_tl.simulation.driver import MakeDriver, SimClientDriver
from sansio_tl.simulation.environment import Environment
from sansio_tl.simulation.fault_injector import FaultInjector
from sansio_tl.simulation.faults import Faults, Injected
from sansio_tl.simulation.invariants.quiescence import QUIET, SETTLE_TIMEOUT, check_quiet
from sansio_tl.simulation.monitor import Trace
from sansio_tl.simulation.process import MakeTracer
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
    """Number of sessions that clients have used."""
    steps: int = 0
    simulated: float = 0.0
    """Seconds of simulated time."""
    injected: Counter[str] = field(default_factory=Counter)
    """How often each fault was injected."""
    deeds: Counter[str] = field(default_factory=Counter)
    """How often each attack was made."""
    checked: Counter[str] = field(default_factory=Counter)
    """How often each invariant was checked."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """Outcomes of the requests."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Why outcomes were unknown."""
    events: Counter[str] = field(default_factory=Counter)
    """Events of clients."""
    repeated: int = 0
    """Requests that were executed again, where the protocol cannot promise that they are not."""

    def add(self, other: Report) -> None:
        """Add the counts of another report."""
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
        self,
        scenario: Scenario,
        *,
        make_driver: MakeDriver = SimClientDriver,
        trace: Trace | None = None,
        make_tracer: MakeTracer | None = None,
    ) -> None:
        """`trace` takes the lines of what happens on the network, `make_tracer` makes tracers of the engines."""
        self.scenario = scenario
        self.injected: Injected = Counter()
        self.environment = Environment(
            scenario, self.injected, make_driver=make_driver, trace=trace, make_tracer=make_tracer
        )
        self.fault_injector = FaultInjector(self.environment)
        self.workload = Workload(self.environment)

    def run(self) -> Report:
        """Run it to its end. Raises Violation; any other exception of an engine becomes one."""
        environment = self.environment
        try:
            self.workload.begin()
            self.fault_injector.begin()
            self._until(EPOCH + self.scenario.fault_duration)
            self.fault_injector.end()
            self.workload.end()
            self._settle()
            self._check_idle()
        except Violation:
            raise
        except Exception as error:
            raise Violation("nothing is raised", f"{type(error).__name__}: {error}") from error
        return Report(
            seeds=1,
            sessions=len(environment.monitor.sessions),
            steps=environment.schedule.steps,
            simulated=environment.schedule.now - EPOCH,
            injected=Counter({name: count for name, count in self.injected.items() if count}),
            deeds=environment.deeds,
            checked=environment.monitor.checked,
            outcomes=Counter(sim_request.state.value for sim_request in environment.requests),
            reasons=environment.monitor.answers.reasons,
            events=environment.monitor.events,
            repeated=environment.monitor.executions.repeated,
        )

    def _until(self, when: float) -> None:
        while self.environment.step(when):
            pass

    def _settle(self) -> None:
        environment = self.environment
        end = environment.schedule.now + SETTLE_TIMEOUT
        while any(one.state is RequestStatus.WAITING for one in environment.requests):
            if not environment.step(end):
                waiting = [one for one in environment.requests if one.state is RequestStatus.WAITING]
                raise Violation("comes to rest", f"{waiting} unanswered {SETTLE_TIMEOUT:.0f} s after the last fault")

    def _check_idle(self) -> None:
        environment = self.environment
        self._until(
            environment.schedule.now + QUIET
        )  # acknowledgements, idle connections, back-offs of the other data centers
        before = environment.schedule.steps
        self._until(environment.schedule.now + QUIET)
        check_quiet(environment.schedule.steps - before, len(environment.clients), environment.monitor.checked)
        environment.check_at_rest()


def simulate(
    seed: int,
    faults: Faults = Faults.ALL,
    *,
    make_driver: MakeDriver = SimClientDriver,
    trace: Trace | None = None,
    make_tracer: MakeTracer | None = None,
) -> Report:
    """Run the simulation of a seed. Raises Violation.

    `trace` takes the lines of what happens on the network, `make_tracer` makes a tracer (`sansio_tl.trace`) for each
    client and data center, by its name.
    """
    return Simulation(Scenario.draw(seed, faults), make_driver=make_driver, trace=trace, make_tracer=make_tracer).run()
