"""What one simulation is about: everything that follows from a seed before the first thing happens."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sansio_tl.limits import Limits
from sansio_tl.mtproto.server.key_record import SALT_PERIOD
from sansio_tl.simulation.faults import Faults
from sansio_tl.simulation.rng import Rng

FRAMINGS = ("abridged", "intermediate", "padded", "full")
_LIMITS = Limits(
    replay_window=256,  # small enough to overflow within a simulation now and then
    salt_fetch_delay=20.0,
    max_remembered_unowned=64,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """The shape of a simulation."""

    seed: int
    faults: Faults
    """The mixture that this seed has drawn."""
    data_centers: tuple[int, ...] = (1, 2, 4)
    """Data Centers, by number."""
    clients: int = 1
    bare: int = 0
    """How many customers use a `Connection` instead of a `Client`."""
    errands: int = 12
    """Requests of all of them together."""
    fault_duration: float = 120.0
    """Seconds in which requests are made and faults strike."""
    framings: tuple[str, ...] = ("intermediate",)
    """The framing of each customer in turn."""
    handshake: bool = False
    """Whether clients begin without an auth key."""
    logged_in: bool = True
    """Whether clients begin logged in; else they log in first."""
    temporary_key_lifetime: int | None = None
    patience: float | None = None
    """How long clients wait for a data center that cannot be reached."""
    salt_period: float = SALT_PERIOD
    limits: Limits = _LIMITS
    updates: int | None = None
    """How many updates are pushed; None for a few."""
    rogue_data_center: int | None = None
    """The data center that is malicious."""

    @classmethod
    def draw(cls, seed: int, faults: Faults = Faults.ALL) -> Scenario:
        """The scenario of a seed, with a mixture of these faults."""
        dice = Rng(f"scenario {seed}")
        mixed = faults.drawn(dice)
        bare = 1 if dice.chance(0.2) else 0
        clients = 0 if bare and dice.chance(0.5) else 2 if dice.chance(0.25) else 1
        scenario = cls(
            seed=seed,
            faults=mixed,
            clients=clients,
            bare=bare,
            errands=5 + dice.below(26),
            fault_duration=dice.pick((30.0, 120.0, 400.0)),
            framings=tuple(dice.pick(FRAMINGS) for _ in range(clients + bare)),
            handshake=dice.chance(0.04),
            logged_in=dice.chance(0.7),
            patience=Rng(f"patience {seed}").pick((None, None, 60.0)),
        )
        if dice.chance(mixed.short_salts):
            scenario = replace(scenario, salt_period=dice.pick((20.0, 70.0, 300.0)))
        if dice.chance(0.15 * mixed.temporary_keys):
            scenario = replace(scenario, temporary_key_lifetime=dice.pick((60, 120, 300)))
        return _attacked(scenario, faults, Rng(f"attack {seed}"))


def _attacked(scenario: Scenario, allowed: Faults, dice: Rng) -> Scenario:
    """The scenario with what attackers need; half of the time without the faults that excuse what they achieve.

    Where a clock was set or a data center has forgotten its sessions, much may be done twice, and an attack that does
    it is not noticed. So in these worlds nothing of that kind happens, memories are small, and there is much to record.
    """
    faults = scenario.faults
    attacks = [name for name in Faults.ATTACKS if getattr(allowed, name)]
    if not attacks:
        return scenario
    if dice.chance(0.5):
        drawn = {name: getattr(allowed, name) if dice.chance(0.6) else 0.0 for name in attacks}
        slow = allowed.slow_answers
        faults = replace(faults, **dict.fromkeys(Faults.EXCUSES, 0.0), **drawn, slow_answers=slow)
        scenario = replace(
            scenario,
            faults=faults,
            salt_period=dice.pick((70.0, 300.0, SALT_PERIOD)),
            fault_duration=dice.pick((120.0, 400.0, 1000.0, 7200.0)) if dice.chance(0.5) else scenario.fault_duration,
            framings=tuple("intermediate" if name == "full" else name for name in scenario.framings),
            updates=dice.pick((8, 80)),
            limits=replace(
                scenario.limits,
                replay_window=dice.pick((32, 64)),
                max_sessions_per_key=dice.pick((2, 4)),
                max_session_bytes=1 << 19,
                max_key_bytes=1 << 20,
                max_remembered_bytes=1 << 16,
            ),
        )
        if dice.chance(0.2 * faults.temporary_keys):
            scenario = replace(scenario, temporary_key_lifetime=dice.pick((60, 300, 3600)))
    if dice.chance(faults.rogue_data_center):
        scenario = replace(scenario, rogue_data_center=dice.pick(scenario.data_centers), patience=60.0)
    return scenario
