"""The scenario of a simulation: everything that the seed determines in advance."""

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
    """The mixture of faults that this seed has drawn."""
    data_centers: tuple[int, ...] = (1, 2, 4)
    """Data centers, by number."""
    clients: int = 1
    bare: int = 0
    """How many clients use a `Connection` instead of a `Client`."""
    requests: int = 12
    """Number of requests of all clients together."""
    fault_duration: float = 120.0
    """Seconds during which requests are made and faults are injected."""
    framings: tuple[str, ...] = ("intermediate",)
    """The framing of each client in turn."""
    handshake: bool = False
    """Whether clients begin without an auth key."""
    logged_in: bool = True
    """Whether clients begin logged in; else they log in first."""
    temporary_key_lifetime: int | None = None
    unreachable_timeout: float | None = None
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
        rng = Rng(f"scenario {seed}")
        mixed = faults.drawn(rng)
        bare = 1 if rng.chance(0.2) else 0
        clients = 0 if bare and rng.chance(0.5) else 2 if rng.chance(0.25) else 1
        scenario = cls(
            seed=seed,
            faults=mixed,
            clients=clients,
            bare=bare,
            requests=5 + rng.below(26),
            fault_duration=rng.pick((30.0, 120.0, 400.0)),
            framings=tuple(rng.pick(FRAMINGS) for _ in range(clients + bare)),
            handshake=rng.chance(0.04),
            logged_in=rng.chance(0.7),
            unreachable_timeout=Rng(f"patience {seed}").pick((None, None, 60.0)),
        )
        if rng.chance(mixed.short_salts):
            scenario = replace(scenario, salt_period=rng.pick((20.0, 70.0, 300.0)))
        if rng.chance(0.15 * mixed.temporary_keys):
            scenario = replace(scenario, temporary_key_lifetime=rng.pick((60, 120, 300)))
        return _attacked(scenario, faults, Rng(f"attack {seed}"))


def _attacked(scenario: Scenario, allowed: Faults, rng: Rng) -> Scenario:
    """The scenario with what attackers need; half of the time without the faults that excuse their effects.

    After a clock was set or a data center has lost its sessions, requests may be executed twice, so an attack with that
    effect is not noticed. These runs exclude such faults, keep memories small, and have much to record.
    """
    faults = scenario.faults
    attacks = [name for name in Faults.ATTACKS if getattr(allowed, name)]
    if not attacks:
        return scenario
    if rng.chance(0.5):
        drawn = {name: getattr(allowed, name) if rng.chance(0.6) else 0.0 for name in attacks}
        slow = allowed.slow_answers
        faults = replace(faults, **dict.fromkeys(Faults.EXCUSES, 0.0), **drawn, slow_answers=slow)
        scenario = replace(
            scenario,
            faults=faults,
            salt_period=rng.pick((70.0, 300.0, SALT_PERIOD)),
            fault_duration=rng.pick((120.0, 400.0, 1000.0, 7200.0)) if rng.chance(0.5) else scenario.fault_duration,
            framings=tuple("intermediate" if name == "full" else name for name in scenario.framings),
            updates=rng.pick((8, 80)),
            limits=replace(
                scenario.limits,
                replay_window=rng.pick((32, 64)),
                max_sessions_per_key=rng.pick((2, 4)),
                max_session_bytes=1 << 19,
                max_key_bytes=1 << 20,
                max_remembered_bytes=1 << 16,
            ),
        )
        if rng.chance(0.2 * faults.temporary_keys):
            scenario = replace(scenario, temporary_key_lifetime=rng.pick((60, 300, 3600)))
    if rng.chance(faults.rogue_data_center):
        scenario = replace(scenario, rogue_data_center=rng.pick(scenario.data_centers), unreachable_timeout=60.0)
    return scenario
