"""What may go wrong in a simulation, and how often."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields, replace
from typing import ClassVar

from sansio_tl.simulation.rng import Rng


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """How much of each fault there is, from 0, never, to 1, as much as a session can stand and still get work done.

    Each seed draws its own mixture: of the faults that are on, about a third is left out and the others are weakened at
    random, because a fault hides where another one strikes all the time.
    """

    # -- links --
    delay: float = 0.0
    """Links with latencies of up to several seconds that vary from packet to packet, so that links overtake each
    other."""
    pieces: float = 0.0
    """Links that bring a few bytes at a time and take little at once."""
    cut: float = 0.0
    """Links that break at some byte, told to both ends, to one of them, or to nobody."""
    stall: float = 0.0
    """Links that stop carrying anything for a while; then the writer is held up."""
    dial_failure: float = 0.0
    """Links that cannot be opened: refused at once, or never answered."""

    # -- somebody hostile on the way --
    tampering: float = 0.0
    """Links on which a bit is changed."""
    replay: float = 0.0
    """Old packets brought once more: of the same link or of another one, in their own direction or reflected."""
    swap: float = 0.0
    """Packets of one link brought in another order, some after minutes."""
    forgery: float = 0.0
    """Transport error codes, which are not protected by anything, put between the packets of the server."""

    # -- data centers --
    restart: float = 0.0
    """Data Centers that restart: all links end, nothing is forgotten."""
    forget_sessions: float = 0.0
    """Restarts after which the sessions are forgotten, and with them what was executed."""
    forget_keys: float = 0.0
    """Restarts after which the auth keys are forgotten too."""
    short_salts: float = 0.0
    """Salts that are changed after seconds or minutes instead of half an hour."""
    server_clock: float = 0.0
    """A data center's clock that is wrong, drifts, and is set forward or back."""

    # -- what data centers answer --
    slow_answers: float = 0.0
    """Answers that take up to two minutes."""
    refusals: float = 0.0
    """RPC errors that are told to the caller."""
    floods: float = 0.0
    """FLOOD_WAIT, to be waited for."""
    migrations: float = 0.0
    """Requests that belong to another data center."""
    lost_logins: float = 0.0
    """A data center that does not know any more who is logged in with a key."""

    # -- clients --
    client_clock: float = 0.0
    """A client's clock that is wrong, drifts, stands still while the machine sleeps, and is set."""
    cancel: float = 0.0
    """Requests for whose answer nobody wants to wait any longer."""
    client_restart: float = 0.0
    """Clients that end and go on from their snapshot."""
    temporary_keys: float = 0.0
    """Temporary keys that live for minutes."""

    # -- an attacker with a memory --
    recordings: float = 0.0
    """Packets of any session and any time of the run brought again, one or many, between those of a link: to clients
    and to data centers, some hours after they were sent."""
    intruders: float = 0.0
    """Links of the attacker's own to a data center, over which recorded packets are brought: one of each session, many
    in any order, over HTTP, cut short, spliced, reflected; and packets that are announced and do not end."""
    false_answers: float = 0.0
    """Answers that nothing protects, in every state of a link: -404 in place of each first answer for a while, other
    codes, plain messages."""

    # -- peers that are malicious themselves --
    rogue_clients: float = 0.0
    """Clients with a key of their own that send what no client would: values that are no queries, odd containers and
    service messages, requests without end whose answers they never acknowledge."""
    rogue_data_center: float = 0.0
    """A data center that answers with every error text and odd parameters, with configurations that lead nowhere, with
    FLOOD_WAIT for ever, and with service messages about what was never sent."""

    NONE: ClassVar[Faults]
    ALL: ClassVar[Faults]
    ATTACKS: ClassVar[tuple[str, ...]] = (
        "recordings",
        "intruders",
        "false_answers",
        "rogue_clients",
        "rogue_data_center",
    )
    """What attackers do who remember everything or are peers themselves."""
    EXCUSES: ClassVar[tuple[str, ...]] = (
        "forget_sessions",
        "forget_keys",
        "server_clock",
        "client_clock",
        "lost_logins",
    )
    """Faults after which something may rightly be done twice, or a login be lost."""

    @classmethod
    def only(cls, *names: str) -> Faults:
        """These faults and no other. Raises ValueError for a name that is none."""
        unknown = set(names) - set(cls.names())
        if unknown:
            raise ValueError(f"no fault is called {', '.join(sorted(unknown))}; there are {', '.join(cls.names())}")
        return replace(cls(), **dict.fromkeys(names, 1.0))

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The names of all faults."""
        return tuple(field.name for field in fields(cls))

    def drawn(self, dice: Rng) -> Faults:
        """The mixture of one seed."""
        on = [name for name in self.names() if getattr(self, name) > 0]
        alone = len(on) == 1
        mixed = {name: getattr(self, name) * (1.0 if alone else _strength(dice)) for name in on}
        return replace(self, **mixed)


def _strength(dice: Rng) -> float:
    return 0.0 if dice.chance(1 / 3) else dice.between(0.1, 1.0)


Faults.NONE = Faults()
Faults.ALL = Faults(**dict.fromkeys(Faults.names(), 1.0))

Injected = Counter[str]
"""How often each kind of fault has struck."""

Deeds = Counter[str]
"""How often the attacker did what, in words."""
